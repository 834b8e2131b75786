import { formatFloat } from './number.js';

const ITEM =
  /[uU]?(?:'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)")|([+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|None|True|False)/y;
const BETWEEN = /\s*,\s*/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function replaceEscapes(text: string): string {
  return text.replace(ESCAPE, (whole, x, u, U, octal: string | undefined, simple: string) => {
    const hexadecimal: string | undefined = x ?? u ?? U;
    if (hexadecimal !== undefined) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    // Python keeps the backslash of an escape that it does not know.
    return SIMPLE_ESCAPES[simple] ?? whole;
  });
}

/**
 * The items of a Python list of texts (or numbers, as their text) as `ast.literal_eval` reads it, for columns that hold
 * `repr` of a list.
 *
 * @returns undefined for anything else
 */
export function parsePythonList(text: string): string[] | undefined {
  const inner = /^\s*[[(]([\s\S]*?),?\s*[\])]\s*$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const list = inner.trimStart();
  const items: string[] = [];
  let at = 0;
  while (at < list.length) {
    if (items.length > 0) {
      BETWEEN.lastIndex = at;
      if (!BETWEEN.test(list)) return undefined;
      at = BETWEEN.lastIndex;
    }
    ITEM.lastIndex = at;
    const match = ITEM.exec(list);
    if (!match) return undefined;
    const [, single, double, bare] = match;
    items.push(bare ?? replaceEscapes(single ?? double ?? ''));
    at = ITEM.lastIndex;
  }
  return items;
}

/** Python's `repr` of a text without characters that it would escape beyond quotes, backslashes and line ends. */
function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll('\\', '\\\\').replaceAll(mark, `\\${mark}`);
  return (
    mark + escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t') + mark
  );
}

/** Python's `str` of a JSON value; a text is itself. A whole number is taken for an `int`. */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepresentation(value);
}

function pythonRepresentation(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') {
    return Number.isInteger(value) ? BigInt(value).toString() : formatFloat(value);
  }
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  if (Array.isArray(value)) return `[${value.map(pythonRepresentation).join(', ')}]`;
  const entries = Object.entries(value);
  const written = entries.map(([key, one]) => `${quoted(key)}: ${pythonRepresentation(one)}`);
  return `{${written.join(', ')}}`;
}
