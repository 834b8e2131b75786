// Each native primitive against the TypeScript reference, and against the time that moving its inputs and outputs once
// takes at the rate of a large copy. Both take turns in pairs, so that a drifting machine moves both.
//
//   node bench/kernels.mjs [--pairs 9] [--seconds 12] [--only NAME] [--name kernels]
import { availableKernels, loadKernels, typescriptKernels } from '@autoprune/kernels';
import { parseClipProcessorConfig, processPad, toPixelValues } from '@autoprune/llava/picture';
import { flags, spread, writeReport } from './report.mjs';

const { pairs, seconds, only, name } = flags({ pairs: 9, seconds: 12, only: '', name: 'kernels' });
const paths = availableKernels();
if (paths.length === 0) throw new Error('No native kernels here; run npm run build:native');
const native = loadKernels({ use: paths[0] });

let state = 1;
/** Uniform in [0, 1), the same in every run. */
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const floats = (length) => Float32Array.from({ length }, () => random() - 0.5);

/** Attention whose rows sum to about 1/2, as text rows have on visual keys. */
function attention(heads, rows, columns) {
  return Float32Array.from({ length: heads * rows * columns }, () => random() ** 4 / columns);
}

/** A map that keeps `kept` rows and merges 10 more into each of `clusters`. */
function rowMap(inputRows, kept, clusters) {
  const members = Array.from({ length: clusters * 10 }, (_, i) => kept + i);
  return {
    kind: 'row-map',
    inputRows,
    outputRows: kept + clusters,
    offsets: Int32Array.from({ length: kept + clusters + 1 }, (_, row) =>
      row <= kept ? row : kept + (row - kept) * 10,
    ),
    inputs: Int32Array.of(...Array.from({ length: kept }, (_, row) => row), ...members),
    weights: new Float32Array(kept + members.length).fill(1, 0, kept).fill(0.1, kept),
    anchors: new Int32Array(kept + clusters),
  };
}

const spacedRows = (total, count) =>
  Int32Array.from({ length: count }, (_, i) => Math.floor((i * total) / count));
const everySecond = (total, first) =>
  Int32Array.from({ length: total / 2 }, (_, i) => 2 * i + first);

/**
 * The primitives at the sizes of LLaVA-1.5-7B (576 visual tokens) and LLaVA-NeXT-7B (2 880), 74 text rows; features that
 * are compared have the tower's width.
 */
function* cases() {
  for (const visual of [576, 2880]) {
    const keep = visual === 576 ? 64 : 160;
    const hidden = floats(visual * 4096);
    const map = attention(32, 74, visual);
    const scores = floats(visual);
    const add = (title, bytes, call) => ({ title: `${title}, ${visual} tokens`, bytes, call });
    yield add('meanAttention', map.byteLength, (k) => k.meanAttention(map, 32, 74));
    yield add('mutualInformation', map.byteLength, (k) => k.mutualInformation(map, 32, 74));
    yield add('selectTopTokens', visual * 4, (k) => k.selectTopTokens(scores, keep));
    yield add('rankTokens, all', visual * 8, (k) => k.rankTokens(scores, visual));
    const rows = spacedRows(visual, keep);
    yield add('gatherRows', keep * 4096 * 8, (k) => k.gatherRows(hidden, 4096, rows));
    const gathered = new Float32Array(keep * 4096);
    yield add('gatherRows into memory', keep * 4096 * 8, (k) =>
      k.gatherRows(hidden, 4096, rows, gathered),
    );
    const merge = rowMap(visual, keep, 12);
    const mapped = (keep + 120 + keep + 12) * 4096 * 4;
    yield add('mapRows', mapped, (k) => k.mapRows(hidden, 4096, merge));
    const merged = new Float32Array((keep + 12) * 4096);
    yield add('mapRows into memory', mapped, (k) => k.mapRows(hidden, 4096, merge, merged));
    const pool = visual === 576 ? 120 : 750;
    const dropped = hidden.subarray(0, pool * 4096);
    const clusters = pool / 10 + 1;
    yield add(`densityPeaks of ${pool}`, dropped.byteLength + pool * pool * 4, (k) =>
      k.densityPeaks(dropped, 4096, clusters),
    );
    const features = hidden.subarray(0, visual * 1024);
    yield add('similarityMatrix', features.byteLength + visual * visual * 4, (k) =>
      k.similarityMatrix(features, 1024),
    );
    const [even, odd] = [everySecond(visual, 0), everySecond(visual, 1)];
    yield add('nearestTargets', visual * 64 * 4, (k) =>
      k.nearestTargets(hidden.subarray(0, visual * 64), 64, even, odd),
    );
    yield add('selectMaxMin', features.byteLength, (k) => k.selectMaxMin(features, 1024, keep));
    const relevance = floats(visual).map(Math.abs);
    yield add('selectDeterminantal', features.byteLength, (k) =>
      k.selectDeterminantal(features, 1024, relevance, keep),
    );
    const keyRows = visual + 110;
    const queries = { data: floats(32 * 74 * 128), heads: 32, width: 128 };
    const keys = { data: floats(32 * keyRows * 128), heads: 32, width: 128 };
    const options = { first: keyRows - 74, columns: spacedRows(visual, visual).map((r) => r + 35) };
    yield add('attentionScores', queries.data.byteLength + keys.data.byteLength, (k) =>
      k.attentionScores(queries, keys, options),
    );
  }
}

/** A picture of 12 megapixels to one tile of LLaVA-1.5: what is read once is the picture, what is written the values. */
function* pictures() {
  const [width, height] = [4000, 3000];
  const data = Uint8Array.from({ length: width * height * 3 }, () => random() * 256);
  const picture = { width, height, data };
  const config = parseClipProcessorConfig(
    { size: { shortest_edge: 336 }, crop_size: { width: 336, height: 336 } },
    'the sizes of LLaVA-1.5',
  );
  const planes = processPad(picture, config).data;
  yield {
    title: 'resized picture, 4000 × 3000',
    bytes: picture.data.byteLength,
    call: (_, kernels) => processPad(picture, config, kernels),
  };
  yield {
    title: 'pixel values, 336 × 336',
    bytes: planes.byteLength * 5,
    call: (_, kernels) => toPixelValues(planes, config, kernels),
  };
  const values = new Float32Array(planes.length);
  yield {
    title: 'pixel values into memory, 336 × 336',
    bytes: planes.byteLength * 5,
    call: (_, kernels) => toPixelValues(planes, config, kernels, values),
  };
}

function* allCases() {
  yield* cases();
  yield* pictures();
}

/** Milliseconds of one call, the mean of so many that they take about 2 ms. */
function timed(call, repeats) {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) call();
  return (performance.now() - start) / repeats;
}
const repeatsFor = (call) => Math.max(1, Math.min(1000, Math.round(2 / timed(call, 1))));

/** Bytes read and written per millisecond by a copy of 128 MB. */
function copyRate() {
  const source = new Float32Array(32 << 20).fill(1);
  const target = new Float32Array(source.length).fill(2);
  const times = Array.from({ length: 7 }, () => timed(() => target.set(source), 1));
  return (2 * source.byteLength) / spread(times).median;
}

const rate = copyRate();
console.log(`copy: ${(rate / 1e6).toFixed(1)} GB/s read and written\n`);
const results = {};
for (const { title, bytes, call } of allCases()) {
  if (only && !title.includes(only)) continue;
  const reference = () => call(typescriptKernels);
  const fast = () => call(native.kernels, native.picture);
  fast();
  const repeats = [repeatsFor(reference), repeatsFor(fast)];
  const times = { reference: [], native: [], speedUp: [] };
  const start = performance.now();
  for (let pair = 0; pair < pairs; pair++) {
    if (pair >= 3 && performance.now() - start > seconds * 1000) break;
    // The other way round every second time.
    const order = pair % 2 === 0 ? [0, 1] : [1, 0];
    const pairTimes = [0, 0];
    for (const side of order) pairTimes[side] = timed(side === 0 ? reference : fast, repeats[side]);
    times.reference.push(pairTimes[0]);
    times.native.push(pairTimes[1]);
    times.speedUp.push(pairTimes[0] / pairTimes[1]);
  }
  const others = paths.slice(1).map((path) => {
    const { kernels, picture } = loadKernels({ use: path });
    const one = () => call(kernels, picture);
    one();
    const count = repeatsFor(one);
    return [path, spread(Array.from({ length: 3 }, () => timed(one, count))).median];
  });
  const boundMs = bytes / rate;
  const result = {
    referenceMs: spread(times.reference),
    [`${paths[0]}Ms`]: spread(times.native),
    speedUp: spread(times.speedUp),
    ...Object.fromEntries(others.map(([path, ms]) => [`${path}Ms`, ms])),
    bytes,
    boundMs,
    shareOfBound: boundMs / spread(times.native).median,
  };
  results[title] = result;
  const { median, low, high } = result.speedUp;
  console.log(
    `${title.padEnd(38)} ${result.referenceMs.median.toPrecision(3).padStart(8)} ms → ${spread(times.native).median.toPrecision(3).padStart(8)} ms` +
      `  ×${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})  ${(100 * result.shareOfBound).toFixed(0)} % of the bound`,
  );
}
if (!only) writeReport(name, { pairs, copyBytesPerSecond: rate * 1000, paths, results });
