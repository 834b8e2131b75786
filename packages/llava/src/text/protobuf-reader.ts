/** A file of protobuf messages, and how to complain about it. */
export interface ProtobufSource {
  readonly bytes: Uint8Array;
  /** Makes the error for something wrong at an offset. */
  fail(offset: number, problem: string): Error;
}

/** One field of a message. */
export interface ProtobufField {
  readonly number: number;
  readonly wire: WireType;
  /** Where its tag lies in the file. */
  readonly offset: number;
  /** Low 32 bits of a varint, 0 for the others. */
  readonly varint: number;
  /** Its bytes lie in [start, end) of the file. */
  readonly start: number;
  readonly end: number;
}

/** varint, 64 bit, length-delimited, 32 bit. Groups (3, 4) are refused: nothing has used them for long. */
type WireType = 0 | 1 | 2 | 5;

const WIRE_NAMES = {
  0: 'a varint',
  1: 'eight bytes',
  2: 'a byte string',
  5: 'four bytes',
} as const;

/** A varint has at most ten bytes of seven bits; `exact` is false where bits above the 32nd are set. */
function readVarint(source: ProtobufSource, start: number, end: number, what: string) {
  let low = 0;
  let exact = true;
  for (let count = 0; count < 10; count++) {
    if (start + count >= end) throw source.fail(start, `${what} is cut off`);
    const byte = source.bytes[start + count]!;
    const bits = byte & 0x7f;
    if (count < 5) low |= bits << (7 * count);
    if ((count === 4 && bits > 0x0f) || (count > 4 && bits > 0)) exact = false;
    if (byte < 0x80) return { low: low >>> 0, exact, next: start + count + 1 };
  }
  throw source.fail(start, `${what} is longer than 10 bytes`);
}

/**
 * The fields of the message in [start, end), in order. Nothing is copied and every length is checked against the
 * message, so that work and memory are bounded by its size, whatever it claims.
 */
export function* readFields(
  source: ProtobufSource,
  start = 0,
  end = source.bytes.length,
): Generator<ProtobufField> {
  let position = start;
  while (position < end) {
    const offset = position;
    const tag = readVarint(source, offset, end, 'a field tag');
    const number = tag.low >>> 3;
    const wire = tag.low & 7;
    if (!tag.exact || number === 0) throw source.fail(offset, 'a field has an impossible number');
    if (!(wire in WIRE_NAMES)) {
      throw source.fail(offset, `field ${number} has the unknown wire type ${wire}`);
    }
    let from = tag.next;
    let length = wire === 1 ? 8 : 4;
    let varint = 0;
    if (wire === 0 || wire === 2) {
      const read = readVarint(source, from, end, `field ${number}`);
      if (wire === 0) length = read.next - from;
      else {
        from = read.next;
        length = read.exact ? read.low : Number.MAX_SAFE_INTEGER;
      }
      varint = wire === 0 ? read.low : 0;
    }
    if (length > end - from) {
      throw source.fail(
        offset,
        `field ${number} claims ${length} bytes where ${end - from} are left`,
      );
    }
    position = from + length;
    yield { number, wire: wire as WireType, offset, varint, start: from, end: position };
  }
}

function requireWire(source: ProtobufSource, field: ProtobufField, wire: WireType): void {
  if (field.wire === wire) return;
  const [found, expected] = [WIRE_NAMES[field.wire], WIRE_NAMES[wire]];
  throw source.fail(field.offset, `field ${field.number} is ${found} instead of ${expected}`);
}

/** An int32, enum or bool. */
export function readInt32(source: ProtobufSource, field: ProtobufField): number {
  requireWire(source, field, 0);
  return field.varint | 0;
}

/** A float. */
export function readFloat(source: ProtobufSource, field: ProtobufField): number {
  requireWire(source, field, 5);
  const { buffer, byteOffset } = source.bytes;
  return new DataView(buffer, byteOffset + field.start, 4).getFloat32(0, true);
}

/** A byte string, as a view into the file. */
export function readBytes(source: ProtobufSource, field: ProtobufField): Uint8Array {
  requireWire(source, field, 2);
  return source.bytes.subarray(field.start, field.end);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A string; invalid UTF-8 is an error. */
export function readString(source: ProtobufSource, field: ProtobufField): string {
  const bytes = readBytes(source, field);
  try {
    return utf8.decode(bytes);
  } catch {
    throw source.fail(field.offset, `field ${field.number} is not UTF-8 text`);
  }
}

/** The fields of an embedded message. */
export function readMessage(
  source: ProtobufSource,
  field: ProtobufField,
): Generator<ProtobufField> {
  requireWire(source, field, 2);
  return readFields(source, field.start, field.end);
}
