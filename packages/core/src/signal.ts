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
 * | `normed-hidden` | – | [rows, hiddenSize]: the same after the decoder's final norm |
 * | `text-embeddings` | – | [text, hiddenSize]: embeddings of the text after the pictures |
 * | `attention` | `max-sum` | [visual]: largest of all heads, summed over the chosen rows |
 * | `features` | – | [visual, towerWidth]: output of the tower, before the projector |
 * | `tower-keys`, `tower-queries` | – | [visual, towerWidth]: of tower block `layer`, heads side by side |
 * | `image-embeddings`, `question-embeddings` | – | [visual, width], [segments, width]: CLIP's joint space |
 *
 * At `vision` and `input` sites `saliency` may name a tower block in `layer`; without it, it is that of the block whose
 * output is used. Rows are the visual rows as they stand: at `vision` sites those of one tile after another, CLS
 * first where the tower has one (its saliency is 0); at `input` those of the prompt, where a row end has the highest
 * saliency of its row and zeros elsewhere.
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
    | 'normed-hidden'
    | 'features'
    | 'tower-keys'
    | 'tower-queries'
    | 'image-embeddings'
    | 'question-embeddings'
    | 'text-embeddings';
  /** Decoder layer; tower block for `tower-keys`, `tower-queries` and `saliency`, at a `vision` site for `keys` too. */
  readonly layer?: number;
  /**
   * Which rows ask: `text` = every text row after the last picture, `last` = the last prompt row,
   * `visual` = every visual row, `all` = every row.
   */
  readonly rows?: 'text' | 'last' | 'visual' | 'all';
  readonly reduce?: 'mean' | 'heads' | 'max-sum';
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
