import { mergeQueue } from './merge-queue.js';
import type { SentencePieceModel } from './sentencepiece-model.js';
import { PIECE_TYPE } from './sentencepiece-pieces.js';
import { tokenSplitter } from './split-tokens.js';

/** SentencePiece's stand-in for a space. */
export const SPACE_SYMBOL = '\u2581';

/** The text as the vocabulary writes it. Only U+0020 counts as a space; there are no other rules. */
function normalize(model: SentencePieceModel, addDummyPrefix: boolean, text: string): string {
  const { removeExtraWhitespaces } = model;
  const trimmed = removeExtraWhitespaces ? text.replace(/ +/g, ' ').replace(/^ /, '') : text;
  if (trimmed === '') return '';
  const symbol = model.escapeWhitespaces ? SPACE_SYMBOL : ' ';
  const written = (addDummyPrefix ? ` ${trimmed}` : trimmed).replaceAll(' ', symbol);
  let length = written.length;
  // Taken off after the spaces were rewritten, so a ▁ that the text itself ends with goes too.
  while (removeExtraWhitespaces && written[length - 1] === symbol) length--;
  return written.slice(0, length);
}

/** What pieces of the kind `unused` were merged from: they may be passed through, but not come out. */
type Halves = Map<string, readonly [string, string]>;

function resegment(symbol: string, halves: Halves): string[] {
  const output: string[] = [];
  for (let stack = [symbol]; stack.length > 0; ) {
    const text = stack.pop()!;
    const parts = halves.get(text);
    if (parts) stack.push(parts[1], parts[0]);
    else output.push(text);
  }
  return output;
}

const utf8 = new TextEncoder();

/**
 * Makes SentencePiece's BPE encoder: characters are merged pair by pair, always the pair whose merged piece has
 * the highest score, until no pair makes a piece. User-defined pieces stay whole and merge with nothing.
 *
 * @param addDummyPrefix  put a space in front; transformers turns the model's own setting off for `legacy: false`
 * @returns the texts of the pieces; characters outside the vocabulary become byte pieces, or, in models without
 *   byte fallback, one unknown piece a run
 */
export function sentencePieceEncoder(
  model: SentencePieceModel,
  addDummyPrefix: boolean,
): (text: string) => string[] {
  const { pieces, ids, byteIds } = model;
  const pieceOf = (text: string) => pieces[ids.get(text) ?? model.unknownId]!;
  const userDefined = pieces.filter(({ type }) => type === PIECE_TYPE.userDefined);
  const splitUserDefined = tokenSplitter(userDefined.map(({ text }) => text));
  const longest = pieces.reduce((length, { text }) => Math.max(length, text.length), 0);
  const mergeable: ReadonlySet<number> = new Set([
    PIECE_TYPE.normal,
    PIECE_TYPE.userDefined,
    PIECE_TYPE.unused,
  ]);

  function merge(text: string, halves: Halves): string[] {
    const symbols: string[] = [];
    const frozen: boolean[] = [];
    for (const part of splitUserDefined(text)) {
      for (const symbol of part.token ? [part.text] : part.text) {
        symbols.push(symbol);
        frozen.push(part.token);
      }
    }
    // A linked list over the places of the first characters; a symbol that was merged away is ''.
    const next = symbols.map((_, index) => index + 1);
    const previous = symbols.map((_, index) => index - 1);
    const queue = mergeQueue();
    const consider = (left: number, right: number) => {
      if (left < 0 || right >= symbols.length || frozen[left] || frozen[right]) return;
      // Long symbols are not worth a string that is only looked up.
      if (symbols[left]!.length + symbols[right]!.length > longest) return;
      const merged = symbols[left]! + symbols[right]!;
      const { score, type } = pieceOf(merged);
      if (!mergeable.has(type)) return;
      queue.push({ left, right, text: merged, score });
      if (type === PIECE_TYPE.unused) halves.set(merged, [symbols[left]!, symbols[right]!]);
    };
    for (let right = 1; right < symbols.length; right++) consider(right - 1, right);
    for (let best = queue.pop(); best; best = queue.pop()) {
      const { left, right, text: merged } = best;
      // Out of date where one of the two was merged with something else meanwhile.
      if (symbols[left] === '' || symbols[right] === '') continue;
      if (symbols[left]!.length + symbols[right]!.length !== merged.length) continue;
      symbols[left] = merged;
      symbols[right] = '';
      next[left] = next[right]!;
      if (next[left]! < symbols.length) previous[next[left]!] = left;
      consider(previous[left]!, left);
      consider(left, next[left]!);
    }
    return symbols.filter((symbol) => symbol !== '');
  }

  return (text) => {
    const halves: Halves = new Map();
    const symbols = merge(normalize(model, addDummyPrefix, text), halves);
    const output: string[] = [];
    let afterUnknown = false;
    for (const piece of symbols.flatMap((symbol) => resegment(symbol, halves))) {
      const unknown = pieceOf(piece).type === PIECE_TYPE.unknown;
      if (unknown && byteIds) {
        for (const byte of utf8.encode(piece)) output.push(pieces[byteIds[byte]!]!.text);
      } else if (unknown && afterUnknown) {
        output[output.length - 1] += piece;
      } else {
        output.push(piece);
      }
      afterUnknown = unknown;
    }
    return output;
  };
}
