// Writes docs/methods/<name>.md and docs/methods/README.md from the table of methods and docs/methods/notes.md.
//
//   node scripts/write-method-docs.mjs [--check]    (after pnpm build)
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cell, table, writePages } from './generated-pages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { methods } = await import(join(root, 'packages/core/dist/methods/index.js'));
const folder = join(root, 'docs', 'methods');

const notes = new Map(
  readFileSync(join(folder, 'notes.md'), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [name, ...text] = section.split('\n');
      return [name.trim(), text.join('\n').trim()];
    }),
);

const yesNo = (value) => (value ? 'yes' : 'no');
function parameterTable(parameters) {
  if (parameters.length === 0) return 'It has no parameters.';
  return table(
    ['parameter', 'type', 'range', 'default', 'meaning'],
    parameters.map(({ name, type, min, max, values, default: value, description, aliases }) => [
      `\`${name}\``,
      type,
      values?.join(', ') ??
        (min === undefined && max === undefined ? '' : `${min ?? ''} … ${max ?? ''}`),
      value ?? '',
      cell(description) +
        (aliases ? ` (published: ${aliases.map((alias) => `\`${alias}\``).join(', ')})` : ''),
    ]),
  );
}

function page(method) {
  const note = notes.get(method.name);
  if (!note) throw new Error(`docs/methods/notes.md has no section ${method.name}`);
  return `# ${method.title}

${note}

${table(
  ['', ''],
  [
    ['name', `\`${method.name}\``],
    ['acts at', method.sites.join(', ') || '–'],
    ['needs', method.signals.join('; ') || 'nothing'],
    ['positions', method.positions === 'keep' ? 'those of the prompt' : 'new ones after every cut'],
    [
      'order of kept tokens',
      method.order === 'spatial' ? 'as in the picture' : 'by score or of its own',
    ],
    ['depends on the question', yesNo(method.questionDependent)],
    ['counts depend on the input', yesNo(method.adaptive)],
    ['budgets', method.budgets?.join(', ') ?? 'all'],
    ['paper', method.paper ?? '–'],
    ['code', method.repository ?? '–'],
    ['licence', method.licence],
  ],
)}

${parameterTable(method.parameters)}
`;
}

function index() {
  return `# Methods

${table(
  ['method', 'acts at', 'needs', 'asks the question', 'adaptive', 'budgets'],
  methods.map((method) => [
    `[${method.name}](${method.name}.md)`,
    method.sites.join(', ') || '–',
    method.signals.join('; ') || 'nothing',
    yesNo(method.questionDependent),
    yesNo(method.adaptive),
    method.budgets?.join(', ') ?? 'all',
  ]),
)}

[Every method at the same FLOPs](accuracy.md) · several at once: \`--method visionzip+fastv+snapkv\` · [your own](your-own.md)
`;
}

const unknown = [...notes.keys()].filter((name) => !methods.some((method) => method.name === name));
if (unknown.length > 0)
  throw new Error(`docs/methods/notes.md has sections of no method: ${unknown.join(', ')}`);
writePages(
  folder,
  new Map([
    ...methods.map((method) => [`${method.name}.md`, page(method)]),
    ['README.md', index()],
  ]),
);
