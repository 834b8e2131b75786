import type { Answer } from '../../answers.js';
import type { JudgeRequest } from '../../judge/request.js';
import { CATEGORY_PREFIX, type LlavaBenchData } from './data.js';

const TEMPERATURE = 0.2;
const MAX_TOKENS = 1024;

/**
 * What the judge is asked about answers: context, question, reference, answer, and the rule of the category out of the
 * benchmark's `rule.json`. Answers whose question, reference or rule is not there are left out.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_gpt_review_bench.py.
 */
export function reviewRequests(data: LlavaBenchData, answers: readonly Answer[]): JudgeRequest[] {
  const answerOf = new Map(answers.map(({ id, text }) => [id, text]));
  return data.questions.flatMap(({ id, text: question, images: [image], category }) => {
    const answer = answerOf.get(id);
    const reference = data.references.get(id);
    const rule = data.rules[`${CATEGORY_PREFIX}${category}`];
    if (answer === undefined || reference === undefined || rule === undefined) return [];
    const { role, prompt } = rule;
    const text = [
      `[Context]\n${data.contexts.get(String(image)) ?? ''}`,
      `[Question]\n${question}`,
      `[${role} 1]\n${reference}`,
      `[End of ${role} 1]`,
      `[${role} 2]\n${answer}`,
      `[End of ${role} 2]`,
      `[System]\n${prompt}`,
      '',
    ].join('\n\n');
    return [{ id, text, images: [], temperature: TEMPERATURE, maxTokens: MAX_TOKENS }];
  });
}
