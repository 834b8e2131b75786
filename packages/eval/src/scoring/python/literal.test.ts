import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePythonList, pythonText } from './literal.js';

describe('Python literals', () => {
  it('read back what they write', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
        expect(parsePythonList(pythonText(texts))).toEqual(texts);
      }),
    );
  });

  it.each([
    ["['a', \"it's\"]", ['a', "it's"]],
    ['("a", 2, 3.5, None)', ['a', '2', '3.5', 'None']],
    ["['\\x41\\u00e9\\n', '\\q']", ['Aé\n', '\\q']],
    ['[]', []],
    ["['a',]", ['a']],
    ["['a' 'b']", undefined],
    ["['a'", undefined],
    ['a, b', undefined],
  ])('reads %s', (text, items) => {
    expect(parsePythonList(text)).toEqual(items);
  });

  it.each([
    ['as it is', 'as it is'],
    [5, '5'],
    [0.5, '0.5'],
    [1e21, '1000000000000000000000'],
    [true, 'True'],
    [[1, 'a', null, "it's"], "[1, 'a', None, \"it's\"]"],
    [{ a: [false] }, "{'a': [False]}"],
  ])('writes %j', (value, text) => {
    expect(pythonText(value)).toBe(text);
  });
});
