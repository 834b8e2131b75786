import { expect, it } from 'vitest';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import { toPixelValues } from './pixel-values.js';

const config = parseClipProcessorConfig(
  { crop_size: { height: 2, width: 2 }, size: { shortest_edge: 2 } },
  'preprocessor_config.json',
);
const planes = Uint8Array.from({ length: 12 }, (_, index) => index * 20);

it('writes to memory that is given', () => {
  const into = new Float32Array(12).fill(7);
  expect(toPixelValues(planes, config, undefined, into)).toBe(into);
  expect(into).toEqual(toPixelValues(planes, config));
});

it('refuses memory of another length', () => {
  expect(() => toPixelValues(planes, config, undefined, new Float32Array(13))).toThrow(
    expect.objectContaining({
      code: 'ARGUMENT_INVALID',
      message: 'Expected 12 values for into but received 13',
    }),
  );
});
