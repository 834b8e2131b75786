import type { Method, ParameterValues, PromptContext } from '../method.js';
import { dartPerPivot, dart as select } from '../published/dart.js';
import { singleCutCounts, solveCount } from '../schedule/solve-count.js';
import { keepRows } from '../select/row-map.js';
import type { HeadRows, Matrix } from '../select/tensors.js';
import type { SignalReader, SignalRequest } from '../signal.js';

interface Settings {
  readonly layer: number;
  readonly perPivot: number;
  readonly share: number | null;
  readonly imagePivots: number;
  readonly textPivots: number;
}

/** Tokens that stay: the pivots of the picture, and what every pivot keeps. */
function keptTokens(
  { imagePivots, textPivots }: Pick<Settings, 'imagePivots' | 'textPivots'>,
  perPivot: number,
  visualTokens: number,
): number {
  return Math.min(imagePivots + (imagePivots + textPivots) * perPivot, visualTokens);
}

function resolve(parameters: ParameterValues, context: PromptContext): ParameterValues {
  const { geometry, visualTokens, budget } = context;
  const pivots = parameters as unknown as Settings;
  const count = pivots.imagePivots + pivots.textPivots;
  const share = pivots.share;
  const perPivot =
    parameters.perPivot ??
    (budget.kind === 'native'
      ? dartPerPivot(
          visualTokens,
          share === null ? (parameters.reductionRatio as number) : 1 - share,
          count,
        )
      : budget.kind === 'keepRatio'
        ? dartPerPivot(visualTokens, 1 - budget.value!, count)
        : solveCount(
            'dart',
            context,
            (quota) =>
              singleCutCounts(
                geometry.layers,
                visualTokens,
                pivots.layer,
                keptTokens(pivots, quota, visualTokens),
              ),
            Math.max(1, Math.ceil((visualTokens - pivots.imagePivots) / count)),
          ));
  return {
    layer: pivots.layer,
    perPivot,
    share,
    imagePivots: pivots.imagePivots,
    textPivots: pivots.textPivots,
  };
}

/** Visual rows, then the text after the pictures. */
function matrix(signals: SignalReader, request: SignalRequest, rows: number): Matrix {
  const visual = signals.get({ ...request, rows: 'visual' });
  const text = signals.get({ ...request, rows: 'text' });
  const data = new Float32Array(visual.length + text.length);
  data.set(visual);
  data.set(text, visual.length);
  return { data, width: rows === 0 ? 1 : visual.length / rows };
}

/** The same for every head. */
function headRows(
  signals: SignalReader,
  request: SignalRequest,
  rows: number,
  shape: { readonly heads: number; readonly headSize: number },
): HeadRows {
  const { heads, headSize } = shape;
  const visual = signals.get({ ...request, rows: 'visual' });
  const text = signals.get({ ...request, rows: 'text' });
  const textRows = text.length / (heads * headSize);
  const data = new Float32Array(visual.length + text.length);
  for (let head = 0; head < heads; head++) {
    const start = head * (rows + textRows) * headSize;
    data.set(visual.subarray(head * rows * headSize, (head + 1) * rows * headSize), start);
    const from = head * textRows * headSize;
    data.set(text.subarray(from, from + textRows * headSize), start + rows * headSize);
  }
  return { data, heads, width: headSize };
}

/** DART: pivots with large keys, and the tokens that are least like them. */
export const dart: Method = {
  name: 'dart',
  title: 'DART: duplication, not importance',
  paper:
    'Wen et al., Stop Looking for Important Tokens in Multimodal Language Models: Duplication Matters More, EMNLP 2025, arXiv 2502.11494',
  repository: 'https://github.com/ZichenWen1/DART',
  licence: 'Apache-2.0 (README); written from a port under the same licence',
  sites: ['layer'],
  signals: ['keys of one layer', 'hidden states of one layer after the final norm'],
  positions: 'keep',
  order: 'spatial',
  questionDependent: true,
  adaptive: false,
  parameters: [
    {
      name: 'layer',
      type: 'integer',
      min: 1,
      default: 2,
      isLayer: true,
      description: 'The cut is before this layer, K',
      aliases: ['pruned-layer', 'K'],
    },
    {
      name: 'perPivot',
      type: 'integer',
      min: 0,
      default: null,
      setsBudget: true,
      description:
        'Visual tokens that every pivot keeps; from the budget or reductionRatio when not given',
    },
    {
      name: 'reductionRatio',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.778,
      setsBudget: true,
      description: 'Share of the visual tokens dropped; used with the native budget only',
      aliases: ['reduction-ratio'],
    },
    {
      name: 'share',
      type: 'number',
      min: 0,
      max: 1,
      default: null,
      setsBudget: true,
      description: 'Share of the visual tokens that reach the cut, instead of reductionRatio',
    },
    {
      name: 'imagePivots',
      type: 'integer',
      min: 0,
      default: 4,
      description: 'Pivots among the visual tokens (UniPruneBench: 10)',
      aliases: ['pivot-image-token'],
    },
    {
      name: 'textPivots',
      type: 'integer',
      min: 0,
      default: 4,
      description: 'Pivots in the text after the pictures (UniPruneBench: 5)',
      aliases: ['pivot-text-token'],
    },
  ],
  resolve,
  simulate: (parameters, { geometry, visualTokens }) => {
    const settings = parameters as unknown as Settings;
    const keep = keptTokens(settings, settings.perPivot, visualTokens);
    return singleCutCounts(geometry.layers, visualTokens, settings.layer, keep);
  },
  start: (parameters, { geometry }) => {
    const { layer, perPivot, share, imagePivots, textPivots } = parameters as unknown as Settings;
    const hidden: SignalRequest = { kind: 'normed-hidden', layer: layer - 1 };
    const keys: SignalRequest = { kind: 'keys', layer: layer - 1 };
    const heads = geometry.keyValueHeads;
    const headSize = geometry.headSize ?? geometry.hiddenSize / geometry.heads;
    return {
      sites: [
        {
          site: { kind: 'layer', layer: layer - 1 },
          signals: [hidden, keys].flatMap((request) => [
            { ...request, rows: 'visual' as const },
            { ...request, rows: 'text' as const },
          ]),
        },
      ],
      decide: (_, { rows, signals }) => {
        const visual = rows.contents.length;
        const quota =
          share === null ? perPivot : dartPerPivot(visual, 1 - share, imagePivots + textPivots);
        const { kept } = select(
          {
            hidden: matrix(signals, hidden, visual),
            keys: headRows(signals, keys, visual, { heads, headSize }),
          },
          { start: 0, visual, perPivot: quota, imagePivots, textPivots },
        );
        return keepRows(visual, kept);
      },
      report: () => ({ parameters }),
    };
  },
};
