import { headSizeOf } from '../cost/flops.js';
import type { PromptContext } from '../method.js';
import { randomStream } from '../random.js';
import { type SignalReader, type SignalRequest, signalKey } from '../signal.js';
import { type Site, siteKey } from '../site.js';
import type { TokenRows } from '../token-rows.js';

/**
 * What the values of a dry run look like: all different, few different ones (ties), all the same, all zero.
 */
export type DryValues = 'random' | 'ties' | 'constant' | 'zeros';

/** Width of a tower row in a dry run. */
const TOWER_WIDTH = 16;

/** A stable number for a text, to draw from. */
function hash(text: string): number {
  let value = 0;
  for (const letter of text) value = (Math.imul(value, 31) + letter.charCodeAt(0)) | 0;
  return value >>> 0;
}

/** Numbers of a signal: rows it is about, and values of each. */
function shapeOf(
  request: SignalRequest,
  site: Site,
  rows: number,
  context: PromptContext,
  cached: number,
): number {
  const { geometry, textTokens } = context;
  const { heads, keyValueHeads, hiddenSize } = geometry;
  const count = { visual: rows, text: textTokens, last: 1, all: cached }[request.rows ?? 'visual'];
  const inTower = site.kind === 'vision';
  switch (request.kind) {
    case 'saliency':
      return rows;
    case 'attention':
      return request.reduce === 'heads' ? heads * count * rows : rows;
    case 'mutual-information':
      return heads;
    case 'keys':
      return keyValueHeads * count * headSizeOf(geometry);
    case 'queries':
      return heads * count * headSizeOf(geometry);
    case 'features':
    case 'tower-keys':
    case 'tower-queries':
    case 'image-embeddings':
      return rows * TOWER_WIDTH;
    case 'question-embeddings':
      return TOWER_WIDTH;
    case 'text-embeddings':
      return textTokens * hiddenSize;
    default:
      return count * (inTower ? TOWER_WIDTH : hiddenSize);
  }
}

/** Whether values are shares of attention, which are never below 0. */
const isShare = ({ kind }: SignalRequest): boolean =>
  kind === 'saliency' || kind === 'attention' || kind === 'mutual-information';

function valuesOf(length: number, seed: number, kind: DryValues, share: boolean): Float32Array {
  const stream = randomStream(seed, 0);
  return Float32Array.from({ length }, () => {
    const drawn = stream.next() / 2 ** 32;
    if (kind === 'zeros') return 0;
    if (kind === 'constant') return share ? 0.01 : 0.5;
    const value = kind === 'ties' ? Math.floor(drawn * 3) / 3 : drawn;
    return share ? value / 50 : value - 0.5;
  });
}

/**
 * Signals of one site of a dry run: reproducible numbers of the right shape.
 *
 * @param declared  requests of the site; anything else is not there, as in a runtime
 * @param cached  rows that are cached, visual ones included
 * @throws Error for a signal that was not declared
 */
export function drySignals(
  site: Site,
  declared: readonly SignalRequest[],
  rows: TokenRows,
  context: PromptContext,
  options: { readonly values: DryValues; readonly seed: number; readonly cached: number },
): SignalReader {
  const keys = new Set(declared.map(signalKey));
  return {
    get: (request) => {
      const key = signalKey(request);
      if (!keys.has(key)) {
        throw new Error(
          `contract: signal ${key} is read at ${siteKey(site)} but not declared there`,
        );
      }
      const length = shapeOf(request, site, rows.contents.length, context, options.cached);
      const seed = (options.seed + hash(`${siteKey(site)} ${key}`)) >>> 0;
      const values = valuesOf(length, seed, options.values, isShare(request));
      if (request.kind === 'saliency') {
        rows.contents.forEach(({ kind }, row) => {
          if (kind === 'cls') values[row] = 0;
        });
      }
      return values;
    },
  };
}
