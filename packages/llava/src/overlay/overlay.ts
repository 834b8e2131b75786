import { AutopruneError } from '@autoprune/core';
import sharp from 'sharp';
import type { PreparedPicture } from '../runtime/pictures.js';
import type { GenerationResult, TracedRow } from '../runtime/result.js';
import { curvePanel } from './curve-panel.js';
import { PALETTE } from './palette.js';
import { PatchGrid } from './patch-grid.js';
import { stagePanel } from './stage-panel.js';
import { fitText, textPath, textWidth } from './text-path.js';

/** What an overlay shows. */
export interface OverlayOptions {
  /** An answer that was generated with `trace: true`. */
  readonly result: GenerationResult;
  /** The pictures of the question, in order. */
  readonly pictures: readonly PreparedPicture[];
  readonly question: string;
  /** Patches are this many pixels of a tile. */
  readonly patchSize: number;
  /** Layers to show. Default: the first, the middle and the last. */
  readonly layers?: readonly number[];
}

const PANEL = 300;
const GAP = 24;
const MARGIN = 40;
const CURVE_HEIGHT = 84;
/** Pixels of a PNG per unit of the drawing. */
const PNG_SCALE = 2;

interface Drawing {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

function quantity(value: number): string {
  const units = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const;
  const unit = units.find(([size]) => value >= size);
  return unit ? `${(value / unit[0]).toFixed(2)} ${unit[1]}` : String(Math.round(value));
}

/** The middle of the decoder is where half of its layers have run. */
function defaultLayers(count: number): number[] {
  return [...new Set([0, Math.floor((count - 1) / 2), count - 1])];
}

/** The picture as a PNG of the size that it is drawn in, so that enlarging does not depend on the viewer. */
async function pictureHref(
  picture: PreparedPicture,
  width: number,
  height: number,
): Promise<string> {
  const { data, width: columns, height: rows } = picture.picture;
  const png = await sharp(data, { raw: { width: columns, height: rows, channels: 3 } })
    .resize(Math.round(width * PNG_SCALE), Math.round(height * PNG_SCALE), { fit: 'fill' })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

function header(options: OverlayOptions, width: number): string {
  const { result, question } = options;
  const firstLine = question.split('\n')[0]!;
  const room = width - 2 * MARGIN;
  const title = fitText(firstLine, room, 22, 'semibold');
  const { name, complexity, slope } = result.method;
  const facts = [
    result.model.id,
    name,
    ...(complexity === undefined ? [] : [`complexity ${complexity.toFixed(2)}`]),
    ...(slope === undefined ? [] : [`slope ${slope.toFixed(3)}`]),
  ].join('  ·  ');
  return [
    textPath(title, { x: MARGIN, y: 52, size: 22, fill: PALETTE.ink, weight: 'semibold' }),
    textPath(fitText(result.answer, room, 20), {
      x: MARGIN,
      y: 82,
      size: 20,
      fill: PALETTE.accent,
    }),
    textPath(fitText(facts, room, 13), { x: MARGIN, y: 106, size: 13, fill: PALETTE.quiet }),
  ].join('');
}

function caption(title: string, detail: string, x: number, y: number): string {
  const bold = textWidth(title, 13, 'semibold');
  return [
    textPath(title, { x, y, size: 13, fill: PALETTE.ink, weight: 'semibold' }),
    textPath(detail, { x: x + bold + 8, y, size: 13, fill: PALETTE.quiet }),
  ].join('');
}

function stageDetail(rows: readonly TracedRow[], visual: number): string {
  const merged = rows.filter((row) => typeof row === 'object' && row !== null && 'merged' in row);
  const kept = rows.length - merged.length;
  const groups = merged.length === 0 ? '' : ` + ${merged.length} merged`;
  return `${kept} of ${visual} tokens${groups}`;
}

function footer(options: OverlayOptions, width: number, y: number): string {
  const { cost, layers, tokens } = options.result;
  const curveWidth = Math.min(420, (width - 2 * MARGIN) * 0.5);
  const x = MARGIN + 26;
  const figures: [string, string][] = [
    ['mean entering', `${cost.meanEntering.toFixed(1)} of ${tokens.visual}`],
    ['mean leaving', `${cost.meanLeaving.toFixed(1)} of ${tokens.visual}`],
    ['prefill FLOPs', `${quantity(cost.flops)}, ${percent(cost.flopsRatio)} of unpruned`],
    [
      'KV cache',
      `${quantity(cost.kvBytes)}B, ${percent(cost.kvBytes / cost.kvBytesUnpruned)} of unpruned`,
    ],
  ];
  const column = x + curveWidth + 48;
  return [
    caption('Visual tokens entering each layer', '', MARGIN, y + 14),
    curvePanel(layers, { x, y: y + 28, width: curveWidth, height: CURVE_HEIGHT }),
    ...figures.map(([label, value], index) => {
      const baseline = y + 42 + index * 24;
      return (
        textPath(label, { x: column, y: baseline, size: 13, fill: PALETTE.quiet }) +
        textPath(value, { x: column + 108, y: baseline, size: 13, fill: PALETTE.ink })
      );
    }),
  ].join('');
}

/**
 * Draws what a method kept: the picture, then one panel a stage with dropped patches veiled, kept ones clear and
 * merged ones outlined, and below it the tokens entering each layer with the cost.
 *
 * @returns the drawing as SVG, without any font or outside file
 * @throws ARGUMENT_INVALID when the answer has no trace or there is no picture
 */
export async function overlaySvg(options: OverlayOptions): Promise<string> {
  return (await draw(options)).svg;
}

/** {@link overlaySvg} as a PNG, two pixels a unit. */
export async function overlayPng(options: OverlayOptions): Promise<Buffer> {
  const { svg, width } = await draw(options);
  return sharp(Buffer.from(svg), { density: 72 * PNG_SCALE })
    .resize({ width: Math.round(width * PNG_SCALE) })
    .flatten({ background: PALETTE.paper })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

async function draw(options: OverlayOptions): Promise<Drawing> {
  const { result, pictures, patchSize } = options;
  const kept = result.trace?.kept;
  if (!kept || pictures.length === 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      pictures.length === 0
        ? 'An overlay needs at least one picture'
        : 'An overlay needs an answer that was generated with trace: true',
    );
  }
  const layers = options.layers ?? defaultLayers(kept.length);
  const columns = layers.length + 1;
  const width = 2 * MARGIN + columns * PANEL + (columns - 1) * GAP;
  const parts: string[] = [header(options, width)];
  let y = 132;
  for (const [image, picture] of pictures.entries()) {
    const { width: pixels, height: lines } = picture.picture;
    const ratio = lines / pixels;
    const panelWidth = PANEL * Math.min(1, 1.4 / ratio);
    const height = panelWidth * ratio;
    const href = await pictureHref(picture, panelWidth, height);
    const { views } = picture.packing;
    for (const view of views.keys()) {
      const boxAt = (column: number) => ({
        x: MARGIN + column * (PANEL + GAP) + (PANEL - panelWidth) / 2,
        y: y + 24,
        width: panelWidth,
        height,
      });
      const first = boxAt(0);
      const title = pictures.length > 1 ? `Picture ${image + 1}` : 'Picture';
      const part = views.length > 1 ? (view === 0 ? ', whole' : ', tiles') : '';
      parts.push(
        caption(`${title}${part}`, `${pixels} × ${lines}`, MARGIN, y + 13),
        `<image href="${href}" x="${first.x}" y="${first.y}" width="${first.width}" height="${first.height}" preserveAspectRatio="none"/>`,
        `<rect x="${first.x}" y="${first.y}" width="${first.width}" height="${first.height}" fill="none" stroke="${PALETTE.rule}"/>`,
      );
      layers.forEach((layer, index) => {
        const rows = kept[layer]!;
        const grid = new PatchGrid(picture, view, boxAt(index + 1), patchSize);
        const x = MARGIN + (index + 1) * (PANEL + GAP);
        parts.push(
          caption(`After layer ${layer}`, stageDetail(rows, result.tokens.visual), x, y + 13),
          stagePanel(href, grid, rows, image, picture.tokens),
        );
      });
      y += 24 + height + 28;
    }
  }
  parts.push(footer(options, width, y));
  const height = Math.ceil(y + 28 + CURVE_HEIGHT + 44);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" fill="none"><rect width="${width}" height="${height}" fill="${PALETTE.paper}"/>${parts.join('')}</svg>\n`;
  return { svg, width, height };
}
