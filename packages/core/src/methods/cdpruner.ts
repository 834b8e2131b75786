import { cdpruner as select } from '../published/cdpruner.js';
import { HIDDEN, inputMethod } from '../wiring/input-method.js';

const IMAGE = { kind: 'image-embeddings' } as const;
const QUESTION = { kind: 'question-embeddings' } as const;

/** CDPruner: diverse tokens that fit the question, by a determinantal point process. */
export const cdpruner = /* @__PURE__ */ inputMethod({
  name: 'cdpruner',
  title: 'CDPruner: conditional diversity',
  paper:
    'Zhang et al., Beyond Attention or Similarity: Maximizing Conditional Diversity for Token Pruning in MLLMs, NeurIPS 2025, arXiv 2506.10967',
  repository: 'https://github.com/Theia-4869/CDPruner',
  licence: 'Apache-2.0',
  signals: [
    'projected features',
    'CLIP embeddings of the patches and of the question (text tower)',
  ],
  order: 'spatial',
  questionDependent: true,
  native: { text: '64 of 576', count: (tokens) => Math.max(1, Math.trunc((tokens * 64) / 576)) },
  requests: () => [HIDDEN, IMAGE, QUESTION],
  select: (view, { keep, context }) => {
    const { data, width } = view.matrix(IMAGE);
    const textEmbeddings = { data: view.values(QUESTION), width };
    return select(
      { features: view.matrix(HIDDEN), imageEmbeddings: { data, width }, textEmbeddings },
      { keep },
      context.kernels,
    ).kept;
  },
});
