// `autoprune eval shapesvqa` unpruned and with every method at three FLOPs-equal budgets (methods on the cache: three shares of
// it; methods without a budget: as they are), then `autoprune report` over all runs, opened in headless Chromium: every plot
// and picture of the page must be visible. Runs that are there already are not repeated. Writes bench/results/eval-all.json.
//
//   node bench/eval-all.mjs [--limit 3218] [--budgets 0.6,0.5,0.42] [--cache 0.5,0.25,0.1] [--out bench/out/eval-all] [--name eval-all]
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkReportPage } from './eval-all-page.mjs';
import { runsOfEveryMethod } from './eval-all-runs.mjs';
import { flags, writeReport } from './report.mjs';

const ALL_QUESTIONS = 3218;
const options = flags({
  limit: ALL_QUESTIONS,
  budgets: '0.6,0.5,0.42',
  cache: '0.5,0.25,0.1',
  calibration: 25,
  out: fileURLToPath(new URL('out/eval-all', import.meta.url)),
  name: 'eval-all',
});
const bin = fileURLToPath(new URL('../packages/cli/dist/bin.js', import.meta.url));
const out = resolve(options.out, `${options.limit}-questions`);
const FINISHED_WITH_FAILURES = 6;

/** Runs `autoprune`; resolves to its exit code and standard output. */
function autoprune(args) {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  return new Promise((done, reject) => {
    child.on('error', reject);
    child.on('close', (code) => done({ code, output }));
  });
}

const runs = await runsOfEveryMethod(options);
const started = performance.now();
const refused = [];
for (const [index, { folder, args }] of runs.entries()) {
  const runFolder = join(out, folder);
  const { code } = await autoprune([
    ...['eval', 'shapesvqa', '--limit', String(options.limit), '--out', runFolder, '--no-progress'],
    ...args,
  ]);
  const failures = join(runFolder, 'shapesvqa', 'failures.jsonl');
  if (code === FINISHED_WITH_FAILURES && existsSync(failures)) {
    const [first] = readFileSync(failures, 'utf8').split('\n');
    refused.push({ run: folder, reason: JSON.parse(first).message });
  } else if (code !== 0) throw new Error(`autoprune eval ${args.join(' ')} ended with ${code}`);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  console.log(`${index + 1} of ${runs.length} runs, ${minutes} min: ${args.slice(1).join(' ')}`);
}

const reportFolder = join(out, 'report');
mkdirSync(reportFolder, { recursive: true });
const { code, output } = await autoprune(['report', out, '--out', reportFolder, '--json']);
if (code !== 0) throw new Error(`autoprune report ended with ${code}`);
const page = join(reportFolder, 'report.html');
const shown = await checkReportPage(pathToFileURL(page).href, reportFolder);
const [section] = JSON.parse(output).sections;
const rounded = (value, digits) => (value === null ? null : Number(value.toFixed(digits)));
writeReport(options.name, {
  model: 'tiny',
  questions: options.limit,
  refused,
  page: { megabytes: rounded(statSync(page).size / 1e6, 1), ...shown },
  runs: section.rows.map(({ run: label, score, cost, paired }) => ({
    run: label,
    score: rounded(score, 2),
    interval: paired ? paired.interval.map((one) => rounded(100 * one, 2)) : null,
    gained: paired?.gained.length ?? null,
    lost: paired?.lost.length ?? null,
    agreement: rounded(paired?.agreement ?? null, 4),
    flopsRatio: rounded(cost.flopsRatio, 4),
    kvRatio: rounded(cost.kvRatio, 4),
  })),
});
console.log(`${section.rows.length} runs in ${page}; ${refused.length} refused`);
console.log(
  `${shown.plots} plots and ${shown.pictures} pictures, ${shown.invisible.length} not visible`,
);
if (shown.invisible.length > 0 || section.rows.length + refused.length < runs.length) {
  process.exitCode = 1;
}
