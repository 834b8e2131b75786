import type { PickleCursor } from './pickle-cursor.js';
import { findGlobal, refusedGlobal } from './pickle-globals.js';
import { describeValue, isKind, type PickleValue } from './pickle-value.js';
import { printable } from './printable.js';

/** Python's pickler has at most some 2000 values on the stack (batches of 1000 pairs), libtorch's all. */
const MAX_STACK = 131_072;
/** torch memoises about 8 values a tensor. */
const MAX_MEMO = 524_288;

/** The stack and the memo of a pickle, with limits. What leaves them was put there by an opcode. */
export class PickleMachine {
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at which marks are; nothing below the last one may be taken. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  constructor(readonly cursor: PickleCursor) {}

  fail(problem: string): never {
    this.cursor.fail(problem);
  }

  push(value: PickleValue): void {
    if (this.#stack.length + this.#marks.length >= MAX_STACK) {
      this.fail(`the stack is above the limit of ${MAX_STACK} values`);
    }
    this.#stack.push(value);
  }

  pop(): PickleValue {
    this.#requireValue();
    return this.#stack.pop() as PickleValue;
  }

  top(): PickleValue {
    this.#requireValue();
    return this.#stack.at(-1) as PickleValue;
  }

  #requireValue(): void {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      this.fail('a value is needed, but the stack has none');
    }
  }

  mark(): void {
    if (this.#stack.length + this.#marks.length >= MAX_STACK) {
      this.fail(`the stack is above the limit of ${MAX_STACK} values`);
    }
    this.#marks.push(this.#stack.length);
  }

  /** Whether the last mark has no value above it, so that POP takes the mark. */
  get markOnTop(): boolean {
    return this.#marks.at(-1) === this.#stack.length;
  }

  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) return this.fail('a mark is needed, but there is none');
    return this.#stack.splice(height);
  }

  /** Replaces the last `count` values by a tuple of them. */
  popTuple(count: number): void {
    const height = this.#stack.length - count;
    if (height < (this.#marks.at(-1) ?? 0)) this.fail('a value is needed, but the stack has none');
    this.push({ kind: 'tuple', items: this.#stack.splice(height) });
  }

  /** Remembers the top of the stack, by default under the next number. */
  memoise(index: number = this.#memo.size): void {
    if (this.#memo.size >= MAX_MEMO && !this.#memo.has(index)) {
      this.fail(`the memo is above the limit of ${MAX_MEMO} values`);
    }
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.fail(`value ${index} of the memo was never set`);
    this.push(value);
  }

  /** Pushes an allow-listed global and refuses any other by its name. */
  pushGlobal(module: string, name: string): void {
    const global = findGlobal(module, name);
    if (!global) {
      this.cursor.refuse(refusedGlobal(module, name), {
        global: printable(`${module}.${name}`),
      });
    }
    this.push(global);
  }

  /** Adds keys and values, in turn, to the dict on top of the stack. */
  setItems(items: readonly PickleValue[]): void {
    const target = this.top();
    if (!isKind(target, 'dict')) {
      this.fail(`${describeValue(target)} takes no keys and values`);
    }
    if (items.length % 2 !== 0) this.fail('a key has no value');
    for (const item of items) target.entries.push(item);
  }

  /** What the pickle was made of: the one value left at STOP. */
  finish(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) this.fail('values are left at its end');
    if (this.cursor.remaining > 0) this.fail(`${this.cursor.remaining} bytes follow its end`);
    return value;
  }
}
