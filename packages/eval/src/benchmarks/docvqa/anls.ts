import { levenshtein } from '../../scoring/levenshtein.js';
import { pythonLength, pythonTrim, pythonWords } from '../../scoring/python/text.js';

/** Similarities below this count as nothing. */
const THRESHOLD = 0.5;

const thresholded = (similarity: number): number => (similarity < THRESHOLD ? 0 : similarity);

/** `len(text.upper())`, which the scripts divide by: upper case can be longer. */
const upperLength = (text: string): number => pythonLength(text.toUpperCase());

const collapsed = (text: string): string => pythonWords(text.toLowerCase()).join(' ');

/**
 * ANLS of one answer as lmms-eval and VLMEvalKit compute it: distance of the lower-cased texts with blanks collapsed,
 * divided by the length of the longer *raw* text.
 *
 * Sources: EvolvingLMMs-Lab/lmms-eval lmms_eval/api/metrics.py `anls`; open-compass/VLMEvalKit
 * vlmeval/dataset/utils/vqa_eval.py `anls_compute`.
 *
 * @param golds  at least one
 */
export function anlsOverRawLength(answer: string, golds: readonly string[]): number {
  const distances = golds.map((gold) => {
    const length = Math.max(upperLength(gold), upperLength(answer));
    return length === 0 ? 0 : levenshtein(collapsed(gold), collapsed(answer)) / length;
  });
  return thresholded(1 - Math.min(...distances));
}

/**
 * ANLS of one answer as the STVQA evaluator of mmf and LLaVA computes it: lower-cased and trimmed texts, divided by the
 * longer of these.
 *
 * Source: haotian-liu/LLaVA llava/eval/m4c_evaluator.py `STVQAANLSEvaluator`.
 *
 * @returns null where the script divides by zero: the answer and a gold answer are both empty
 */
export function anlsOverTrimmedLength(answer: string, golds: readonly string[]): number | null {
  const trimmed = pythonTrim(answer.toLowerCase());
  const similarities = golds.map((gold) => {
    const goldTrimmed = pythonTrim(gold.toLowerCase());
    const length = Math.max(pythonLength(trimmed), pythonLength(goldTrimmed));
    return thresholded(1 - levenshtein(trimmed, goldTrimmed) / length);
  });
  return similarities.some(Number.isNaN) ? null : Math.max(...similarities);
}
