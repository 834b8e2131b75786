/** How the matrices of a part are held. */
export type MatrixScheme = 'float' | 'int8' | 'int4';

/** Precision of the arithmetic of a loaded model. */
export type Dtype = 'fp32' | 'int8' | 'int4' | 'mixed';

/** A precision whose weights are converted. */
export type QuantizedDtype = Exclude<Dtype, 'fp32'>;

/** All precisions, most exact first. */
export const DTYPES: readonly Dtype[] = ['fp32', 'int8', 'int4', 'mixed'];

/** How the keys and values of a prompt are held while its answer is written. */
export type CacheDtype = 'fp32' | 'fp16' | 'int8';

/** All of them, most exact first. */
export const CACHE_DTYPES: readonly CacheDtype[] = ['fp32', 'fp16', 'int8'];

/** What a precision means for the parts of a model. */
export interface Precision {
  /** Vision tower and projector. */
  readonly vision: MatrixScheme;
  /** Decoder layers while the prompt is read. */
  readonly prefill: MatrixScheme;
  /** Decoder layers while the answer is written; another scheme than `prefill` means a second copy. */
  readonly decode: MatrixScheme;
  /** Output head. */
  readonly head: MatrixScheme;
}

/**
 * Precisions by name. Reading a prompt is bound by arithmetic, where 8-bit products win; writing an answer is bound by
 * reading the weights, where 4 bits are half of 8. The tower and the head are small enough to stay at 8 bits
 * (docs/decisions/0009).
 */
export const PRECISIONS: Readonly<Record<Dtype, Precision>> = {
  fp32: { vision: 'float', prefill: 'float', decode: 'float', head: 'float' },
  int8: { vision: 'int8', prefill: 'int8', decode: 'int8', head: 'int8' },
  int4: { vision: 'int8', prefill: 'int4', decode: 'int4', head: 'int8' },
  mixed: { vision: 'int8', prefill: 'int8', decode: 'int4', head: 'int8' },
};
