import type { DensityPeaks } from '@autoprune/core';
import type { AddonFunctions } from './addon.js';
import { guarded } from './guarded.js';
import { isOutput, type Kernels, typescriptKernels as reference } from './kernels.js';

/** True for a whole number of outputs that can be asked of `limit` inputs. */
const isCount = (count: number, limit: number): boolean =>
  Number.isInteger(count) && count >= 0 && count <= limit;

/** Rows in `length` values, 0 where they do not divide. */
const rowsIn = (length: number, size: number): number =>
  size >= 1 && Number.isInteger(size) && length % size === 0 ? length / size : 0;

/**
 * The kernels of an addon. What it does not take on (a shape that does not fit, a value that is not finite, no
 * memory) goes to the reference, which computes it or says what is wrong.
 *
 * @param functions  of `addon.kernels(path)`
 */
export function nativeKernels(functions: AddonFunctions, name: string): Kernels {
  const densityPeaks: Kernels['densityPeaks'] = (tokens, width, clusters, noise) => {
    const count = rowsIn(tokens.length, width);
    const plain = () => reference.densityPeaks(tokens, width, clusters, noise);
    if (count === 0 || clusters < 1 || !isCount(clusters, count)) return plain();
    const distance = new Float32Array(count * count);
    const sums = new Float64Array(count);
    const found =
      functions.pairDistances(tokens, width, distance) &&
      functions.neighbourSums(distance, clusters, sums);
    if (!found) return plain();
    // Here and not in the addon, so that the exponential is the reference's to the last bit.
    const density = Float32Array.from(sums, (sum) => Math.exp(-sum / clusters));
    if (noise) {
      for (let i = 0; i < count; i++) density[i] = density[i]! + Math.fround(noise[i]! * 1e-6);
    }
    const peaks: DensityPeaks = {
      centres: new Int32Array(clusters),
      assignment: new Int32Array(count),
      density,
      delta: new Float32Array(count),
      score: new Float32Array(count),
    };
    const { centres, assignment, delta, score } = peaks;
    return functions.densityPeaks(distance, density, centres, assignment, delta, score)
      ? peaks
      : plain();
  };

  const kernels: Omit<Kernels, 'name'> = {
    meanAttention(attention, heads, rows) {
      const columns = rowsIn(attention.length, heads * rows);
      const mean = new Float32Array(columns);
      const done = columns > 0 && functions.meanAttention(attention, heads * rows, mean);
      return done ? mean : reference.meanAttention(attention, heads, rows);
    },
    mutualInformation(attention, heads, rows) {
      const fits = rowsIn(attention.length, heads * rows) > 0;
      const information = new Float64Array(fits ? heads : 0);
      const done = fits && functions.mutualInformation(attention, heads, rows, information);
      return done ? information : reference.mutualInformation(attention, heads, rows);
    },
    selectTopTokens(scores, count) {
      if (!isCount(count, scores.length)) return reference.selectTopTokens(scores, count);
      const out = new Int32Array(count);
      return functions.selectTopTokens(scores, out)
        ? out
        : reference.selectTopTokens(scores, count);
    },
    rankTokens(scores, count) {
      if (!isCount(count, scores.length)) return reference.rankTokens(scores, count);
      const out = new Int32Array(count);
      return functions.rankTokens(scores, out) ? out : reference.rankTokens(scores, count);
    },
    gatherRows(source, width, rows, into) {
      const plain = () => reference.gatherRows(source, width, rows, into);
      const length = rows.length * width;
      if (!isOutput(into, length, source)) return plain();
      const out = into ?? new Float32Array(length);
      return functions.gatherRows(source, width, rows, out) ? out : plain();
    },
    mapRows(source, width, map, into) {
      const plain = () => reference.mapRows(source, width, map, into);
      const length = map.outputRows * width;
      if (source.length !== map.inputRows * width || !isOutput(into, length, source))
        return plain();
      const out = into ?? new Float32Array(length);
      const { offsets, inputs, weights } = map;
      return functions.mapRows(source, width, offsets, inputs, weights, out) ? out : plain();
    },
    densityPeaks,
    similarityMatrix(tokens, width) {
      const count = rowsIn(tokens.length, width);
      const similarity = new Float32Array(count * count);
      const done = count > 0 && functions.similarityMatrix(tokens, width, similarity);
      return done ? similarity : reference.similarityMatrix(tokens, width);
    },
    nearestTargets(tokens, width, rows, targets) {
      const plain = () => reference.nearestTargets(tokens, width, rows, targets);
      if (rowsIn(tokens.length, width) === 0 || targets.length === 0) return plain();
      const nearest = new Int32Array(rows.length);
      const similarity = new Float32Array(rows.length);
      const done = functions.nearestTargets(tokens, width, rows, targets, nearest, similarity);
      return done ? { nearest, similarity } : plain();
    },
    selectMaxMin(tokens, width, count) {
      const plain = () => reference.selectMaxMin(tokens, width, count);
      if (!isCount(count, rowsIn(tokens.length, width))) return plain();
      const order = new Int32Array(count);
      return functions.selectMaxMin(tokens, width, order) ? order : plain();
    },
    selectDeterminantal(tokens, width, relevance, count) {
      const plain = () => reference.selectDeterminantal(tokens, width, relevance, count);
      const total = rowsIn(tokens.length, width);
      if (!isCount(count, total) || relevance.length !== total) return plain();
      const order = new Int32Array(count);
      const gains = new Float32Array(count);
      const done = functions.selectDeterminantal(tokens, width, relevance, order, gains);
      return done ? { order, gains } : plain();
    },
    attentionScores(queries, keys, options) {
      const { first, columns } = options;
      const { heads, width } = queries;
      const rows = rowsIn(queries.data.length, heads * width);
      const keyRows = rowsIn(keys.data.length, keys.heads * width);
      const fits =
        rows > 0 &&
        keys.width === width &&
        Number.isInteger(heads / keys.heads) &&
        isCount(first, keyRows - rows);
      const mean = new Float32Array(columns.length);
      const information = new Float64Array(fits ? heads : 0);
      const done =
        fits &&
        functions.attentionScores(
          queries.data,
          heads,
          keys.data,
          keys.heads,
          width,
          first,
          columns,
          mean,
          information,
        );
      return done ? { mean, information } : reference.attentionScores(queries, keys, options);
    },
  };
  return { ...guarded(kernels), name };
}
