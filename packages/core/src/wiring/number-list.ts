import { AutopruneError } from '../errors.js';
import { geometryScale } from '../geometry.js';
import type { PromptContext } from '../method.js';

/**
 * Numbers of a parameter that is a list, such as `300,200,110`.
 *
 * @throws PARAMETER_INVALID naming the method, the parameter and what it holds
 */
export function numberList(
  method: string,
  name: string,
  text: string,
  range: { readonly min?: number; readonly max?: number; readonly integer?: boolean } = {},
): number[] {
  const { min = 0, max = Infinity, integer = false } = range;
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? Number.NaN : Number(part);
    if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
      throw new AutopruneError(
        'PARAMETER_INVALID',
        `Expected ${integer ? 'whole ' : ''}numbers in [${min}, ${max}], separated by commas, for parameter ${name} of method ${method} but received ${JSON.stringify(text)}`,
        { method, name, text },
      );
    }
    return value;
  });
}

/**
 * Layers of a multi-stage method, rising: those given, or the published ones mapped to this decoder.
 *
 * @throws PARAMETER_INVALID for a layer that the decoder does not have, published ones included, or layers that do not rise
 */
export function stageLayers(
  method: string,
  given: string | null,
  published: readonly number[],
  { geometry, reference }: PromptContext,
): number[] {
  const max = geometry.layers - 1;
  if (given === null) {
    const scale = geometryScale(geometry);
    const mapped = published.map((layer) => (reference ? layer : scale.layer(layer)));
    if (mapped.some((layer) => layer > max)) {
      throw new AutopruneError(
        'PARAMETER_INVALID',
        `Method ${method} cuts at layers ${mapped.join(', ')} with reference, but the decoder has ${geometry.layers}; give layers, or leave out reference, which maps them`,
        { method, layers: mapped, decoderLayers: geometry.layers },
      );
    }
    return [...new Set(mapped)];
  }
  const layers = numberList(method, 'layers', given, { min: 1, max, integer: true });
  if (layers.some((layer, index) => index > 0 && layer <= layers[index - 1]!)) {
    throw new AutopruneError(
      'PARAMETER_INVALID',
      `Expected rising layers for parameter layers of method ${method} but received ${given}`,
      { method, layers: given },
    );
  }
  return layers;
}
