import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateLatex } from './latex-number.js';
import { formatCents, roundedToCents } from './real.js';

const centsOf = (text: string): number | string => {
  const number = evaluateLatex(text);
  return number.kind === 'number' ? roundedToCents(number.value) : number.kind;
};

describe('numbers in LaTeX', () => {
  it.each([
    ['1:1', 1],
    ['\\frac{3^{1008}-1}{3^{1009}}', 0.33],
    ['$\\frac{1}{2}$', 0.5],
    ['2\\sqrt{3}', 3.46],
    ['\\sqrt[3]{8}', 2],
    ['2^3^2', 64],
    ['-2^2', -4],
    ['2(3)', 6],
    ['1,000', 1000],
    ['5\\%', 0.05],
    ['\\{3\\}', 3],
    ['2\\pi', 6.28],
    ['10^{-2}', 0.01],
    ['0.125', 0.12],
    ['12.', 12],
  ])('has the value of %s', (text, value) => {
    expect(centsOf(text)).toBe(value);
  });

  it.each([
    ['x+1', 'none'],
    ['\\frac12', 'none'],
    ['1/0', 'none'],
    ['\\sqrt{-1}', 'none'],
    ['3-', 'none'],
    ['(1,2)', 'none'],
    ['\\$5', 'none'],
    ['', 'none'],
    ['5!', 'beyond'],
    ['\\sin(1)', 'beyond'],
    ['9'.repeat(2000), 'beyond'],
  ])('has none for %s', (text, kind) => {
    expect(centsOf(text)).toBe(kind);
  });

  it('is exact over sums of fractions', () => {
    const digit = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(digit, digit, digit, digit, (a, b, c, d) => {
        const text = `\\frac{${a}}{${b}}+${c}/${d}-\\frac{${a}}{${b}}`;
        expect(centsOf(text)).toBe(centsOf(`\\frac{${c}}{${d}}`));
      }),
    );
  });

  it.each([
    ['4', '4'],
    ['2.0', '2'],
    ['4/2', '2.0'],
    ['\\frac{1}{3}', '0.33'],
    ['\\sqrt{4}', '2.0'],
  ])('writes %s as Python does', (text, written) => {
    const number = evaluateLatex(text);
    expect(number.kind === 'number' && formatCents(number.value)).toBe(written);
  });
});
