import { AutopruneError } from '@autoprune/core';

/** Names are below 200 bytes; a note or a configuration as one text may be longer. */
const MAX_STRING_BYTES = 1024 * 1024;
/** Module and class names; the longest that we allow has 18 bytes. */
const MAX_LINE_BYTES = 256;
/** LONG1 can hold no more; a checkpoint holds no such numbers anyhow. */
const MAX_INTEGER_BYTES = 255;
const NEWLINE = 0x0a;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the bytes of a pickle in order; every reading is checked against the end. */
export class PickleCursor {
  #position = 0;
  #opcodeAt = 0;

  constructor(
    private readonly bytes: Buffer,
    /** The checkpoint, for messages. */
    private readonly path: string,
  ) {}

  /** Throws CHECKPOINT_INVALID: the pickle does something that it may not. */
  refuse(problem: string, details: Record<string, unknown> = {}): never {
    throw new AutopruneError('CHECKPOINT_INVALID', `${this.path}: data.pkl ${problem}`, {
      file: this.path,
      byte: this.#opcodeAt,
      ...details,
    });
  }

  /** Throws CHECKPOINT_INVALID: the pickle is malformed at the present opcode. */
  fail(problem: string): never {
    this.refuse(`is damaged at byte ${this.#opcodeAt}: ${problem}`);
  }

  get remaining(): number {
    return this.bytes.length - this.#position;
  }

  /** The next opcode; failures name its place from now on. */
  opcode(): number {
    this.#opcodeAt = this.#position;
    return this.byte();
  }

  /** Goes on by `length` bytes and gives where they begin. */
  #advance(length: number): number {
    if (length > this.remaining) {
      this.fail(`${length} bytes are needed and ${this.remaining} are left`);
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }

  take(length: number): Buffer {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  byte(): number {
    return this.bytes[this.#advance(1)]!;
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.#advance(2));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.#advance(4));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.#advance(4));
  }

  /** A length or offset. Rounded beyond 2^53, which is too much for any check that follows. */
  uint64(): number {
    return Number(this.bytes.readBigUInt64LE(this.#advance(8)));
  }

  /** A float64, the one big-endian number of the format. */
  float(): number {
    return this.bytes.readDoubleBE(this.#advance(8));
  }

  /** A two's complement integer of `length` bytes, least significant first. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) {
      this.fail(`an integer of ${length} bytes is above the limit of ${MAX_INTEGER_BYTES}`);
    }
    if (length === 0) return 0;
    const digits = Buffer.from(this.take(length)).reverse().toString('hex');
    const value = BigInt.asIntN(8 * length, BigInt(`0x${digits}`));
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  text(length: number): string {
    if (length > MAX_STRING_BYTES) {
      this.fail(`a text of ${length} bytes is above the limit of ${MAX_STRING_BYTES}`);
    }
    return this.#decode(this.take(length));
  }

  /** The bytes before the next newline, which is read too. */
  line(): string {
    const window = this.bytes.subarray(this.#position, this.#position + MAX_LINE_BYTES + 1);
    const length = window.indexOf(NEWLINE);
    if (length < 0) this.fail(`a name does not end within ${MAX_LINE_BYTES} bytes`);
    return this.#decode(this.take(length + 1).subarray(0, length));
  }

  #decode(bytes: Buffer): string {
    try {
      return utf8.decode(bytes);
    } catch {
      return this.fail('a text is not UTF-8');
    }
  }
}
