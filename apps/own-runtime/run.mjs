// The scheduler and two methods in a runtime that is not ours: node apps/own-runtime/run.mjs
import { price, simulate } from '@autoprune/core';
import { fastv } from '@autoprune/core/methods/fastv';
import { prefill } from './prune.mjs';
import { geometry, randomRows } from './toy-decoder.mjs';

const prompt = {
  before: randomRows(4, 1),
  visual: randomRows(72, 2),
  text: randomRows(10, 3),
  saliency: Float32Array.from({ length: 72 }, (_, index) => 1 + Math.sin(index)),
};
const size = { geometry, visualTokens: 72, otherTokens: 14 };

for (const method of ['autoprune', fastv]) {
  const budget = { kind: 'meanLeaving', value: 24 };
  const { counts, report } = prefill(prompt, { method, budget });
  const cost = price(counts, size);
  console.log(report.methods[0].name, counts.entering.join(' '), '→', counts.leaving.at(-1));
  console.log(
    `  mean entering ${cost.meanEntering}, mean leaving ${cost.meanLeaving}, ${(100 * cost.flopsRatio).toFixed(1)} % of the FLOPs`,
  );
  // What was run is what the schedule promised without a model.
  const { complexity = 0 } = report;
  const promised = simulate({ method, budget, complexity, textTokens: 10, ...size });
  if (promised.leaving.join() !== counts.leaving.join())
    throw new Error(`promised ${promised.leaving.join(' ')}, ran ${counts.leaving.join(' ')}`);
}
