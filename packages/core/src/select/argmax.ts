/** Position of the highest value; ties keep the earlier one. 0 where there is nothing above -Infinity. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[best]!) best = index;
  }
  return best;
}
