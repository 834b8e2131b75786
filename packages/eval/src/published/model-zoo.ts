import type { PublishedColumnName } from './columns.js';
import { type PublishedTable, row } from './table.js';

const MODEL_ZOO_SOURCE = 'haotian-liu/LLaVA docs/MODEL_ZOO.md';

const columns = (seed: 'seed' | 'seed_image'): readonly PublishedColumnName[] => [
  'vqav2',
  'gqa',
  'vizwiz',
  'sqa_image',
  'textvqa',
  'pope',
  'mme_perception',
  'mmbench',
  'mmbench_cn',
  seed,
  'llava_bench',
  'mm_vet',
];
const COLUMNS_1_5 = columns('seed');
const COLUMNS_1_6: readonly PublishedColumnName[] = [...columns('seed_image'), 'mme_cognition'];

/** LLaVA's own scores of its checkpoints. */
export const MODEL_ZOO: readonly PublishedTable[] = [
  {
    model: 'LLaVA-1.5-7B',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_5,
    rows: [
      row('none', null, [78.5, 62.0, 50.0, 66.8, 58.2, 85.9, 1510.7, 64.3, 58.3, 58.6, 65.4, 31.1]),
    ],
  },
  {
    model: 'LLaVA-1.5-13B',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_5,
    rows: [
      row('none', null, [80.0, 63.3, 53.6, 71.6, 61.3, 85.9, 1531.3, 67.7, 63.6, 61.6, 72.5, 36.1]),
    ],
  },
  {
    model: 'LLaVA-1.5-7B LoRA',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_5,
    rows: [
      row('none', null, [79.1, 63.0, 47.8, 68.4, 58.2, 86.4, 1476.9, 66.1, 58.9, 60.1, 67.9, 30.2]),
    ],
  },
  {
    model: 'LLaVA-1.5-13B LoRA',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_5,
    rows: [
      row('none', null, [80.0, 63.3, 58.9, 71.2, 60.2, 86.7, 1541.7, 68.5, 61.5, 61.3, 69.5, 38.3]),
    ],
  },
  {
    model: 'LLaVA-1.6-Vicuna-7B',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_6,
    rows: [
      row(
        'none',
        null,
        [81.8, 64.2, 57.6, 70.1, 64.9, 86.5, 1519, 67.4, 60.6, 70.2, 81.6, 43.9, 332],
      ),
    ],
  },
  {
    model: 'LLaVA-1.6-Vicuna-13B',
    source: MODEL_ZOO_SOURCE,
    columns: COLUMNS_1_6,
    rows: [
      row(
        'none',
        null,
        [82.8, 65.4, 60.5, 73.6, 67.1, 86.2, 1575, 70.0, 64.4, 71.9, 87.3, 48.4, 326],
      ),
    ],
  },
];
