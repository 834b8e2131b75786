// Writes docs/methods/<name>.md and docs/methods/README.md from the table of methods and docs/methods/notes.md.
//
//   node scripts/write-method-docs.mjs    (after pnpm build)
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (headings, rows) =>
  [row(headings), row(headings.map(() => '---')), ...rows.map(row)].join('\n');
const cell = (value) => String(value).replaceAll('|', '\\|');

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

function write(name, text) {
  const path = join(folder, name);
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}

for (const method of methods) write(`${method.name}.md`, page(method));
write('README.md', index());
const unknown = [...notes.keys()].filter((name) => !methods.some((method) => method.name === name));
if (unknown.length > 0)
  throw new Error(`docs/methods/notes.md has sections of no method: ${unknown.join(', ')}`);
execFileSync('npx', ['biome', 'format', '--write', folder], { cwd: root, stdio: 'ignore' });
console.log(`written: ${methods.length + 1} pages in docs/methods`);
