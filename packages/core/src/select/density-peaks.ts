import { AutopruneError, requireNumber } from '../errors.js';

/** What `densityPeaks` found. All indices are into its input. */
export interface DensityPeaks {
  /** int32 [clusters]: centres in descending delta × density; the order of the output clusters. */
  readonly centres: Int32Array;
  /** int32 [m]: cluster of every token. */
  readonly assignment: Int32Array;
  /** float32 [m]: local density, noise included. */
  readonly density: Float32Array;
  /** float32 [m]: distance to the nearest denser token; the largest distance of all where there is none. */
  readonly delta: Float32Array;
  /** float32 [m]: delta × density. */
  readonly score: Float32Array;
}

/** Euclidean distances / √width between all pairs, float32 [m, m]; symmetric to the bit. */
function pairDistances(tokens: Float32Array, width: number, count: number): Float32Array {
  const distance = new Float32Array(count * count);
  const scale = 1 / Math.sqrt(width);
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      let sum = 0;
      for (let a = i * width, b = j * width, end = a + width; a < end; a++, b++) {
        const difference = tokens[a]! - tokens[b]!;
        sum += difference * difference;
      }
      const value = Math.sqrt(sum) * scale;
      distance[i * count + j] = value;
      distance[j * count + i] = value;
    }
  }
  return distance;
}

/** exp(−mean of the squares of the `neighbours` smallest distances), the distance to itself included. */
function localDensity(distance: Float32Array, count: number, neighbours: number): Float32Array {
  const density = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const row = distance.slice(i * count, (i + 1) * count).sort();
    let sum = 0;
    for (let n = 0; n < neighbours; n++) sum += row[n]! * row[n]!;
    density[i] = Math.exp(-sum / neighbours);
  }
  return density;
}

/**
 * Clusters tokens by density peaks (DPC-KNN, as in SparseVLM's and AutoPrune's `cluster_and_merge`).
 *
 * Density and delta follow the published code in float32, whose number of neighbours equals the number
 * of clusters. With two clusters mutually nearest tokens have exactly equal densities; the published
 * code lets noise decide, ours takes the lower index (docs/decisions/0002).
 *
 * @param tokens  float32 [m, width]; read only
 * @param clusters  whole number in [1, m]
 * @param noise  float32 [m] of U[0, 1); multiplied by 1e-6 and added to the densities. Default none
 */
export function densityPeaks(
  tokens: Float32Array,
  width: number,
  clusters: number,
  noise?: Float32Array,
): DensityPeaks {
  const count = tokens.length / width;
  if (!Number.isInteger(count)) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `Expected rows of ${width} values for tokens but received ${tokens.length} values`,
      { width, length: tokens.length },
    );
  }
  requireNumber('clusters', clusters, { min: 1, max: count, integer: true });
  const distance = pairDistances(tokens, width, count);
  const density = localDensity(distance, count, clusters);
  if (noise) {
    for (let i = 0; i < count; i++) density[i] = density[i]! + Math.fround(noise[i]! * 1e-6);
  }
  let largest = 0;
  for (const value of distance) largest = Math.max(largest, value);
  const delta = new Float32Array(count);
  const score = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let nearest = largest;
    for (let j = 0; j < count; j++) {
      if (density[j]! > density[i]!) nearest = Math.min(nearest, distance[i * count + j]!);
    }
    delta[i] = nearest;
    score[i] = nearest * density[i]!;
  }
  const centres = Int32Array.from(score, (_, index) => index)
    .sort((a, b) => score[b]! - score[a]! || a - b)
    .slice(0, clusters);
  const assignment = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    let best = 0;
    for (let c = 1; c < clusters; c++) {
      if (distance[i * count + centres[c]!]! < distance[i * count + centres[best]!]!) best = c;
    }
    assignment[i] = best;
  }
  centres.forEach((centre, cluster) => {
    assignment[centre] = cluster;
  });
  return { centres, assignment, density, delta, score };
}
