import { AutopruneError, type RowMap, type SignalRequest, signalKey } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { concatenated } from '../arrays.js';
import { gridSize, type VisionConfig } from '../families/model-config.js';
import type { EncodeRequest, TowerDecision } from '../runtime/backend.js';
import { clsAttention } from './saliency.js';
import type { TowerSessions } from './tower-sessions.js';

/** Rows of one tile on their way through the tower. */
interface TileRows {
  hidden: Float32Array;
  /** Patches that each row stands for. */
  sizes: Float32Array;
}

/** What a run through the tower gives. */
export interface TowerOutput {
  /** float32 [rows of all tiles, width], CLS first in each tile. */
  readonly features: Float32Array;
  readonly rowsPerTile: readonly number[];
  /** Rows of all tiles that entered each block. */
  readonly blockRows: readonly (readonly number[])[];
  /** By signal key, over the rows of all tiles. */
  readonly signals: Map<string, Float32Array>;
}

/** Runs the tower block by block, for methods that look into it or merge rows on the way. */
export class TowerRunner {
  constructor(
    private readonly vision: VisionConfig,
    private readonly sessions: TowerSessions,
    private readonly kernels: TokenKernels,
  ) {}

  async run(
    pixels: Float32Array,
    tiles: number,
    wanted: readonly SignalRequest[],
    { decide, signal }: Pick<EncodeRequest, 'decide' | 'signal'>,
  ): Promise<TowerOutput> {
    const { imageSize, hiddenSize, featureBlock, blocks } = this.vision;
    const signals = new Map<string, Float32Array>();
    const embedding = await this.sessions.embedding();
    const { rows } = await embedding.run(
      { pixels: { data: pixels, shape: [tiles, 3, imageSize, imageSize] } },
      ['rows'],
    );
    const count = gridSize(this.vision) ** 2 + 1;
    const state: TileRows[] = Array.from({ length: tiles }, (_, tile) => ({
      hidden: rows.data.slice(tile * count * hiddenSize, (tile + 1) * count * hiddenSize),
      sizes: new Float32Array(count).fill(1),
    }));
    const blockRows: number[][] = [];
    for (let block = 0; block <= featureBlock; block++) {
      signal?.throwIfAborted();
      blockRows.push(state.map(({ sizes }) => sizes.length));
      await this.runBlock(block, state, wanted, signals, decide);
    }
    for (let block = featureBlock + 1; block < blocks; block++) {
      const asked = wanted.filter(({ layer }) => layer === block);
      if (asked.length === 0) continue;
      if (block > featureBlock + 1) throw tooDeep(block, featureBlock);
      await this.readSignals(block, await this.project(block, state), asked, signals);
    }
    return {
      features: concatenated(state.map(({ hidden }) => hidden)),
      rowsPerTile: state.map(({ sizes }) => sizes.length),
      blockRows,
      signals,
    };
  }

  private project(
    block: number,
    state: readonly TileRows[],
  ): Promise<Record<'query' | 'key' | 'value', Float32Array>[]> {
    const width = this.vision.hiddenSize;
    return Promise.all(
      state.map(async ({ hidden, sizes }) => {
        const session = await this.sessions.projection(block);
        const { query, key, value } = await session.run(
          { hidden: { data: hidden, shape: [sizes.length, width] } },
          ['query', 'key', 'value'],
        );
        return { query: query.data, key: key.data, value: value.data };
      }),
    );
  }

  private async readSignals(
    block: number,
    tiles: readonly Record<'query' | 'key', Float32Array>[],
    asked: readonly SignalRequest[],
    signals: Map<string, Float32Array>,
  ): Promise<void> {
    for (const request of asked) {
      const parts = tiles.map(({ query, key }) => {
        if (request.kind === 'tower-queries') return query;
        if (request.kind === 'tower-keys') return key;
        return this.saliencyOf(query, key);
      });
      signals.set(signalKey({ ...request, layer: block }), concatenated(parts));
    }
  }

  /** CLS attention of one tile, CLS itself 0. */
  private saliencyOf(query: Float32Array, key: Float32Array): Float32Array {
    const { hiddenSize: width, heads } = this.vision;
    const rows = query.length / width;
    const out = new Float32Array(rows);
    out.set(clsAttention(query, key, { tiles: 1, rows, width, heads }), 1);
    return out;
  }

  private async runBlock(
    block: number,
    state: TileRows[],
    wanted: readonly SignalRequest[],
    signals: Map<string, Float32Array>,
    decide: TowerDecision | undefined,
  ): Promise<void> {
    const width = this.vision.hiddenSize;
    const projected = await this.project(block, state);
    const asked = wanted.filter(({ layer, kind }) => layer === block && kind !== 'features');
    await this.readSignals(block, projected, asked, signals);
    for (const [tile, { query, key, value }] of projected.entries()) {
      const { hidden, sizes } = state[tile]!;
      const shape = [sizes.length, width];
      const attention = await this.sessions.attention();
      const { attended } = await attention.run(
        {
          query: { data: query, shape },
          key: { data: key, shape },
          value: { data: value, shape },
          // Proportional attention: a row counts as often as the patches that it stands for.
          bias: { data: sizes.map(Math.log), shape: [sizes.length] },
        },
        ['attended'],
      );
      const mix = await this.sessions.mix(block);
      const { mixed } = await mix.run(
        { hidden: { data: hidden, shape }, attended: { data: attended.data, shape } },
        ['mixed'],
      );
      state[tile] = { hidden: mixed.data, sizes };
    }
    const map = decide?.(block, {
      hidden: concatenated(state.map(({ hidden }) => hidden)),
      saliency: () => concatenated(projected.map(({ query, key }) => this.saliencyOf(query, key))),
      signals,
    });
    if (map) this.apply(map, state);
    const mlp = await this.sessions.mlp(block);
    for (const [tile, { hidden, sizes }] of state.entries()) {
      const { out } = await mlp.run({ mixed: { data: hidden, shape: [sizes.length, width] } }, [
        'out',
      ]);
      state[tile] = { hidden: out.data, sizes };
    }
  }

  /** Applies a map over the rows of all tiles; output rows stay in the tile of their inputs. */
  private apply(map: RowMap, state: TileRows[]): void {
    const width = this.vision.hiddenSize;
    const starts: number[] = [];
    let total = 0;
    for (const { sizes } of state) {
      starts.push(total);
      total += sizes.length;
    }
    const tileOf = (row: number): number => starts.filter((start) => start <= row).length - 1;
    const counts = new Array<number>(state.length).fill(0);
    const outSizes = new Float32Array(map.outputRows);
    const allSizes = concatenated(state.map(({ sizes }) => sizes));
    for (let row = 0; row < map.outputRows; row++) {
      const inputs = map.inputs.subarray(map.offsets[row]!, map.offsets[row + 1]!);
      const tiles = new Set(Array.from(inputs, tileOf));
      if (tiles.size !== 1) {
        throw new AutopruneError(
          'DECISION_INVALID',
          `A method inside the vision tower made a row of ${tiles.size} tiles; every row must be of rows of one tile`,
          { row },
        );
      }
      counts[[...tiles][0]!]!++;
      for (const input of inputs) outSizes[row]! += allSizes[input]!;
    }
    const hidden = this.kernels.mapRows(concatenated(state.map((tile) => tile.hidden)), width, map);
    let start = 0;
    counts.forEach((count, tile) => {
      state[tile] = {
        hidden: hidden.slice(start * width, (start + count) * width),
        sizes: outSizes.slice(start, start + count),
      };
      start += count;
    });
  }
}

function tooDeep(block: number, featureBlock: number): AutopruneError {
  return new AutopruneError(
    'SIGNAL_UNSUPPORTED',
    `The method reads tower block ${block}, but this checkpoint uses the output of block ${featureBlock} and runs at most one block further`,
    { block, featureBlock },
  );
}
