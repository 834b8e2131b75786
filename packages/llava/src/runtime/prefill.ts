import {
  AutopruneError,
  type CacheRows,
  type PrunerRun,
  type RowContent,
  type SignalReader,
  type Site,
} from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { range } from '../arrays.js';
import type { Backend, SequenceHandle } from './backend.js';
import { breathe } from './breathe.js';
import { type DecidedCache, decideOnCache, queryLayers } from './cache-decision.js';
import { type LayerMoment, layerReader, readSignals, sortSignals } from './layer-signals.js';
import { isIdentity, restrictMap, type SequenceLayout } from './layout.js';
import { cutOf, type PendingCut } from './pending-cut.js';
import { Stopwatch } from './stopwatch.js';

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
  /** What the caches hold, and what a method read there. */
  readonly cache: DecidedCache;
}

/** The site of a layer where a method decides: after it, or inside it between attention and MLP. */
function siteOf(pruner: PrunerRun, layer: number): Site {
  const inside: Site = { kind: 'attention', layer };
  const after: Site = { kind: 'layer', layer };
  if (!pruner.requestsAt(inside)) return after;
  if (pruner.requestsAt(after)) {
    throw new AutopruneError(
      'METHOD_CONFLICT',
      `One method cuts inside decoder layer ${layer} and another after it; give one of them another layer`,
      { layer },
    );
  }
  return inside;
}

/** What the rows of a sequence hold, null for text. */
function contentsOf(layout: SequenceLayout, pruner: PrunerRun): (RowContent | null)[] {
  const contents = new Array<RowContent | null>(layout.length).fill(null);
  layout.visualRows().forEach((row, visual) => {
    contents[row] = pruner.rows.contents[visual]!;
  });
  return contents;
}

/**
 * Runs a prompt through all layers, taking the pruner's decisions on the way.
 *
 * In each layer the rows that signals ask for attend first; then the decision is taken, and only the rows
 * that live on, or that a merge reads, go through the rest of the layer. In the last layer that is one
 * row. Results are those of running every row (docs/decisions/0005). A decision that reads the layer's output waits for
 * it, and then every row is computed.
 */
export async function prefill(
  context: PrefillContext,
  promptLayout: SequenceLayout,
): Promise<PrefillResult> {
  const { backend, kernels, sequence, layers, pruner, signal } = context;
  const stopwatch = new Stopwatch();
  const queries = queryLayers(pruner, 'prefill');
  const cacheRows: CacheRows[number][] = [];
  let layout = promptLayout;
  let mergeFlops = 0;
  for (let layer = 0; layer < layers; layer++) {
    signal?.throwIfAborted();
    await breathe();
    pruner.enterLayer(layer);
    cacheRows.push(contentsOf(layout, pruner));
    if (queries.has(layer)) backend.captureQueries(sequence, layer);
    const site = siteOf(pruner, layer);
    const positions = [
      pruner.positions === 'renumber' ? range(0, layout.length) : layout.promptPositions(),
    ];
    const visualRows = layout.visualRows();
    const request = visualRows.length > 0 ? pruner.requestsAt(site) : undefined;
    const asked = sortSignals(
      [...(request?.signals ?? []), ...(request?.ruleSignals ?? [])],
      layer,
    );
    const moment: LayerMoment = { backend, sequence, layer, layout, positions };
    const known = new Map<string, Float32Array>();
    await readSignals(moment, asked.before, known);
    let attention: SignalReader | undefined;
    if (asked.attention.length > 0) {
      const textRows = layout.textAfter();
      const attend = { sequence, positions, signals: asked.attention, textRows, visualRows };
      attention = (await backend.attend(layer, [attend]))[0];
    }
    const decide = (): PendingCut | undefined => {
      const reader = layerReader(pruner, attention, known);
      const decision = request && pruner.decide(site, reader);
      return decision && cutOf(decision, reader, kernels, pruner.rows);
    };
    const waits = asked.after.length > 0;
    let cut = waits ? undefined : await stopwatch.time(decide);
    // Signals and decision were one piece; what completes the layer begins with another.
    if (cut) await breathe();
    const last = layer === layers - 1;
    const everyRow = context.computeDeadRows || waits || queries.has(layer);
    const live = everyRow ? range(0, layout.length) : liveRows(layout, visualRows, cut, last);
    await backend.complete(layer, [{ sequence, positions, live }]);
    if (waits) {
      await readSignals(moment, asked.after, known);
      cut = await stopwatch.time(decide);
    }
    if (cut) {
      const pending = cut;
      await stopwatch.time(async () => {
        const place = new Int32Array(layout.length).fill(-1);
        live.forEach((row, index) => {
          place[row] = index;
        });
        let width = 0;
        const map = await pending.finish(async (rows) => {
          const wanted = rows.map((row) => place[visualRows[row]!]!);
          const hidden = await backend.readRows(sequence, wanted);
          width = hidden.length / rows.length;
          return hidden;
        });
        mergeFlops += pending.mergeFlops(width);
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
  const cache = await stopwatch.time(() =>
    decideOnCache(backend, sequence, pruner, cacheRows, 'prefill'),
  );
  const row = backend.rowCount(sequence) - 1;
  const [logits] = await backend.head([{ sequence, row }]);
  return { logits: logits!, layout, pruningMs: stopwatch.milliseconds, mergeFlops, cache };
}

/** Rows that must go through the rest of the layer, ascending. */
function liveRows(
  layout: SequenceLayout,
  visualRows: Int32Array,
  cut: PendingCut | undefined,
  last: boolean,
): Int32Array {
  const all = range(0, layout.length);
  const merges = cut !== undefined && cut.mergeFlops(1) > 0;
  if (last && !merges) return Int32Array.of(layout.length - 1);
  if (!cut) return all;
  const dead = new Uint8Array(layout.length);
  for (const row of visualRows) dead[row] = 1;
  for (const row of cut.needed) dead[visualRows[row]!] = 0;
  return all.filter((row) => dead[row] === 0);
}
