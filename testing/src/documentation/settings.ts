/**
 * What the text around a block says is there already: names that it uses without making them, by a piece of the block that
 * tells it apart from the others of its page. A block without an entry runs as it stands.
 */
export const settings: readonly { page: string; has: string; before: string }[] = [
  {
    page: 'packages/core/README.md',
    has: 'complexity(attention,',
    before: 'const attention = new Float32Array(32 * 40 * 576).fill(1 / 1000);',
  },
  {
    page: 'packages/core/README.md',
    has: 'createPruner({',
    before: `
      const geometry = { layers: 8, heads: 8, keyValueHeads: 8, hiddenSize: 16, intermediateSize: 32 };
      const clsAttention = Float32Array.from({ length: 576 }, (_, index) => 1 + Math.sin(index));
      let rowsNow = 576;
      const yourRuntime = {
        runLayer: () => new Float32Array(rowsNow * 16).fill(1),
        rows: (hidden, wanted) => Float32Array.from(wanted).length ? new Float32Array(wanted.length * 16).fill(1) : new Float32Array(0),
        signals: () => ({
          get: ({ kind }) =>
            kind === 'saliency' ? run.rows.saliency
            : kind === 'mutual-information' ? new Float32Array(8).fill(0.03)
            : Float32Array.from({ length: rowsNow }, (_, index) => (index * 7) % 13),
        }),
        applyToVisualRows: (map) => { rowsNow = map.outputRows; },
      };`,
  },
  {
    page: 'packages/eval/README.md',
    has: 'compareWithPublished({',
    before: `import { findBenchmark, scoreBenchmark } from '@autoprune/eval';
      const { definitions } = await scoreBenchmark(findBenchmark('pope'), {
        predictions: 'answers.jsonl', data: 'playground/data/eval/pope' });`,
  },
  {
    page: 'packages/eval/README.md',
    has: 'askJudge(',
    before: `import { findBenchmark } from '@autoprune/eval';
      process.chdir('judged');
      const benchmark = findBenchmark('llava-wilder');
      const data = '.';`,
  },
  {
    page: 'packages/eval/README.md',
    has: 'runQuestions({',
    before: `import { findBenchmark } from '@autoprune/eval';
      const benchmark = findBenchmark('pope');
      const data = 'playground/data/eval/pope';`,
  },
  {
    page: 'packages/kernels/README.md',
    has: 'loadKernels()',
    before: 'const scores = Float32Array.from({ length: 576 }, (_, index) => (index * 37) % 101);',
  },
];

/**
 * What stands in a block for something that is elsewhere, and what it is here: a checkpoint of the hub is the embedded model,
 * servers are those that the test started.
 */
export const substitutions = (addresses: { judge: string; server: string }): [RegExp, string][] => [
  [/http:\/\/localhost:8000\/v1/g, addresses.judge],
  [/http:\/\/127\.0\.0\.1:8000\/v1/g, addresses.server],
];
