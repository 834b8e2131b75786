import { z } from '@hono/zod-openapi';

const layer = z.object({
  layer: z.number().int(),
  entering: z.number().int().openapi({ description: 'Visual tokens that enter the layer.' }),
  leaving: z.number().int().openapi({ description: 'Visual tokens that leave it.' }),
  kept: z.array(z.any()).optional().openapi({
    description:
      'With trace: one entry a visual row: a position in its picture, { image, position } with several pictures, { merged: [positions] }, { cls: true } or null.',
  }),
});

/** What was pruned and what it cost, in every answer. */
const extensionSchema = z
  .object({
    method: z.object({
      name: z.string(),
      parameters: z.record(z.string(), z.any()),
      complexity: z
        .number()
        .optional()
        .openapi({ description: 'Mutual information of text and visual attention, in bits.' }),
      slope: z.number().optional().openapi({ description: 'Slope of the retention curve.' }),
    }),
    layers: z.array(layer),
    cost: z.record(z.string(), z.number()).openapi({
      description:
        'meanEntering, meanLeaving, flops, flopsUnpruned, flopsRatio, realFlops, visionFlops, pruningFlops, kvBytes, kvBytesUnpruned',
    }),
    tokens: z.object({ visual: z.number(), text: z.number(), generated: z.number() }).optional(),
    timings: z
      .object({
        visionMs: z.number(),
        prefillMs: z.number(),
        pruningMs: z.number(),
        firstTokenMs: z.number(),
        decodeMs: z.number(),
        decodeTokensPerSecond: z.number().nullable(),
      })
      .optional(),
  })
  .openapi('AutopruneReport');

const finishReason = z.enum(['stop', 'length']);

const usageSchema = z
  .object({
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int(),
    total_tokens: z.number().int(),
    prompt_tokens_details: z.object({
      image_tokens: z.number().int().openapi({ description: 'Before pruning.' }),
      cached_tokens: z.number().int(),
    }),
  })
  .openapi('Usage');

const common = { id: z.string(), created: z.number().int(), model: z.string() };

/** A whole answer. */
export const completionSchema = z
  .object({
    ...common,
    object: z.literal('chat.completion'),
    choices: z.array(
      z.object({
        index: z.literal(0),
        message: z.object({
          role: z.literal('assistant'),
          content: z.string(),
          refusal: z.null(),
        }),
        logprobs: z.null(),
        finish_reason: finishReason,
      }),
    ),
    usage: usageSchema,
    autoprune: extensionSchema,
  })
  .openapi('ChatCompletion');

/** One event of a streamed answer. */
export const chunkSchema = z
  .object({
    ...common,
    object: z.literal('chat.completion.chunk'),
    choices: z.array(
      z.object({
        index: z.literal(0),
        delta: z.object({
          role: z.literal('assistant').optional(),
          content: z.string().optional(),
        }),
        logprobs: z.null(),
        finish_reason: finishReason.nullable(),
      }),
    ),
    usage: usageSchema.nullable().optional(),
    autoprune: extensionSchema.optional(),
  })
  .openapi('ChatCompletionChunk');

/** Body of every answer that is not a success. */
export const errorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string().nullable(),
    }),
  })
  .openapi('Error');

/** A whole answer, as it is sent. */
export type Completion = z.infer<typeof completionSchema>;
/** One event of a streamed answer, as it is sent. */
export type CompletionChunk = z.infer<typeof chunkSchema>;
/** What was pruned and what it cost, as it is sent. */
export type Extension = z.infer<typeof extensionSchema>;
