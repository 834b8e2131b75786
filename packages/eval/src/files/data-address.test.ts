import { expect, it } from 'vitest';
import { dataAddress } from './data-address.js';

it.each([
  ['image/png', '89504e470d0a1a0a'],
  ['image/gif', '474946383961'],
  ['image/webp', '52494646000000005745425056'],
  ['image/jpeg', 'ffd8ffe0'],
  ['image/jpeg', ''],
])('names %s by its first bytes, %s', (type, hex) => {
  const bytes = Buffer.from(hex, 'hex');
  expect(dataAddress(bytes)).toBe(`data:${type};base64,${bytes.toString('base64')}`);
});
