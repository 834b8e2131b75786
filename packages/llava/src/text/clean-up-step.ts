import type { DecoderStep } from './decoder-step.js';

/** In transformers' order, each over the whole text. */
const REPLACEMENTS: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function cleanUp(text: string): string {
  return REPLACEMENTS.reduce((rest, [from, to]) => rest.replaceAll(from, to), text);
}

/**
 * `clean_up_tokenization_spaces`: takes out the space before punctuation and English contractions.
 *
 * A character that is in none of the patterns parts the text into pieces that can not influence each other, so
 * only the text after the last such character is held back, and of that what follows its first space.
 */
export function cleanUpStep(): DecoderStep {
  let held = '';
  return {
    push(piece) {
      const separator = /[^ .?!,'ntmsver](?=[ .?!,'ntmsver]*$)/u.exec(piece);
      const certain = separator ? separator.index + separator[0].length : 0;
      let done = '';
      if (separator) {
        done = cleanUp(held + piece.slice(0, certain));
        held = '';
      }
      held += piece.slice(certain);
      const space = held.indexOf(' ');
      const free = space < 0 ? held.length : space;
      done += held.slice(0, free);
      held = held.slice(free);
      return [done];
    },
    end() {
      const rest = cleanUp(held);
      held = '';
      return [rest];
    },
  };
}
