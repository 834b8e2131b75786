/** Softmax of the first `count` values, in place; later values are untouched. */
export function softmaxInPlace(values: Float64Array, count: number = values.length): void {
  let highest = -Infinity;
  for (let index = 0; index < count; index++) highest = Math.max(highest, values[index]!);
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const value = Math.exp(values[index]! - highest);
    values[index] = value;
    sum += value;
  }
  for (let index = 0; index < count; index++) values[index]! /= sum;
}
