import {
  AutopruneError,
  type Decision,
  type PrunerRun,
  type RowMap,
  type Rule,
  ruleRowMap,
  ruleScores,
  type Selection,
  type SignalReader,
  type SignalRequest,
  type Site,
  selectRows,
  type TokenRows,
} from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { range } from '../arrays.js';
import type { Backend, SequenceHandle } from './backend.js';
import { breathe } from './breathe.js';
import { isIdentity, restrictMap, type SequenceLayout } from './layout.js';

/** What a prefill needs. */
export interface PrefillContext {
  readonly backend: Backend;
  readonly kernels: TokenKernels;
  readonly sequence: SequenceHandle;
  readonly layers: number;
  readonly pruner: PrunerRun;
  readonly signal?: AbortSignal | undefined;
  /** Computes rows that no later step reads too; a test compares the two. Default false. */
  readonly computeDeadRows?: boolean;
}

/** What a prefill leaves. */
export interface PrefillResult {
  readonly logits: Float32Array;
  readonly layout: SequenceLayout;
  /** Milliseconds spent on scoring, selecting, merging and moving tokens. */
  readonly pruningMs: number;
  /** Multiply-adds of merging × 2, for the report. */
  readonly mergeFlops: number;
}

/** A decision whose rows are known but whose merge may still need the layer's output. */
interface PendingCut {
  /** Visual rows that the layer must compute: kept ones and those that a merge reads. */
  readonly needed: Int32Array;
  /** The row map of the visual rows, once the layer has run; `hiddenOf` reads rows of its output. */
  finish(hiddenOf: (visualRows: Int32Array) => Promise<Float32Array>): Promise<RowMap>;
  readonly mergeFlops: (width: number) => number;
}

class Stopwatch {
  milliseconds = 0;

  async time<T>(work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.milliseconds += performance.now() - start;
    }
  }
}

/** The cut of a rule: scores and selection now, the merge when its pool is computed. */
function ruleCut(
  rule: Rule,
  signals: SignalReader,
  kernels: TokenKernels,
  rows: TokenRows,
): PendingCut {
  const scores = ruleScores(rule, signals);
  const selection: Selection = selectRows(rule, scores, kernels, rows);
  const needed = Int32Array.from([...selection.kept, ...selection.pool]).sort();
  return {
    needed,
    mergeFlops: (width) => selection.pool.length ** 2 * width * 3,
    finish: async (hiddenOf) => {
      if (selection.pool.length === 0) {
        return ruleRowMap(rule, selection, scores.length, kernels);
      }
      const hidden = await hiddenOf(selection.pool);
      const width = hidden.length / selection.pool.length;
      return ruleRowMap(rule, selection, scores.length, kernels, { hidden, width });
    },
  };
}

function cutOf(
  decision: Decision,
  signals: SignalReader,
  kernels: TokenKernels,
  rows: TokenRows,
): PendingCut {
  if (decision.kind === 'rule') return ruleCut(decision, signals, kernels, rows);
  return {
    needed: Int32Array.from(new Set(decision.inputs)).sort(),
    mergeFlops: () => 0,
    finish: () => Promise.resolve(decision),
  };
}

/** Signals that the backend computes, and those that travel with the rows. */
function readerOf(pruner: PrunerRun, backend: SignalReader | undefined): SignalReader {
  return {
    get: (request: SignalRequest) => {
      if (request.kind === 'saliency') {
        const { saliency } = pruner.rows;
        if (saliency) return saliency;
      } else if (backend) return backend.get(request);
      throw new AutopruneError('SIGNAL_MISSING', `The runtime has no signal ${request.kind} here`, {
        request,
      });
    },
  };
}

/**
 * Runs a prompt through all layers, taking the pruner's decisions on the way.
 *
 * In each layer the rows that signals ask for attend first; then the decision is taken, and only the rows
 * that live on, or that a merge reads, go through the rest of the layer. In the last layer that is one
 * row. Results are those of running every row (docs/decisions/0005).
 */
export async function prefill(
  context: PrefillContext,
  promptLayout: SequenceLayout,
): Promise<PrefillResult> {
  const { backend, kernels, sequence, layers, pruner, signal } = context;
  const stopwatch = new Stopwatch();
  let layout = promptLayout;
  let mergeFlops = 0;
  for (let layer = 0; layer < layers; layer++) {
    signal?.throwIfAborted();
    await breathe();
    pruner.enterLayer(layer);
    const site: Site = { kind: 'layer', layer };
    const positions = [
      pruner.positions === 'renumber' ? range(0, layout.length) : layout.promptPositions(),
    ];
    const request = pruner.requestsAt(site);
    const asked = [...(request?.signals ?? []), ...(request?.ruleSignals ?? [])].filter(
      ({ kind }) => kind !== 'saliency',
    );
    const visualRows = layout.visualRows();
    let signals: SignalReader | undefined;
    if (asked.length > 0 && visualRows.length > 0) {
      const textRows = layout.textAfter();
      const attend = { sequence, positions, signals: asked, textRows, visualRows };
      signals = (await backend.attend(layer, [attend]))[0];
    }
    const cut = await stopwatch.time(() => {
      if (!request || visualRows.length === 0) return undefined;
      const reader = readerOf(pruner, signals);
      const decision = pruner.decide(site, reader);
      return decision && cutOf(decision, reader, kernels, pruner.rows);
    });
    const last = layer === layers - 1;
    const live = liveRows(context, layout, visualRows, cut, last);
    await backend.complete(layer, [{ sequence, positions, live }]);
    if (cut) {
      await stopwatch.time(async () => {
        const place = new Int32Array(layout.length).fill(-1);
        live.forEach((row, index) => {
          place[row] = index;
        });
        let width = 0;
        const map = await cut.finish(async (rows) => {
          const wanted = rows.map((row) => place[visualRows[row]!]!);
          const hidden = await backend.readRows(sequence, wanted);
          width = hidden.length / rows.length;
          return hidden;
        });
        mergeFlops += cut.mergeFlops(width);
        const applied = layout.apply(map);
        pruner.apply(map);
        layout = applied.layout;
        // Where only the last row was computed, nothing reads the others.
        if (!last || live.length > 1) {
          const restricted = restrictMap(applied.sequenceMap, live);
          if (!isIdentity(restricted)) backend.mapRows(sequence, restricted);
        }
      });
    }
    pruner.leaveLayer(layer);
  }
  const row = backend.rowCount(sequence) - 1;
  const [logits] = await backend.head([{ sequence, row }]);
  return { logits: logits!, layout, pruningMs: stopwatch.milliseconds, mergeFlops };
}

/** Rows that must go through the rest of the layer, ascending. */
function liveRows(
  context: PrefillContext,
  layout: SequenceLayout,
  visualRows: Int32Array,
  cut: PendingCut | undefined,
  last: boolean,
): Int32Array {
  const all = range(0, layout.length);
  if (context.computeDeadRows) return all;
  const lastRow = layout.length - 1;
  const merges = cut !== undefined && cut.mergeFlops(1) > 0;
  if (last && !merges) return Int32Array.of(lastRow);
  if (!cut) return all;
  const dead = new Uint8Array(layout.length);
  for (const row of visualRows) dead[row] = 1;
  for (const row of cut.needed) dead[visualRows[row]!] = 0;
  return all.filter((row) => dead[row] === 0);
}
