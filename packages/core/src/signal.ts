/**
 * What a method wants to see at a site. A runtime computes nothing that no active method asked for.
 *
 * | kind | reduce | shape (float32, row-major) |
 * |---|---|---|
 * | `saliency` | – | [visual]: CLS attention of the tower, mean over heads; for a tower without CLS the mean received attention |
 * | `attention` | `mean` | [visual]: post-softmax attention of the chosen rows, mean over heads, then over rows |
 * | `attention` | `heads` | [heads, rows, visual]: the same, not reduced |
 * | `mutual-information` | – | [heads]: mutual information of the chosen rows and the visual keys, one value a head |
 * | `keys`, `queries` | – | [heads, rows, headSize], after the rotary embedding |
 * | `hidden` | – | [rows, hiddenSize]: output of the layer (at `input`: projected features) |
 * | `text-embeddings` | – | [text, hiddenSize]: embeddings of the text after the pictures |
 *
 * Attention is that of decoder layer `layer`; visual keys are the visual rows that enter that layer, and
 * rows are not renormalised over them. `layer` above the site's own is a lookahead: the keys and queries
 * of the next layer on the rows as they stand.
 */
export interface SignalRequest {
  readonly kind:
    | 'saliency'
    | 'attention'
    | 'mutual-information'
    | 'keys'
    | 'queries'
    | 'hidden'
    | 'text-embeddings';
  /** Decoder layer (or tower block, at a `vision` site). Not used by `saliency` and `text-embeddings`. */
  readonly layer?: number;
  /**
   * Which rows ask: `text` = every text row after the last picture, `last` = the last prompt row,
   * `all` = every row.
   */
  readonly rows?: 'text' | 'last' | 'all';
  readonly reduce?: 'mean' | 'heads';
}

/** A stable text for a request, for maps and messages: `attention:2:text:mean`. */
export function signalKey(request: SignalRequest): string {
  return [request.kind, request.layer, request.rows, request.reduce]
    .filter((part) => part !== undefined)
    .join(':');
}

/** Values of signals, by request. */
export interface SignalReader {
  /** The values of `request`; throws `SIGNAL_MISSING` when the runtime did not compute them. */
  get(request: SignalRequest): Float32Array;
}
