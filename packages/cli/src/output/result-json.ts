import type { GenerationResult } from '@autoprune/llava';

/** The answer as `--json` prints it. */
export function resultJson(result: GenerationResult): Omit<GenerationResult, 'trace'> {
  const { trace: _, ...rest } = result;
  return rest;
}

/** The answer as `--trace` writes it: the same, with logits, and in every layer what each visual row holds. */
export function traceJson(result: GenerationResult): object {
  const { trace, ...rest } = result;
  return {
    ...rest,
    layers: rest.layers.map((layer, index) => ({ ...layer, kept: trace!.kept[index]! })),
    firstTokenLogits: trace!.firstTokenLogits,
  };
}
