import { type SignalRequest, signalKey } from '@autoprune/core';
import type { TokenKernels } from '@autoprune/kernels';
import { gridSize, type ModelConfig } from '../families/model-config.js';
import type { EncodedTiles, EncodeRequest } from '../runtime/backend.js';
import type { ModelSessions } from './model-sessions.js';
import { floatRows, rowBlocks } from './row-blocks.js';
import { clsAttention } from './saliency.js';
import { TowerRunner } from './tower-runner.js';

/** Tower and projector: in one graph, or block by block where a method looks inside. */
export class PictureEncoder {
  private readonly tower: TowerRunner;

  constructor(
    private readonly config: ModelConfig,
    private readonly sessions: ModelSessions,
    private readonly kernels: TokenKernels,
  ) {
    this.tower = new TowerRunner(config.vision, sessions.tower, kernels);
  }

  async encode(pixels: Float32Array, tiles: number, want: EncodeRequest): Promise<EncodedTiles> {
    const { featureBlock } = this.config.vision;
    const inside = want.signals.some(
      ({ layer = featureBlock, kind }) => kind !== 'features' && layer !== featureBlock,
    );
    return inside || want.decide
      ? this.encodeInParts(pixels, tiles, want)
      : this.encodeAtOnce(pixels, tiles, want);
  }

  async project(features: Float32Array): Promise<Float32Array> {
    const { hiddenSize: width } = this.config.vision;
    const { hiddenSize: outputs } = this.config.decoder;
    const rows = features.length / width;
    const tokens = new Float32Array(rows * outputs);
    for (const { start, end } of rowBlocks(rows, outputs * outputs)) {
      const block = floatRows(features, start, end, width);
      const into = { tokens: floatRows(tokens, start, end, outputs) };
      await this.sessions.projector.run({ features: block }, ['tokens'], { into });
    }
    return tokens;
  }

  private async encodeAtOnce(
    pixels: Float32Array,
    tiles: number,
    want: EncodeRequest,
  ): Promise<EncodedTiles> {
    const { signal } = want;
    const { imageSize, hiddenSize: width, heads } = this.config.vision;
    const rows = gridSize(this.config.vision) ** 2 + 1;
    const attends = want.saliency || want.signals.some(({ kind }) => kind !== 'features');
    const names = attends ? (['features', 'query', 'key'] as const) : (['features'] as const);
    const [features, query, key] = names.map(() => new Float32Array(tiles * rows * width));
    for (let tile = 0; tile < tiles; tile++) {
      const pixel = 3 * imageSize * imageSize;
      const data = pixels.subarray(tile * pixel, (tile + 1) * pixel);
      const part = (values: Float32Array | undefined) =>
        values && floatRows(values, tile * rows, (tile + 1) * rows, width);
      await this.sessions.vision.run(
        { pixels: { data, shape: [1, 3, imageSize, imageSize] } },
        names,
        { signal, into: { features: part(features), query: part(query), key: part(key) } },
      );
    }
    const saliency = attends
      ? clsAttention(query!, key!, { tiles, rows, width, heads })
      : undefined;
    const signals = new Map<string, Float32Array>();
    for (const request of want.signals) {
      signals.set(
        signalKey(request),
        request.kind === 'features'
          ? features!
          : request.kind === 'tower-keys'
            ? key!
            : request.kind === 'tower-queries'
              ? query!
              : this.withClass(saliency!, tiles),
      );
    }
    return {
      ...(want.tokens ? { tokens: await this.projectPatches(features!, tiles) } : {}),
      ...(want.saliency ? { saliency: this.perToken(saliency!, tiles) } : {}),
      signals,
      rowsPerTile: new Array<number>(tiles).fill(rows),
    };
  }

  private async encodeInParts(
    pixels: Float32Array,
    tiles: number,
    want: EncodeRequest,
  ): Promise<EncodedTiles> {
    const { featureBlock } = this.config.vision;
    const atFeature: SignalRequest = { kind: 'saliency', layer: featureBlock };
    const asked = want.saliency ? [...want.signals, atFeature] : want.signals;
    const { features, rowsPerTile, blockRows, signals } = await this.tower.run(
      pixels,
      tiles,
      asked,
      want,
    );
    if (want.signals.some(({ kind }) => kind === 'features')) signals.set('features', features);
    const whole = !want.decide;
    return {
      ...(want.tokens && whole ? { tokens: await this.projectPatches(features, tiles) } : {}),
      ...(want.saliency && whole
        ? {
            saliency: this.perToken(
              this.patches(signals.get(signalKey(atFeature))!, 1, tiles),
              tiles,
            ),
          }
        : {}),
      signals,
      rowsPerTile,
      blockRows,
    };
  }

  /** Values of the patches of rows [tiles · rows, width], CLS cut off. */
  private patches(values: Float32Array, width: number, tiles: number): Float32Array {
    const rows = values.length / (width * tiles);
    const kept = Int32Array.from(
      { length: tiles * (rows - 1) },
      (_, index) => Math.floor(index / (rows - 1)) * rows + (index % (rows - 1)) + 1,
    );
    return this.kernels.gatherRows(values, width, kept);
  }

  /** Saliency of patches with a 0 for CLS before every tile. */
  private withClass(saliency: Float32Array, tiles: number): Float32Array {
    const count = saliency.length / tiles;
    const out = new Float32Array(tiles * (count + 1));
    for (let tile = 0; tile < tiles; tile++) {
      out.set(saliency.subarray(tile * count, (tile + 1) * count), tile * (count + 1) + 1);
    }
    return out;
  }

  /** Saliency of the tokens of a tile: CLS is one of them where the checkpoint keeps it. */
  private perToken(saliency: Float32Array, tiles: number): Float32Array {
    return this.config.vision.dropCls ? saliency : this.withClass(saliency, tiles);
  }

  private projectPatches(features: Float32Array, tiles: number): Promise<Float32Array> {
    const { hiddenSize, dropCls } = this.config.vision;
    return this.project(dropCls ? this.patches(features, hiddenSize, tiles) : features);
  }
}
