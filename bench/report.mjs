import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));

/** The commit that is measured, with a mark when files differ from it. */
function commit() {
  const git = (...args) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', '../packages');
    const real = changed.split('\n').filter((line) => line && !line.includes('bench/results/'));
    return `${git('rev-parse', 'HEAD')}${real.length > 0 ? ' with changes' : ''}`;
  } catch {
    return 'unknown';
  }
}

/** What a figure was measured on. */
export function machine() {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown',
    threads: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    system: `${os.platform()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
  };
}

/** Writes `results/<name>.json` whole, with machine, commit and date. */
export function writeReport(name, result) {
  const path = join(folder, 'results', `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const report = {
    benchmark: name,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    ...result,
  };
  writeFileSync(`${path}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
  console.log(`written: bench/results/${name}.json`);
}

/** The median, and the interval that the middle half of the values lies in. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)];
  return {
    median: at(0.5),
    low: at(0.25),
    high: at(0.75),
    min: sorted[0],
    max: sorted.at(-1),
    runs: sorted.length,
  };
}

/** Reads `--name value` flags. */
export function flags(defaults) {
  const values = { ...defaults };
  const args = process.argv.slice(2);
  for (let index = 0; index < args.length; index += 2) {
    const name = args[index].replace(/^--/, '');
    if (!(name in values))
      throw new Error(`unknown flag ${args[index]}; known: ${Object.keys(values).join(', ')}`);
    values[name] = typeof defaults[name] === 'number' ? Number(args[index + 1]) : args[index + 1];
  }
  return values;
}
