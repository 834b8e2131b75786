import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

const row = (cells) => `| ${cells.join(' | ')} |`;

/** A table in Markdown. */
export const table = (headings, rows) =>
  [row(headings), row(headings.map(() => '---')), ...rows.map(row)].join('\n');

/** A text that may stand in a cell. */
export const cell = (value) => String(value).replaceAll('|', '\\|');

const formatted = (path, text) =>
  execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${path}`], {
    cwd: root,
    input: text,
    encoding: 'utf8',
  });

/**
 * Writes generated pages, formatted as the rest; with `--check` on the command line it writes nothing, and fails where a page
 * is not what would be written.
 *
 * @param pages  text by name of the file
 */
export function writePages(folder, pages) {
  const check = process.argv.includes('--check');
  const stale = [];
  for (const [name, text] of pages) {
    const path = join(folder, name);
    const wanted = formatted(relative(root, path), text);
    if (existsSync(path) && readFileSync(path, 'utf8') === wanted) continue;
    stale.push(relative(root, path));
    if (check) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.tmp`, wanted);
    renameSync(`${path}.tmp`, path);
  }
  if (check && stale.length > 0) {
    console.error(`not up to date, write them again: ${stale.join(', ')}`);
    process.exit(1);
  }
  console.log(`${pages.size} pages in ${relative(root, folder)}, ${stale.length} changed`);
}
