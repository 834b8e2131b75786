import { towerBlock } from '../geometry.js';
import { visionzip as select } from '../published/visionzip.js';
import type { SignalRequest } from '../signal.js';
import { inputMethod, requireTower, SALIENCY } from '../wiring/input-method.js';

const keysOf = (layer: number): SignalRequest => ({ kind: 'tower-keys', layer });

/** Heads side by side [rows, heads · width] to heads first [heads, rows, width]. */
function headsFirst(data: Float32Array, rowWidth: number, heads: number): Float32Array {
  const rows = data.length / rowWidth;
  const width = rowWidth / heads;
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < heads; head++) {
      const from = row * rowWidth + head * width;
      out.set(data.subarray(from, from + width), (head * rows + row) * width);
    }
  }
  return out;
}

/** VisionZip: dominant tokens by CLS attention, the others merged around evenly spaced ones. */
export const visionzip = /* @__PURE__ */ inputMethod({
  name: 'visionzip',
  title: 'VisionZip: dominant and contextual tokens',
  paper:
    'Yang et al., VisionZip: Longer is Better but Not Necessary in Vision Language Models, CVPR 2025, arXiv 2412.04467',
  repository: 'https://github.com/dvlab-research/VisionZip',
  licence: 'Apache-2.0',
  signals: ['CLS attention of the tower', 'keys of one tower block'],
  order: 'spatial',
  site: 'vision',
  parameters: [
    {
      name: 'contextualShare',
      type: 'number',
      min: 0,
      max: 1,
      default: 0.15625,
      description:
        'Share of the kept tokens that are merged ones, rounded (10 of 64, 20 of 128, 30 of 192 as published)',
    },
  ],
  native: { text: '64 of 576', count: (tokens) => Math.max(1, Math.trunc((tokens * 64) / 576)) },
  requests: (_, context) => [SALIENCY, keysOf(towerBlock(22, requireTower('visionzip', context)))],
  select: (view, { keep, parameters, context }) => {
    const tower = requireTower('visionzip', context);
    const { heads, classToken } = tower;
    const { data, width } = view.matrix(keysOf(towerBlock(22, tower)));
    const contextual = Math.min(
      Math.round(keep * (parameters.contextualShare as number)),
      Math.max(0, keep - 1),
    );
    return select(
      {
        attention: { ...view.matrix(SALIENCY), heads: 1, rows: 1 },
        keys: { data: headsFirst(data, width, heads), heads, width: width / heads },
      },
      { dominant: keep - contextual, contextual, classToken },
      context.kernels,
    ).map;
  },
});
