import { Command } from 'commander';
import { examine, type Finding } from '../doctor/examine.js';
import { EXIT } from '../exit-codes.js';
import { type CommandIo, print, printJson } from '../io.js';
import { renderTable } from '../output/table.js';

/** `autoprune doctor`: one block to paste into an issue. */
export function doctorCommand(io: CommandIo): Command {
  return new Command('doctor')
    .description('check this installation and print one block to paste into an issue')
    .option('--json', 'print one JSON object')
    .action(async (options: { json?: boolean }) => {
      const findings = await examine();
      const healthy = findings.every(({ ok }) => ok);
      if (options.json) printJson(io, { healthy, findings });
      else print(io, findingsText(findings));
      if (!healthy) process.exitCode = EXIT.unsupported;
    });
}

function findingsText(findings: readonly Finding[]): string {
  const table = renderTable({
    headings: ['', 'found', ''],
    rows: findings.map(({ what, found, ok }) => [what, found, ok ? '' : '✗']),
  });
  const advice = findings
    .filter((finding) => finding.advice)
    .map(({ what, advice: text }) => `${what}: ${text}`);
  return [table, ...(advice.length > 0 ? ['', ...advice] : [])].join('\n');
}
