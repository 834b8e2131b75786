// Writes docs/benchmarks from the table of benchmarks.
//
//   node scripts/write-benchmark-docs.mjs [--check]    (after pnpm build)
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cell, table, writePages } from './generated-pages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { benchmarks } = await import(join(root, 'packages/eval/dist/index.js'));

const code = (value) => `\`${value}\``;
const codes = (values) => values.map(code).join(', ') || '–';
const count = (value) => value || 'not known';

/** Where a scorer was read, as a link to the very lines' file where there is one. */
const scorerOf = ({ repository, path, commit }) =>
  commit
    ? `[${repository}/${path}](https://github.com/${repository}/blob/${commit}/${path})`
    : `${repository}: ${path}`;

const page = (benchmark) => `# ${benchmark.title}

${table(
  ['', ''],
  [
    ['id', code(benchmark.id)],
    ['questions', count(benchmark.questionCount)],
    ['in lmms-eval', codes(benchmark.aliases.lmmsEval)],
    ['in VLMEvalKit', codes(benchmark.aliases.vlmEvalKit)],
    ['groups', benchmark.groups.join(', ') || '–'],
    ['folder of LLaVA', benchmark.llavaFolder ? code(benchmark.llavaFolder) : '–'],
    ['answers are handed in at', cell(benchmark.submission ?? '–')],
  ],
)}

## Definitions

The first one is that of the benchmark's own script. One that was not held against numbers of the script itself says so.

${table(
  ['definition', 'scorer', 'divided by', 'verified'],
  benchmark.definitions.map(({ name, scorer, denominator, verified }) => [
    code(name),
    scorerOf(scorer),
    cell(denominator),
    verified ? 'yes' : 'no',
  ]),
)}

## Data

${
  benchmark.files.length === 0
    ? 'None to get.'
    : table(
        ['file', 'from'],
        benchmark.files.map(({ path, source }) => [code(path), cell(source)]),
      )
}
`;

const index = () => `# Benchmarks

${table(
  ['benchmark', 'id', 'questions', 'definitions', 'verified'],
  benchmarks.map(({ id, title, questionCount, definitions }) => [
    `[${title}](${id}.md)`,
    code(id),
    count(questionCount),
    definitions.map(({ name }) => code(name)).join(', '),
    `${definitions.filter(({ verified }) => verified).length} of ${definitions.length}`,
  ]),
)}

\`autoprune score <id>\` scores an answer file, \`autoprune eval <id>\` answers the questions first; \`autoprune benchmarks check\` looks whether
the data is in place. [How scoring works](../../packages/eval/README.md), and a benchmark of your own.
`;

writePages(
  join(root, 'docs', 'benchmarks'),
  new Map([
    ...benchmarks.map((benchmark) => [`${benchmark.id}.md`, page(benchmark)]),
    ['README.md', index()],
  ]),
);
