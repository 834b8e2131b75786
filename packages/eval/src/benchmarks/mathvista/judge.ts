import type { JudgeRequest } from '../../judge/request.js';
import type { Problem, Problems } from './data.js';
import { extractByRule } from './extract.js';

const TASK =
  'Copy the final answer out of a response to a question: the number, the list, or the letter of the option. ' +
  'Reply with that answer alone; reply with nothing if there is none.';

/** Whether a model has to take the answer out of the response. */
export const needsExtraction = (problem: Problem): boolean =>
  problem.extraction === undefined && extractByRule(problem.response ?? '', problem) === undefined;

/** What a model is asked for every response that no rule takes apart. */
export function extractionRequests(outputs: Problems): JudgeRequest[] {
  return Array.from(outputs)
    .filter(([, problem]) => needsExtraction(problem))
    .map(([id, { query, question = '', response }]) => ({
      id,
      system: TASK,
      text: `${query ?? question}\n\nResponse: ${response ?? ''}\n\nFinal answer:`,
      images: [],
      temperature: 0,
      maxTokens: 256,
    }));
}
