export { spread } from './compare.js';
export type { Exchange, Fault } from './fake-hub.js';
export { etagOf, FakeHub } from './fake-hub.js';
export type { GoldenSet } from './goldens.js';
export { describeCases, describeGoldens, goldenPath } from './goldens.js';
export type { StoredTensor } from './safetensors.js';
export { readTensors } from './safetensors.js';
export type { VectorCase } from './vectors.js';
export { describeVectors } from './vectors.js';
