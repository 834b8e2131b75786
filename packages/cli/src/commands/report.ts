import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  buildReport,
  type Report,
  readRuns,
  reportTables,
  toCsv,
  toHtml,
  toLatex,
  toMarkdown,
} from '@autoprune/eval';
import { Command } from 'commander';
import { type CommandIo, note, print, printJson } from '../io.js';
import { writeWhole } from '../output/write-whole.js';

/** `autoprune report`: finished runs side by side, each pruned one against the unpruned one item by item. */
export function reportCommand(io: CommandIo): Command {
  return new Command('report')
    .description('compare finished runs with the unpruned one, item by item')
    .argument('<folders...>', 'folders of autoprune eval --out; runs below them are found')
    .option('--out <folder>', 'write report.html, report.md, report.csv and report.tex there')
    .option('--json', 'print one JSON object')
    .action(async (folders: string[], options: { out?: string; json?: boolean }) => {
      const { runs, unscored } = await readRuns(folders);
      for (const { folder, reason } of unscored) {
        note(
          io,
          `left out, because it has no score: ${folder}${reason === null ? '' : ` (${reason})`}`,
        );
      }
      const report = buildReport(runs, unscored);
      const tables = reportTables(report);
      if (options.out !== undefined) {
        await mkdir(options.out, { recursive: true });
        const files = {
          'report.html': await toHtml(report),
          'report.md': toMarkdown(tables),
          'report.csv': toCsv(tables),
          'report.tex': toLatex(tables),
        };
        for (const [name, content] of Object.entries(files)) {
          await writeWhole(join(options.out, name), content);
        }
        note(io, `wrote ${join(options.out, 'report.html')} (and .md, .csv, .tex)`);
      }
      if (options.json) printJson(io, reportJson(report));
      else print(io, toMarkdown(tables));
    });
}

/** The report as data; changed items by their ids. */
function reportJson({ sections, methods, unscored }: Report): object {
  return {
    sections: sections.map(({ rows, ...section }) => ({
      ...section,
      rows: rows.map(({ run, score, ratio, paired }) => ({
        run: run.label,
        folder: run.folder,
        score,
        ratio,
        cost: run.cost,
        paired: paired
          ? {
              ...paired,
              gained: paired.gained.map(({ id }) => id),
              lost: paired.lost.map(({ id }) => id),
            }
          : null,
      })),
    })),
    methods,
    unscored,
  };
}
