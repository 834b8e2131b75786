import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { methods } from '@autoprune/core/methods';

const path = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'methods', 'accuracy.md');

const percent = (share) => (100 * share).toFixed(1);
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (headings, rows) =>
  [row(headings), row(headings.map(() => '---')), ...rows.map(row)].join('\n');

function flopsTable(results, asked) {
  const kinds = Object.keys(results[0].byKind);
  const there = results.filter(
    (one) => one.basis === 'all' || (one.basis === 'flops' && one.asked === asked),
  );
  const ranked = there.filter((one) => !one.refused).sort((a, b) => b.accuracy - a.accuracy);
  const refused = there.filter((one) => one.refused);
  return [
    `## FLOPs ${percent(asked)} % of unpruned\n`,
    table(
      [
        'method',
        'accuracy %',
        'agreement %',
        'FLOPs %',
        'cache %',
        'mean entering',
        ...kinds.map((kind) => `${kind} %`),
      ],
      ranked.map((one) => [
        one.method,
        percent(one.accuracy),
        percent(one.agreement),
        percent(one.flopsRatio),
        percent(one.kvShare),
        one.meanEntering.toFixed(1),
        ...kinds.map((kind) => percent(one.byKind[kind])),
      ]),
    ),
    ...refused.map((one) => `\n${one.method} cannot be asked for this: ${one.refused}`),
  ].join('\n');
}

function otherTable(results, basis, title) {
  const rows = results.filter((one) => one.basis === basis && !one.refused);
  return [
    `## ${title}\n`,
    table(
      ['method', 'asked', 'accuracy %', 'agreement %', 'FLOPs %', 'cache %', 'scoring MFLOPs'],
      rows.map((one) => [
        one.method,
        one.asked ?? 'native',
        percent(one.accuracy),
        percent(one.agreement),
        percent(one.flopsRatio),
        percent(one.kvShare),
        (one.pruningFlops / 1e6).toFixed(2),
      ]),
    ),
  ].join('\n');
}

/** What stands out, computed from the figures. */
function remarks(results) {
  const lines = [];
  for (const asked of [
    ...new Set(results.filter((one) => one.basis === 'flops').map((one) => one.asked)),
  ]) {
    const at = results.filter(
      (one) => one.basis === 'flops' && one.asked === asked && !one.refused,
    );
    const own = at.find((one) => one.method === 'autoprune');
    const random = at.filter((one) => one.method.startsWith('random'));
    const mean = random.reduce((sum, one) => sum + one.accuracy, 0) / random.length;
    const names = (list) =>
      list.map((one) => `${one.method} (${percent(one.accuracy)})`).join(', ') || 'none';
    const others = at.filter((one) => !one.method.startsWith('random'));
    lines.push(
      `- At ${percent(asked)} % of the FLOPs AutoPrune has ${percent(own.accuracy)} %. Above it: ${names(others.filter((one) => one.accuracy > own.accuracy))}.`,
      `  Random selection has ${percent(mean)} % (mean of ${random.length} seeds). Below random: ${names(others.filter((one) => one.accuracy < mean))}.`,
    );
  }
  lines.push(placeRemark(results));
  const list = (values) => values.map((value) => value.toFixed(3)).join(' / ');
  const seen = new Set();
  for (const { method, slopeQuartiles, complexityQuartiles } of results) {
    if (!slopeQuartiles || seen.has(method)) continue;
    seen.add(method);
    lines.push(
      `- Complexity over the questions with ${method} (minimum, quartiles, maximum): ${list(complexityQuartiles)}; slope: ${list(slopeQuartiles)}.`,
    );
  }
  return lines.join('\n');
}

/** The kind of question where methods before the decoder fall furthest behind those inside it. */
function placeRemark(results) {
  const sitesOf = new Map(methods.map(({ name, sites }) => [name, sites]));
  const isBefore = ({ method }) =>
    (sitesOf.get(method.split(/[ ,]/)[0]) ?? []).some(
      (site) => site === 'vision' || site === 'input',
    );
  const at = results.filter((one) => one.basis === 'flops' && !one.refused);
  const [before, inside] = [true, false].map((is) =>
    at.filter((one) => isBefore(one) === is && !/autoprune|mustdrop|vscan/.test(one.method)),
  );
  const mean = (list, kind) => list.reduce((sum, one) => sum + one.byKind[kind], 0) / list.length;
  const gaps = Object.keys(at[0].byKind).map((kind) => ({
    kind,
    outside: mean(before, kind),
    within: mean(inside, kind),
  }));
  const { kind, outside, within } = gaps.sort(
    (a, b) => b.within - b.outside - (a.within - a.outside),
  )[0];
  return `- The widest gap between methods before the decoder and inside it is on questions of the kind "${kind}": ${percent(outside)} % and ${percent(within)} % on average over all budgets. Tokens that are dropped before the decoder leave no gap in the positions, as published, so that what depends on the position in the prompt is lost at once; inside it, the first layers have seen all of them in place.`;
}

/** Writes docs/methods/accuracy.md whole. */
export function writeTable({ questions, calibration, results }) {
  const asked = [
    ...new Set(results.filter((one) => one.basis === 'flops').map((one) => one.asked)),
  ];
  const mapped = results.filter(
    (one) => one.basis === 'flops' && one.asked === asked[0] && one.parameters,
  );
  const text = `# Every method at the same FLOPs

Written by \`node bench/methods.mjs\`; figures, machine and commit are in bench/results/methods.json. The embedded model (8 layers, 144
visual tokens) answers ${questions} questions of its evaluation set; an answer counts when it equals the expected one. FLOPs are those
of the decoder's prefill by the field's formula, as a share of the unpruned prompt. FitPrune (refitted) and MustDrop are fitted on
${calibration} other questions. CDPruner needs CLIP's text tower, which this checkpoint does not hold.

A toy model with sharp pictures of few shapes says how methods behave at small budgets and whether their wiring is right. It
does not say which is best on photographs.

${remarks(results)}

${asked.map((one) => flopsTable(results, one)).join('\n\n')}

${otherTable(results, 'cache', 'Methods on the cache, by the share of it that stays')}

${otherTable(results, 'native', 'Methods that take no budget')}

## Published constants, mapped to this model

${mapped
  .map(
    (one) =>
      `- ${one.method}: ${
        Object.entries(one.parameters)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ') || 'none'
      }`,
  )
  .join('\n')}
`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
  execFileSync('npx', ['biome', 'format', '--write', path], { stdio: 'ignore' });
  console.log('written: docs/methods/accuracy.md');
}
