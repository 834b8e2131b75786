const MARKS = [...';/[]"{}()=+\\_-><@`,?!'];

/** How one script's punctuation step differs from the others'. */
export interface PunctuationRule {
  /** Where it matches, every mark is deleted instead of replaced by a blank. */
  readonly numberWithComma: RegExp;
  /** Periods to delete; global. */
  readonly period: RegExp;
}

/** VQA's own evaluation and the m4c evaluator: a mistyped look-behind makes it every period before no digit. */
const EVERY_PERIOD = /\.(?!\p{Nd})/gu;
const COMMA = /\p{Nd},\p{Nd}/u;

/** GT-Vision-Lab/VQA vqaEval.py `processPunctuation`. */
export const VQA_PUNCTUATION: PunctuationRule = { numberWithComma: COMMA, period: EVERY_PERIOD };

/** facebookresearch/mmf m4c_evaluators.py `process_punctuation`. */
export const M4C_PUNCTUATION: PunctuationRule = {
  numberWithComma: /(?<=\p{Nd}),+(?=\p{Nd})/u,
  period: EVERY_PERIOD,
};

/** VLMEvalKit vqa_eval.py `process_punctuation`: the look-behind put right. */
export const VLMEVALKIT_PUNCTUATION: PunctuationRule = {
  numberWithComma: COMMA,
  period: /(?<!\p{Nd})\.(?!\p{Nd})/gu,
};

/** `re.UNICODE`, which all of these scripts pass where Python's `sub` takes the count. */
const MOST_PERIODS = 32;

/**
 * The punctuation step of the VQA family of scorers: each mark is deleted where the text as it came in has it beside a
 * blank (or has a number with a comma anywhere), else replaced by a blank; then periods are deleted, at most 32.
 */
export function removePunctuation(text: string, rule: PunctuationRule): string {
  let result = text;
  let hasComma: boolean | undefined;
  for (const mark of MARKS) {
    if (!text.includes(mark)) continue;
    hasComma ??= rule.numberWithComma.test(text);
    const deleted = hasComma || text.includes(`${mark} `) || text.includes(` ${mark}`);
    result = result.replaceAll(mark, deleted ? '' : ' ');
  }
  if (!result.includes('.')) return result;
  let periods = 0;
  return result.replace(rule.period, (period) => (++periods > MOST_PERIODS ? period : ''));
}
