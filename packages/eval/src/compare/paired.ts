import { randomStream } from '@autoprune/core/random';
import type { ItemRecord } from '../benchmark.js';
import { signTest } from './sign-test.js';

/** The same item in two runs. */
export interface PairedItem {
  readonly id: string;
  readonly baseline: ItemRecord;
  readonly other: ItemRecord;
}

/** A pruned run held against an unpruned one, item by item. */
export interface PairedComparison {
  /** Items that both runs have. */
  readonly items: number;
  /** Items that only one of them has. */
  readonly unpaired: number;
  /** Mean scores over the paired items. */
  readonly baseline: number;
  readonly other: number;
  /** `other - baseline`. */
  readonly difference: number;
  /** 95 % percentile interval of the difference over resampled items. */
  readonly interval: readonly [low: number, high: number];
  /** `other / baseline`, as in the papers' tables; null where the baseline is 0. */
  readonly ratio: number | null;
  /** Items that score higher, and lower, than in the baseline. */
  readonly gained: readonly PairedItem[];
  readonly lost: readonly PairedItem[];
  /** Two-sided exact McNemar test of gained against lost. */
  readonly pValue: number;
  /** Share of items with the same answer in both, blanks at the ends aside ("loyalty"). */
  readonly agreement: number;
}

/** How the interval is made. */
export interface PairedOptions {
  /** Default 10,000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Items by id and, where ids repeat, by how often the id came before. */
function byOccurrence(items: Iterable<ItemRecord>): Map<string, ItemRecord> {
  const counts = new Map<string, number>();
  const keyed = new Map<string, ItemRecord>();
  for (const item of items) {
    const count = counts.get(item.id) ?? 0;
    counts.set(item.id, count + 1);
    keyed.set(JSON.stringify([item.id, count]), item);
  }
  return keyed;
}

const mean = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Percentile interval of the mean over items drawn with replacement. */
function bootstrapInterval(
  values: Float64Array,
  { resamples = 10_000, seed = 0 }: PairedOptions,
): [number, number] {
  const random = randomStream(seed);
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) sum += values[random.below(values.length)]!;
    means[resample] = sum / values.length;
  }
  means.sort();
  const at = (share: number): number =>
    means[Math.min(Math.floor(share * resamples), resamples - 1)]!;
  return [at(0.025), at(0.975)];
}

/**
 * Compares two runs over the same questions.
 *
 * @param baseline  items of the unpruned run
 * @param other  items of the pruned run
 */
export function comparePaired(
  baseline: Iterable<ItemRecord>,
  other: Iterable<ItemRecord>,
  options: PairedOptions = {},
): PairedComparison {
  const first = byOccurrence(baseline);
  const second = byOccurrence(other);
  const pairs = [...first].flatMap(([key, item]): PairedItem[] => {
    const partner = second.get(key);
    return partner ? [{ id: item.id, baseline: item, other: partner }] : [];
  });
  const differences = Float64Array.from(pairs, (pair) => pair.other.score - pair.baseline.score);
  const baselineMean = mean(Float64Array.from(pairs, (pair) => pair.baseline.score));
  const otherMean = mean(Float64Array.from(pairs, (pair) => pair.other.score));
  const gained = pairs.filter((_, at) => differences[at]! > 0);
  const lost = pairs.filter((_, at) => differences[at]! < 0);
  const same = pairs.filter(
    (pair) => pair.baseline.answer?.trim() === pair.other.answer?.trim(),
  ).length;
  return {
    items: pairs.length,
    unpaired: first.size + second.size - 2 * pairs.length,
    baseline: baselineMean,
    other: otherMean,
    difference: otherMean - baselineMean,
    interval: pairs.length === 0 ? [0, 0] : bootstrapInterval(differences, options),
    ratio: baselineMean === 0 ? null : otherMean / baselineMean,
    gained,
    lost,
    pValue: signTest(gained.length, lost.length),
    agreement: same / pairs.length,
  };
}
