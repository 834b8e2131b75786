import { cacheFolder, listConverted, removeConverted } from '@autoprune/llava';
import { Command } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { metric } from '../output/quantities.js';
import { renderTable } from '../output/table.js';

const NOTES = `
Weights are converted to 8 and 4 bits once and kept in AUTOPRUNE_CACHE (default: autoprune in the user's cache
folder). What is removed is made again when it is needed. Models of the hub lie in another cache, which other tools
share, and are never touched here.`;

/** `autoprune cache`: what was converted, and how to get rid of it. */
export function cacheCommand(io: CommandIo): Command {
  const command = new Command('cache')
    .description('list or remove converted weights')
    .addHelpText('after', NOTES);
  command
    .command('ls', { isDefault: true })
    .description('list what was converted')
    .option('--json', 'print one JSON object')
    .action((options: { json?: boolean }) => list(io, options.json ?? false));
  command
    .command('rm')
    .description('remove converted weights')
    .argument('[key...]', 'keys from autoprune cache ls')
    .option('--all', 'remove everything')
    .action((keys: string[], options: { all?: boolean }) => remove(io, keys, options.all ?? false));
  return command;
}

async function list(io: CommandIo, json: boolean): Promise<void> {
  const folder = cacheFolder(io.env);
  const entries = await listConverted(folder);
  if (json) {
    printJson(io, { folder, entries });
    return;
  }
  if (entries.length === 0) {
    note(io, `${folder}: nothing was converted yet`);
    return;
  }
  print(
    io,
    renderTable({
      headings: ['key', 'size', 'files', 'weights of'],
      rows: entries.map(({ key, bytes, files, label, current }) => [
        key,
        metric(bytes, 'B'),
        String(files),
        current ? label : `${label} (other version, unused)`,
      ]),
    }),
  );
}

async function remove(io: CommandIo, keys: readonly string[], all: boolean): Promise<void> {
  const removed = await removeConverted(cacheFolder(io.env), all ? 'all' : keys);
  const bytes = removed.reduce((sum, entry) => sum + entry.bytes, 0);
  note(io, `Removed ${removed.length} of them, ${metric(bytes, 'B')}`);
}
