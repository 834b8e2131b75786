import { readdirSync } from 'node:fs';
import { describeGoldens, goldenPath } from '@autoprune/testing';
import { expect, it } from 'vitest';
import * as published from './index.js';

/** The functions that the cases of each folder run through. */
const COVERED: Record<string, readonly (keyof typeof published)[]> = {
  cdpruner: ['cdpruner'],
  dart: ['dart', 'dartPerPivot'],
  divprune: ['divprune', 'divpruneCount'],
  fastervlm: ['fastervlm'],
  fitprune: ['fitprune', 'fitpruneScores', 'fitpruneScoresOfKeys', 'FITPRUNE_SCHEMES'],
  gprune: ['gprune', 'gpruneCount'],
  holov: ['holov'],
  kv_h2o: ['kvH2o'],
  kv_lookm: ['kvLookm', 'lookmCounts'],
  kv_pyramidkv: ['kvPyramidkv', 'pyramidkvCounts'],
  kv_snapkv: ['kvSnapkv'],
  kv_streamingllm: ['kvStreamingllm'],
  kv_vlcache: ['kvVlcache', 'vlcacheBudgets', 'vlcacheSparsity'],
  mustdrop: ['mustdropFilter', 'mustdropKeySet', 'mustdropSpatial'],
  prumerge: ['prumerge'],
  prumerge_plus: ['prumergePlus'],
  prumerge_plus_budget: ['prumergePlusBudget', 'prumergeBudgetTokens'],
  pyramiddrop: ['pyramiddrop', 'pyramiddropCounts', 'pyramiddropQueryIndex'],
  scope: ['scope'],
  sparsevlm: ['sparsevlm', 'sparsevlmRank', 'sparsevlmRaters', 'sparsevlmRecycle', 'sparsevlmV2'],
  tome: ['tome', 'tomeSchedule'],
  visionzip: ['visionzip', 'visionzipCounts', 'visionzipDominant'],
  vispruner: ['vispruner'],
  vscan: ['vscan'],
  vtw: ['vtwSearch', 'vtwWithdraw'],
};

/** Folders whose cases other tests of this package or of the loader run. */
const ELSEWHERE = ['degenerate', 'dpc_knn', 'fastv', 'random', 'sparsegpt', 'wanda'];

const DEGENERATE = 'methods/degenerate/cases.json';

describeGoldens('methods: coverage', [DEGENERATE], (set) => {
  it('knows every folder of golden cases', () => {
    const folders = readdirSync(goldenPath('methods')!, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect([...Object.keys(COVERED), ...ELSEWHERE]).toEqual(expect.arrayContaining(folders));
  });

  it('runs every degenerate case with the cases of its method', () => {
    const { cases } = set.json<{ cases: { params: { method: string } }[] }>(DEGENERATE);
    for (const { params } of cases) expect(Object.keys(COVERED)).toContain(params.method);
  });
});

it('exports what the golden cases run through', () => {
  expect(Object.keys(published)).toEqual(expect.arrayContaining(Object.values(COVERED).flat()));
});
