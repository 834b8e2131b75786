/** Cosines and sines of positions, for the rotary embedding. */
export interface RotaryTables {
  /** float32 [rows, headSize / 2]. */
  readonly cos: Float32Array;
  /** float32 [rows, headSize / 2]. */
  readonly sin: Float32Array;
}

/**
 * Makes rotary tables as transformers does: inverse frequencies θ^(−2i/d) in float32, times the position in
 * float32, then cosine and sine. Rows of recent positions are kept, because every layer asks for the same.
 */
export class RotaryEmbedding {
  private readonly frequencies: Float32Array;
  private readonly rows = new Map<number, { cos: Float32Array; sin: Float32Array }>();

  constructor(headSize: number, theta: number) {
    this.frequencies = Float32Array.from(
      { length: headSize / 2 },
      (_, index) => 1 / Math.fround(theta ** Math.fround((2 * index) / headSize)),
    );
  }

  /** Tables for some rows of a position array. */
  tables(positions: Int32Array, rows: Int32Array): RotaryTables {
    const half = this.frequencies.length;
    const cos = new Float32Array(rows.length * half);
    const sin = new Float32Array(rows.length * half);
    rows.forEach((row, index) => {
      const entry = this.row(positions[row]!);
      cos.set(entry.cos, index * half);
      sin.set(entry.sin, index * half);
    });
    return { cos, sin };
  }

  private row(position: number): { cos: Float32Array; sin: Float32Array } {
    let entry = this.rows.get(position);
    if (!entry) {
      const angles = this.frequencies.map((frequency) => frequency * position);
      entry = { cos: angles.map(Math.cos), sin: angles.map(Math.sin) };
      this.rows.set(position, entry);
    }
    return entry;
  }
}
