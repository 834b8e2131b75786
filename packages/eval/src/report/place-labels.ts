/** A point that is to be labelled. */
export interface LabelledPoint {
  readonly left: number;
  readonly top: number;
  readonly text: string;
}

/** Where a label goes: its left end and its baseline, and where a line from the point meets it. */
export interface PlacedLabel extends LabelledPoint {
  readonly labelLeft: number;
  readonly baseline: number;
  readonly meets: { readonly left: number; readonly top: number };
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A character of the plots' 11-pixel type is about so wide in the wider ones of the usual system fonts. */
const CHARACTER_WIDTH = 6.6;
const LINE_HEIGHT = 13;
const GAP = 8;
/** Rings of places around a point, from near to far. */
const DISTANCES = [1, 1.8, 2.6, 3.6];

const overlaps = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const isInside = (box: Box, area: Box): boolean =>
  box.left >= area.left &&
  box.right <= area.right &&
  box.top >= area.top &&
  box.bottom <= area.bottom;

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), high);

/** Places around a point: beside it, then above and below, ever farther. */
function* placesAround({ left, top, text }: LabelledPoint): Generator<Box> {
  const width = text.length * CHARACTER_WIDTH;
  const box = (x: number, middle: number): Box => ({
    left: x,
    right: x + width,
    top: middle - LINE_HEIGHT / 2,
    bottom: middle + LINE_HEIGHT / 2,
  });
  for (const distance of DISTANCES) {
    const away = GAP * distance;
    const beside = [left + away, left - away - width];
    for (const x of beside) yield box(x, top - (distance - 1) * LINE_HEIGHT);
    for (const x of beside) yield box(x, top + (distance - 1) * LINE_HEIGHT);
    for (const middle of [top - away - LINE_HEIGHT / 2, top + away + LINE_HEIGHT / 2]) {
      for (const x of [left - width / 2, left - width, left]) yield box(x, middle);
    }
  }
}

/**
 * Places labels so that none covers another one or a point; the first come first. One without a free place is left out.
 *
 * @param area  what labels must stay in
 * @param obstacles  places of all points, in the units of the plot
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  area: Box,
  obstacles: readonly { readonly left: number; readonly top: number }[],
): readonly PlacedLabel[] {
  const taken: Box[] = obstacles.map(({ left, top }) => ({
    left: left - 4,
    right: left + 4,
    top: top - 4,
    bottom: top + 4,
  }));
  return points.flatMap((point): PlacedLabel[] => {
    for (const box of placesAround(point)) {
      if (!isInside(box, area) || taken.some((other) => overlaps(box, other))) continue;
      taken.push(box);
      const meets = {
        left: clamp(point.left, box.left, box.right),
        top: clamp(point.top, box.top, box.bottom),
      };
      return [{ ...point, labelLeft: box.left, baseline: box.bottom - 3, meets }];
    }
    return [];
  });
}
