/// <reference path="./opentype.d.ts" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype, { type Font } from 'opentype.js';

/** Weights of the typeface (Inter). */
export type FontWeight = 'regular' | 'semibold';

const FILES: Readonly<Record<FontWeight, string>> = {
  regular: '@fontsource/inter/files/inter-latin-400-normal.woff',
  semibold: '@fontsource/inter/files/inter-latin-600-normal.woff',
};

const fonts = new Map<FontWeight, Font>();

function fontOf(weight: FontWeight): Font {
  let font = fonts.get(weight);
  if (!font) {
    const path = createRequire(import.meta.url).resolve(FILES[weight]);
    font = opentype.parse(Uint8Array.from(readFileSync(path)).buffer);
    fonts.set(weight, font);
  }
  return font;
}

/** Where and how a line of text is set. */
export interface TextStyle {
  readonly x: number;
  /** Baseline. */
  readonly y: number;
  readonly size: number;
  readonly fill: string;
  readonly weight?: FontWeight;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** Width of a line of text. */
export function textWidth(text: string, size: number, weight: FontWeight = 'regular'): number {
  const font = fontOf(weight);
  let width = 0;
  for (const character of text) width += font.charToGlyph(character).advanceWidth;
  return (width * size) / font.unitsPerEm;
}

/**
 * A line of text as an SVG path, so that drawings look the same on machines without fonts. Characters that the
 * typeface lacks are drawn as its empty box.
 */
export function textPath(text: string, style: TextStyle): string {
  const { size, fill, weight = 'regular', anchor = 'start' } = style;
  const font = fontOf(weight);
  const shift = { start: 0, middle: 0.5, end: 1 }[anchor] * textWidth(text, size, weight);
  let x = style.x - shift;
  let data = '';
  for (const character of text) {
    const glyph = font.charToGlyph(character);
    data += glyph.getPath(x, style.y, size).toPathData(2);
    x += (glyph.advanceWidth * size) / font.unitsPerEm;
  }
  return data === '' ? '' : `<path d="${data}" fill="${fill}"/>`;
}

/** The beginning of `text` that fits into `width`, with an ellipsis where it was cut. */
export function fitText(
  text: string,
  width: number,
  size: number,
  weight: FontWeight = 'regular',
): string {
  if (textWidth(text, size, weight) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 0) {
    characters.pop();
    const cut = `${characters.join('').trimEnd()}…`;
    if (textWidth(cut, size, weight) <= width) return cut;
  }
  return '';
}
