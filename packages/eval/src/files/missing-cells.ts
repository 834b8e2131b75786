/** Texts that pandas takes for a missing cell, besides the empty one. */
const MISSING = new Set(
  '#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null'.split(
    '|',
  ),
);

/** The text of a cell as pandas reads it; null for a missing one. */
export const orMissing = (text: string): string | null =>
  text === '' || MISSING.has(text) ? null : text;
