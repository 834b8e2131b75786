import {
  add,
  asInexact,
  type Exact,
  exactOf,
  multiply,
  negate,
  power,
  type Real,
  realOf,
  reciprocal,
} from './real.js';

/**
 * One of: a number or thousands with commas, a command, a mark of the grammar. Everything else is no number; letters are
 * symbols to the official script, which then cannot evaluate them either.
 */
const TOKEN = /(\d+(?:,\d{3})*\.?\d*|\.\d+)|\\([a-z]+|[{}%,!;: ])|([-+*/:^()[\]{}])|(\s)/y;

/** What a computer algebra system evaluates and this evaluator does not. */
const BEYOND =
  /[!|_]|\\(?:sin|cos|tan|cot|sec|csc|arc(?:sin|cos|tan)|log|ln|exp|binom|sum|prod|int|lim|min|max|gcd|mod|det|[lr](?:floor|ceil)|begin)(?![a-z])/;
const PASSED_OVER = ['left', 'right', 'displaystyle', ',', '!', ';', ':', ' '];
const TIMES = ['*', '\\times', '\\cdot'];
const OVER = ['/', ':', '\\div'];
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '\\{': '\\}' };

/** Longer texts are left alone: no answer is as long, and the work grows with the square of the length. */
const MOST_CHARACTERS = 1000;

/** Thrown inside, where a text has no value. */
class NoNumber extends Error {}

function tokenise(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw new NoNumber();
    const [, number, command, mark] = match;
    if (command !== undefined && PASSED_OVER.includes(command)) continue;
    if (number !== undefined) tokens.push(number);
    else if (command !== undefined) tokens.push(`\\${command}`);
    else if (mark !== undefined) tokens.push(mark);
  }
  return tokens;
}

/** A recursive-descent reader: sum, product, sign, adjacent factors, power, atom. */
class Reader {
  private at = 0;
  constructor(private readonly tokens: readonly string[]) {}

  whole(): Real {
    const value = this.sum();
    if (this.at < this.tokens.length) throw new NoNumber();
    return value;
  }

  private take(...wanted: readonly string[]): string | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.at++;
    return token;
  }

  private expect(token: string): void {
    if (this.take(token) === undefined) throw new NoNumber();
  }

  private sum(): Real {
    let value = this.product();
    for (let sign = this.take('+', '-'); sign; sign = this.take('+', '-')) {
      const next = this.product();
      value = add(value, sign === '-' ? negate(next) : next);
    }
    return value;
  }

  private product(): Real {
    let value = this.signed();
    for (;;) {
      if (this.take(...TIMES)) value = multiply(value, this.signed());
      else if (this.take(...OVER)) value = multiply(value, this.inverse(this.signed()));
      else return value;
    }
  }

  private signed(): Real {
    if (this.take('-')) return negate(this.signed());
    if (this.take('+')) return this.signed();
    let value = this.raised();
    while (this.startsFactor()) value = multiply(value, this.raised());
    return value;
  }

  private startsFactor(): boolean {
    const token = this.tokens[this.at];
    return (
      token !== undefined &&
      (/^[\d.]/.test(token) || token in CLOSING || /^\\(frac|dfrac|tfrac|sqrt|pi)$/.test(token))
    );
  }

  private raised(): Real {
    let value = this.atom();
    for (;;) {
      if (this.take('^')) value = this.number(power(value, this.atom()));
      else if (this.take('\\%')) value = multiply(value, exactOf(1n, 100n));
      else return value;
    }
  }

  private atom(): Real {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new NoNumber();
    if (/^[\d.]/.test(token)) return decimal(token);
    const closing = CLOSING[token];
    if (closing !== undefined) {
      const value = this.sum();
      this.expect(closing);
      return value;
    }
    if (token === '\\pi') return realOf(Math.PI);
    if (token === '\\sqrt') return this.root();
    if (/^\\[dt]?frac$/.test(token)) return this.fraction();
    throw new NoNumber();
  }

  private braced(): Real {
    this.expect('{');
    const value = this.sum();
    this.expect('}');
    return value;
  }

  private fraction(): Real {
    const numerator = this.braced();
    return multiply(numerator, this.inverse(this.braced()));
  }

  private root(): Real {
    let degree: Real = exactOf(2n, 1n);
    if (this.take('[')) {
      degree = this.sum();
      this.expect(']');
    }
    const radicand = this.braced();
    return this.number(power(asInexact(radicand), this.inverse(degree)));
  }

  private inverse(value: Real): Real {
    return this.number(reciprocal(value));
  }

  private number(value: Real | undefined): Real {
    if (value === undefined) throw new NoNumber();
    return value;
  }
}

/** A decimal is an exact fraction, and whole if its value is, as the official script's library reads it. */
function decimal(token: string): Exact {
  const [whole = '', fraction = ''] = token.replaceAll(',', '').split('.');
  return exactOf(BigInt(whole + fraction || '0'), 10n ** BigInt(fraction.length));
}

/** What became of a text. */
export type LatexNumber =
  | { readonly kind: 'number'; readonly value: Real }
  /** `beyond`: a computer algebra system might make a number of it. */
  | { readonly kind: 'none' | 'beyond' };

/**
 * The value of a LaTeX (or plain) text made of numbers, + − × ÷, fractions, roots, powers, π and brackets, as
 * latex2sympy followed by Python's `eval` would have it.
 *
 * @param text  in lower case
 */
export function evaluateLatex(text: string): LatexNumber {
  if (text.length > MOST_CHARACTERS) return { kind: 'beyond' };
  if (text.includes('\\$')) return { kind: 'none' };
  try {
    return { kind: 'number', value: new Reader(tokenise(text.replaceAll('$', ''))).whole() };
  } catch (error) {
    if (error instanceof NoNumber) return { kind: BEYOND.test(text) ? 'beyond' : 'none' };
    throw error;
  }
}
