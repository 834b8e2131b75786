import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedKey } from './repeated-key.js';

describe('a repeated key', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"b":1},"c":{"b":1,"b":2}}', 'b'],
    ['{"a":"}","\\u0061":2}', 'a'],
    ['{"a":"{\\"a\\":1}" , "b" : ["a","a"]}', undefined],
    ['[{"a":1},{"a":1}]', undefined],
    ['"a"', undefined],
  ])('of %s is %s', (text, key) => {
    expect(repeatedKey(text)).toBe(key);
  });

  it('is never found in what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(repeatedKey(JSON.stringify(value))).toBeUndefined();
      }),
    );
  });
});
