import { z } from '@hono/zod-openapi';
import type { ServerLimits } from '../limits.js';

const textPart = z.object({ type: z.literal('text'), text: z.string() });

const picturePart = z.object({
  type: z.literal('image_url'),
  image_url: z.object({
    url: z.string().openapi({ example: 'data:image/png;base64,iVBORw0KGgo…' }),
    detail: z.enum(['auto', 'low', 'high']).optional().openapi({
      description: 'Accepted and not used: the budget says how many tokens a picture keeps.',
    }),
  }),
});

const texts = z.union([z.string(), z.array(textPart)]);

const message = z.discriminatedUnion('role', [
  z.object({ role: z.enum(['system', 'developer']), content: texts }),
  z.object({
    role: z.literal('user'),
    content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, picturePart]))]),
  }),
  z.object({ role: z.literal('assistant'), content: texts }),
]);

const parameterValues = z.record(
  z.string(),
  z.union([z.number(), z.boolean(), z.string(), z.null()]),
);

const budget = z
  .union([
    z.string(),
    z.object({
      kind: z.enum(['meanLeaving', 'meanEntering', 'flops', 'keepRatio']),
      value: z.number(),
    }),
    z.object({ kind: z.literal('native') }),
  ])
  .openapi({
    description:
      'What is kept: { "kind": "flops", "value": 0.25 }, or the same as text, "flops=0.25".',
  });

const extension = z
  .strictObject({
    method: z
      .union([
        z.string(),
        z
          .array(z.strictObject({ method: z.string(), parameters: parameterValues.optional() }))
          .min(1)
          .max(8),
      ])
      .optional()
      .openapi({ description: 'A pruning method, or several that act at different sites.' }),
    parameters: parameterValues.optional(),
    budget: budget.optional(),
    reference: z.boolean().optional().openapi({ description: 'Do what the published scripts do.' }),
    trace: z
      .boolean()
      .optional()
      .openapi({ description: 'Add the kept rows of every layer to the answer.' }),
  })
  .openapi('AutopruneRequest');

/** The body of `POST /v1/chat/completions`, as far as this server knows it. */
export function chatRequestSchema({ maxNewTokens, maxMessages }: ServerLimits) {
  const tokens = z.number().int().min(1).max(maxNewTokens).nullish();
  return z
    .object({
      model: z.string(),
      messages: z.array(message).min(1).max(maxMessages),
      max_tokens: tokens,
      max_completion_tokens: tokens,
      temperature: z.number().min(0).max(2).nullish().openapi({ default: 0 }),
      top_p: z.number().gt(0).max(1).nullish().openapi({ default: 1 }),
      top_k: z.number().int().min(0).nullish().openapi({ default: 0 }),
      seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish().openapi({ default: 0 }),
      stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
      stream: z.boolean().nullish(),
      stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
      autoprune: extension.optional(),
      // Known to OpenAI and not to the model: only the values that ask for nothing.
      n: z.literal(1).nullish(),
      tools: z.array(z.any()).max(0).nullish(),
      tool_choice: z.enum(['none', 'auto']).nullish(),
      logprobs: z.literal(false).nullish(),
      frequency_penalty: z.literal(0).nullish(),
      presence_penalty: z.literal(0).nullish(),
      response_format: z.object({ type: z.literal('text') }).nullish(),
    })
    .openapi('ChatCompletionRequest');
}

/** A request whose shape is known to be right. */
export type ChatRequest = z.infer<ReturnType<typeof chatRequestSchema>>;
