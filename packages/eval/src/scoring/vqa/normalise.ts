import { pythonTrim } from '../python/text.js';
import { M4C_PUNCTUATION, removePunctuation, VQA_PUNCTUATION } from './punctuation.js';
import { normaliseWords } from './words.js';

/** First step of vqaEval.py: newlines and tabs become blanks, both ends are stripped. */
export function cleanVqaAnswer(text: string): string {
  return pythonTrim(/[\n\t]/.test(text) ? text.replace(/[\n\t]/g, ' ') : text);
}

/** Punctuation and words as vqaEval.py processes them, after {@link cleanVqaAnswer}. */
export function processVqaAnswer(text: string): string {
  return normaliseWords(removePunctuation(text, VQA_PUNCTUATION));
}

/**
 * The answer processor of the m4c evaluator, which LLaVA uses for TextVQA and for the uploads of VQAv2 and VizWiz.
 *
 * Source: haotian-liu/LLaVA llava/eval/m4c_evaluator.py `EvalAIAnswerProcessor`.
 */
export function normaliseM4cAnswer(text: string): string {
  const words = pythonTrim(text.toLowerCase().replace(/[,?]/g, '').replaceAll("'s", " 's"));
  return normaliseWords(removePunctuation(cleanVqaAnswer(words), M4C_PUNCTUATION));
}

/** A function of a text that remembers its results; answers repeat a lot. */
export function remembered(normalise: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    let result = known.get(text);
    if (result === undefined) {
      result = normalise(text);
      known.set(text, result);
    }
    return result;
  };
}
