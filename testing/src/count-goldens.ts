/** Vitest global set-up: counts golden cases over all workers and prints the sums at the end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Prepares the file that workers append to; returns the teardown that prints. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'autoprune-goldens-'));
  const file = join(folder, 'counts.tsv');
  writeFileSync(file, '');
  process.env.AUTOPRUNE_GOLDEN_COUNTS = file;
  return () => {
    const counts = new Map<string, { ran: number; skipped: number }>();
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const [what, name] = line.split('\t') as ['ran' | 'skipped', string];
      const entry = counts.get(name) ?? { ran: 0, skipped: 0 };
      entry[what]++;
      counts.set(name, entry);
    }
    let ran = 0;
    let skipped = 0;
    console.log('\nGolden cases');
    for (const [name, entry] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
      console.log(`  ${entry.skipped ? 'skipped' : String(entry.ran).padStart(7)}  ${name}`);
      ran += entry.ran;
      skipped += entry.skipped;
    }
    console.log(`golden cases: ${ran} ran, ${skipped} sets skipped`);
    rmSync(folder, { recursive: true, force: true });
  };
}
