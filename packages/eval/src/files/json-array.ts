import { AutopruneError } from '@autoprune/core';
import type { z } from 'zod';
import { parsePythonJson } from './python-json.js';
import { textParts } from './read-text.js';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const isBlank = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/**
 * Cuts the elements of one array of objects out of JSON text that comes in parts, so that a file of any size needs the
 * memory of one element.
 */
class ElementCutter {
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** The last string at depth 1, which is a key when a colon follows. */
  private lastString = '';
  private stringStart = -1;
  private key: string | undefined;
  private arrayDepth = -1;
  private elementStart = -1;
  private rest = '';
  /** True once the array was met. */
  found = false;

  constructor(private readonly wantedKey: string | undefined) {}

  /** Takes one part of the text. */
  push(part: string, emit: (element: string) => void): void {
    const offset = this.rest.length;
    const text = this.rest + part;
    for (let at = offset; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (code === BACKSLASH) this.escaped = true;
        else if (code === QUOTE) {
          this.inString = false;
          if (this.stringStart >= 0) this.lastString = text.slice(this.stringStart, at);
          this.stringStart = -1;
        }
      } else if (code === QUOTE) {
        this.inString = true;
        if (this.depth === 1 && this.arrayDepth < 0) this.stringStart = at + 1;
      } else if (code === COLON) {
        if (this.depth === 1) this.key = this.lastString;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        this.open(code, at);
      } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
        this.close(at, text, emit);
      }
    }
    this.keep(text);
  }

  private open(code: number, at: number): void {
    const top = this.wantedKey === undefined ? this.depth === 0 : this.depth === 1;
    if (code === OPEN_BRACKET && top && !this.found && this.key === this.wantedKey) {
      this.found = true;
      this.arrayDepth = this.depth + 1;
    } else if (this.depth === this.arrayDepth) {
      this.elementStart = at;
    }
    this.depth++;
  }

  private close(at: number, text: string, emit: (element: string) => void): void {
    this.depth--;
    if (this.depth === this.arrayDepth && this.elementStart >= 0) {
      emit(text.slice(this.elementStart, at + 1));
      this.elementStart = -1;
    } else if (this.depth === this.arrayDepth - 1) {
      this.arrayDepth = -1;
    }
  }

  /** Keeps what the next part needs: an element or key that has begun. */
  private keep(text: string): void {
    const from = this.elementStart >= 0 ? this.elementStart : this.stringStart;
    this.rest = from >= 0 ? text.slice(from) : '';
    if (this.elementStart >= 0) this.elementStart = 0;
    else if (this.stringStart >= 0) this.stringStart = 0;
  }

  /** True when every bracket has been closed. */
  get complete(): boolean {
    return this.depth === 0 && !this.inString;
  }
}

/**
 * Visits the objects of an array in a JSON file one by one.
 *
 * @param key  the key of the array in the file's object; undefined for a file that is an array
 * @throws DATA_INVALID naming the file, the element and the field
 */
export async function forEachElement<T>(
  path: string,
  key: string | undefined,
  schema: z.ZodType<T>,
  visit: (element: T, index: number) => void,
): Promise<void> {
  const invalid = (problem: string, cause?: unknown): AutopruneError =>
    new AutopruneError('DATA_INVALID', `${path}: ${problem}`, { path }, { cause });
  const name = key === undefined ? 'the array' : JSON.stringify(key);
  const cutter = new ElementCutter(key);
  let index = 0;
  const take = (text: string): void => {
    let value: unknown;
    try {
      value = parsePythonJson(text);
    } catch (cause) {
      throw invalid(`element ${index} of ${name} is not JSON (${(cause as Error).message})`, cause);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!;
      throw invalid(`element ${index} of ${name}: field ${issue.path.join('.')}: ${issue.message}`);
    }
    visit(parsed.data, index++);
  };
  let first = true;
  for await (const part of textParts(path)) {
    if (first && part.trim() !== '') {
      first = false;
      requireOpening(part, key, invalid);
    }
    cutter.push(part, take);
  }
  if (!cutter.complete) throw invalid('is not JSON (it ends too early); copy the file again');
  if (!cutter.found) throw invalid(`holds no array ${name}`);
}

/** The first character tells an array from an object. */
function requireOpening(
  part: string,
  key: string | undefined,
  invalid: (problem: string) => AutopruneError,
): void {
  let at = 0;
  while (isBlank(part.charCodeAt(at))) at++;
  const wanted = key === undefined ? '[' : '{';
  if (part[at] !== wanted) {
    throw invalid(
      `begins with ${JSON.stringify(part[at])} where ${JSON.stringify(wanted)} is needed`,
    );
  }
}
