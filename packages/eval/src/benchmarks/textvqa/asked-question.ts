import { AutopruneError } from '@autoprune/core';

/**
 * Digs the lower-cased question out of a stored prompt, of which there are three shapes.
 *
 * Source: haotian-liu/LLaVA llava/eval/eval_textvqa.py `prompt_processor`.
 *
 * @throws DATA_INVALID for a prompt of another shape, where the script fails an assertion
 */
export function askedQuestion(prompt: string): string {
  const lines = prompt.split('\n');
  const question = prompt.startsWith('OCR tokens: ')
    ? prompt.match(/Question: ([\s\S]*?) Short answer:/)?.[1]
    : prompt.includes('Reference OCR token: ') && lines.length === 3
      ? lines[prompt.startsWith('Reference OCR token:') ? 1 : 0]
      : lines.length === 2
        ? lines[0]
        : undefined;
  if (question !== undefined) return question.toLowerCase();
  throw new AutopruneError(
    'DATA_INVALID',
    `no TextVQA question was found in the prompt ${JSON.stringify(prompt.slice(0, 80))}; the answer file needs the prompts that LLaVA's question file has`,
    { prompt },
  );
}
