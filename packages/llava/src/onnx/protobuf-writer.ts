/**
 * Writes Protocol Buffers messages: varints, fixed 32-bit floats and length-delimited fields, which is
 * all that ONNX models use here. Field numbers are the caller's.
 */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  /** int32, int64, enum, bool: a signed whole number as a varint; zero is written too. */
  integer(field: number, value: number | bigint): this {
    this.tag(field, 0);
    return this.varint(BigInt.asUintN(64, BigInt(value)));
  }

  /** float. */
  float(field: number, value: number): this {
    this.tag(field, 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(bytes);
  }

  /** string. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** bytes. */
  bytes(field: number, value: Uint8Array): this {
    this.tag(field, 2).varint(BigInt(value.length));
    return this.push(value);
  }

  /** An embedded message. */
  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  /** repeated int64, packed. */
  packedIntegers(field: number, values: readonly (number | bigint)[]): this {
    const packed = new ProtobufWriter();
    for (const value of values) packed.varint(BigInt.asUintN(64, BigInt(value)));
    return this.bytes(field, packed.finish());
  }

  /** repeated float, packed. */
  packedFloats(field: number, values: readonly number[]): this {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  /** The bytes so far. */
  finish(): Uint8Array {
    const out = new Uint8Array(this.length);
    let offset = 0;
    for (const part of this.parts) {
      out.set(part, offset);
      offset += part.length;
    }
    return out;
  }

  private tag(field: number, wireType: number): this {
    return this.varint(BigInt(field * 8 + wireType));
  }

  private varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = value;
    do {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest > 0n ? low | 0x80 : low);
    } while (rest > 0n);
    return this.push(Uint8Array.from(bytes));
  }

  private push(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
}
