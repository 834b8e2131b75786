import type { Method } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
import { Command } from 'commander';
import { type CommandIo, print, printJson } from '../io.js';
import { bibtex } from '../output/bibtex.js';
import { renderTable } from '../output/table.js';

/** `autoprune methods`: the table of methods. */
export function methodsCommand(io: CommandIo): Command {
  return new Command('methods')
    .description('list the pruning methods, where they act and what they need')
    .option('--json', 'print the whole table as JSON')
    .option('--bibtex', 'print the papers as BibTeX')
    .action((options: { json?: boolean; bibtex?: boolean }) => {
      if (options.bibtex) print(io, bibtex(methods));
      else if (options.json) printJson(io, methods.map(methodRow));
      else print(io, methodsText());
    });
}

const BUDGET_KINDS = ['meanLeaving', 'meanEntering', 'flops', 'keepRatio', 'native'];

/** The fields of a method that are data. */
function methodRow(method: Method): object {
  const { resolve, simulate, start, parameters, budgets = BUDGET_KINDS, ...row } = method;
  return {
    ...row,
    budgets,
    parameters: parameters.map(({ name, type, min = null, max = null, ...rest }) => ({
      name,
      type,
      min,
      max,
      ...rest,
    })),
  };
}

const yesNo = (value: boolean): string => (value ? 'yes' : 'no');

function methodsText(): string {
  const table = renderTable({
    headings: ['method', 'acts at', 'positions', 'asks the question', 'adaptive', 'title'],
    rows: methods.map((method) => [
      method.name,
      method.sites.join(', ') || '–',
      method.positions,
      yesNo(method.questionDependent),
      yesNo(method.adaptive),
      method.title,
    ]),
  });
  const parameters = methods
    .filter(({ parameters: list }) => list.length > 0)
    .map(({ name, parameters: list }) =>
      [
        `${name}:`,
        ...list.map(
          (spec) =>
            `  --param ${spec.name}=<${spec.values?.join('|') ?? spec.type}>  ${spec.description}${spec.default === null ? '' : ` (default: ${spec.default})`}`,
        ),
      ].join('\n'),
    );
  return [table, '', ...parameters].join('\n');
}
