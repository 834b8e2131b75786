/** Escapes that @huggingface/jinja reads as Python does. */
const COMMON_ESCAPES = 'ntrbfv\'"\\xu';

/** A character as one or two escapes of four digits. */
function unicodeEscape(codePoint: number): string {
  const units = String.fromCodePoint(codePoint).split('');
  return units.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}

/** One escape of a Python string literal, in escapes that the library knows. */
function translateEscape(sequence: string): string {
  const letter = sequence[1]!;
  if (COMMON_ESCAPES.includes(letter)) return sequence;
  if (letter === '\n') return '';
  if (letter === 'a') return '\\x07';
  if (/[0-7]/.test(letter)) return unicodeEscape(Number.parseInt(sequence.slice(1), 8));
  const codePoint = Number.parseInt(sequence.slice(2), 16);
  if (sequence.length === 10 && codePoint <= 0x10ffff) return unicodeEscape(codePoint);
  // Python keeps the backslash of an escape that it does not know; the library refuses it.
  return `\\${sequence}`;
}

const ESCAPE = /\\(?:[0-7]{1,3}|U[0-9A-Fa-f]{8}|[\s\S])/gu;
const OPENING = /\{[{%#]/g;
/** A string, the end of a statement, or a brace. */
const PART = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|%\}|[{}]/gu;

/** The end of the block that begins before `from`, and its source with rewritten strings. */
function rewriteBlock(template: string, from: number): { text: string; end: number } {
  let text = '';
  let depth = 0;
  let position = from;
  PART.lastIndex = from;
  for (let part = PART.exec(template); part; part = PART.exec(template)) {
    const [found] = part;
    const string = found[0] === "'" || found[0] === '"';
    text += template.slice(position, part.index);
    text += string ? found.replace(ESCAPE, translateEscape) : found;
    position = PART.lastIndex;
    // Braces inside are those of dictionaries; the first beyond them is half of }}.
    if (found === '{') depth++;
    else if (found === '}') depth--;
    if (found === '%}' || depth < 0) return { text, end: position };
  }
  return { text: text + template.slice(position), end: template.length };
}

/**
 * Rewrites the string literals of a Jinja template so that @huggingface/jinja reads them as Jinja does. The first
 * published template of LLaVA-NeXT with Mistral has `'<\s>'`, where Python keeps the unknown escape.
 *
 * @param template  Jinja source; what lies outside of `{{ … }}` and `{% … %}` stays as it is
 */
export function rewriteJinjaStrings(template: string): string {
  let output = '';
  let position = 0;
  OPENING.lastIndex = 0;
  for (let open = OPENING.exec(template); open; open = OPENING.exec(template)) {
    const from = OPENING.lastIndex;
    output += template.slice(position, from);
    if (open[0] === '{#') {
      const close = template.indexOf('#}', from);
      position = close < 0 ? template.length : close + 2;
      output += template.slice(from, position);
    } else {
      const block = rewriteBlock(template, from);
      output += block.text;
      position = block.end;
    }
    OPENING.lastIndex = position;
  }
  return output + template.slice(position);
}
