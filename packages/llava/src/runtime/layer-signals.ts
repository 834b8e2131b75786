import {
  AutopruneError,
  type PrunerRun,
  type SignalReader,
  type SignalRequest,
  signalKey,
} from '@autoprune/core';
import { range } from '../arrays.js';
import type { Backend, SequenceHandle } from './backend.js';
import type { SequenceLayout } from './layout.js';

/** Where a layer stands when its signals are read. */
export interface LayerMoment {
  readonly backend: Backend;
  readonly sequence: SequenceHandle;
  readonly layer: number;
  readonly layout: SequenceLayout;
  /** Positions of the rows, one array an axis. */
  readonly positions: readonly Int32Array[];
}

/** The signals of a layer by when they can be read. */
export interface LayerSignals {
  /** Attention of this layer. */
  readonly attention: readonly SignalRequest[];
  /** Rows that enter the layer. */
  readonly before: readonly SignalRequest[];
  /** What only the layer's output gives; with one of these, every row must be computed before the decision. */
  readonly after: readonly SignalRequest[];
}

/** Sorts the requests of a site after layer `layer`. */
export function sortSignals(requests: readonly SignalRequest[], layer: number): LayerSignals {
  const attention: SignalRequest[] = [];
  const before: SignalRequest[] = [];
  const after: SignalRequest[] = [];
  for (const request of requests) {
    const { kind } = request;
    if (kind === 'saliency') continue;
    if (kind === 'attention' || kind === 'mutual-information') {
      (request.layer === layer ? attention : after).push(request);
    } else if (kind === 'text-embeddings' || (kind === 'hidden' && request.layer === layer - 1)) {
      before.push(request);
    } else after.push(request);
  }
  return { attention, before, after };
}

/** Rows of the sequence that a request means; visual ones where it says nothing. */
function rowsOf({ rows = 'visual' }: SignalRequest, layout: SequenceLayout): Int32Array {
  if (rows === 'all') return range(0, layout.length);
  if (rows === 'visual') return layout.visualRows();
  return range(layout.length - (rows === 'last' ? 1 : layout.textAfter()), layout.length);
}

async function readSignal(
  { backend, sequence, layer, layout, positions }: LayerMoment,
  request: SignalRequest,
): Promise<Float32Array> {
  const rows = rowsOf(request, layout);
  const ahead = request.layer ?? layer;
  switch (request.kind) {
    case 'text-embeddings':
      if (layer === 0)
        return backend.readRows(sequence, rowsOf({ ...request, rows: 'text' }, layout));
      break;
    case 'hidden':
      if (ahead === layer || ahead === layer - 1) return backend.readRows(sequence, rows);
      break;
    case 'normed-hidden':
      if (ahead === layer) return backend.finalNorm(await backend.readRows(sequence, rows));
      break;
    case 'keys': {
      const start = backend.cacheLength(sequence, layer) - layout.length;
      if (ahead === layer) {
        return backend.readKeys(
          sequence,
          layer,
          rows.map((row) => start + row),
        );
      }
      break;
    }
    case 'attention':
      if (ahead > layer && request.rows === 'last' && request.reduce === 'mean') {
        const visualRows = layout.visualRows();
        return (await backend.lookahead(ahead, [{ sequence, positions, visualRows }]))[0]!;
      }
      break;
  }
  throw new AutopruneError(
    'SIGNAL_UNSUPPORTED',
    `Signal ${signalKey(request)} cannot be read after decoder layer ${layer}`,
    { request, layer },
  );
}

/** Reads signals of rows; called when they are there. */
export async function readSignals(
  moment: LayerMoment,
  requests: readonly SignalRequest[],
  known: Map<string, Float32Array>,
): Promise<void> {
  for (const request of requests) {
    known.set(signalKey(request), await readSignal(moment, request));
  }
}

/** One reader of what was read, of the attention of the layer, and of what travels with the rows. */
export function layerReader(
  pruner: PrunerRun,
  attention: SignalReader | undefined,
  known: ReadonlyMap<string, Float32Array>,
): SignalReader {
  return {
    get: (request: SignalRequest) => {
      const values =
        known.get(signalKey(request)) ??
        (request.kind === 'saliency' ? pruner.rows.saliency : attention?.get(request));
      if (values) return values;
      throw new AutopruneError('SIGNAL_MISSING', `The runtime has no signal ${request.kind} here`, {
        request,
      });
    },
  };
}
