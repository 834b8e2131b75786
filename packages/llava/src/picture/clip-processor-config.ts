import { AutopruneError } from '@autoprune/core';
import { z } from 'zod';
import { parseGridPinpoints } from './grid-pinpoints.js';
import type { Extent } from './picture.js';
import { RESIZE_FILTERS, type ResizeFilter } from './resize-filter.js';

/** One number for each of red, green, blue. */
export type ChannelValues = readonly [number, number, number];

/** What preprocessor_config.json says, for CLIPImageProcessor and LlavaNextImageProcessor. */
export interface ClipProcessorConfig {
  readonly doResize: boolean;
  /** Either the length of the shorter side, in pixels, or both sides (the aspect ratio is then lost). */
  readonly size: { readonly shortestEdge: number } | Extent;
  readonly resample: ResizeFilter;
  readonly doCenterCrop: boolean;
  readonly cropSize: Extent;
  readonly doRescale: boolean;
  /** Factor from bytes to [0, 1]. */
  readonly rescaleFactor: number;
  readonly doNormalize: boolean;
  /** In units of the rescaled picture. */
  readonly imageMean: ChannelValues;
  readonly imageStd: ChannelValues;
  /** LLaVA-NeXT: grid sizes in pixels, in file order. */
  readonly imageGridPinpoints?: readonly Extent[];
}

const side = z.int().positive();
const bothSides = z.object({ height: side, width: side });
const pair = z.tuple([side, side]).transform(([height, width]) => ({ height, width }));
const channels = z.union([
  z.number().transform((value): ChannelValues => [value, value, value]),
  z.tuple([z.number(), z.number(), z.number()]),
]);
const positive = z.number().positive();

/** Missing and null fields take the defaults of CLIPImageProcessor: 224 pixels, bicubic, OpenAI's mean and std. */
const schema = z.object({
  do_resize: z.boolean().nullish(),
  size: z
    .union([
      side.transform((shortestEdge) => ({ shortestEdge })),
      z.object({ shortest_edge: side }).transform((size) => ({ shortestEdge: size.shortest_edge })),
      bothSides,
      pair,
    ])
    .nullish(),
  resample: z
    .int()
    .min(0)
    .max(RESIZE_FILTERS.length - 1)
    .nullish(),
  do_center_crop: z.boolean().nullish(),
  crop_size: z
    .union([side.transform((length) => ({ height: length, width: length })), bothSides, pair])
    .nullish(),
  do_rescale: z.boolean().nullish(),
  rescale_factor: positive.nullish(),
  do_normalize: z.boolean().nullish(),
  image_mean: channels.nullish(),
  image_std: channels
    .refine((values) => values.every((value) => value !== 0), 'must not hold 0')
    .nullish(),
  image_grid_pinpoints: z.unknown().optional(),
});

const EXPECTED: Readonly<Record<string, string>> = {
  size: 'a whole number, {"shortest_edge"} or {"height", "width"}',
  crop_size: 'a whole number or {"height", "width"}',
  resample: `a whole number from 0 to ${RESIZE_FILTERS.length - 1}`,
  rescale_factor: 'a positive number',
  image_mean: 'a number or three',
  image_std: 'a number or three, none of them 0',
};

function invalid(file: string, json: unknown, error: z.ZodError): AutopruneError {
  const field = error.issues[0]?.path[0];
  if (typeof field !== 'string') {
    return new AutopruneError(
      'PROCESSOR_INVALID',
      `${file} must hold a JSON object; take the file from the checkpoint again`,
      { file },
      { cause: error },
    );
  }
  const value = (json as Record<string, unknown>)[field];
  return new AutopruneError(
    'PROCESSOR_INVALID',
    `${file}: Expected ${EXPECTED[field] ?? 'true or false'} for ${field} but received ${JSON.stringify(value)}`,
    { file, field, value },
    { cause: error },
  );
}

/**
 * Reads preprocessor_config.json in any of its historical forms; unknown keys are ignored.
 *
 * @param json  the parsed file
 * @param file  its name, for messages
 * @throws PROCESSOR_INVALID, naming the file and the first wrong field
 */
export function parseClipProcessorConfig(json: unknown, file: string): ClipProcessorConfig {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalid(file, json, parsed.error);
  const { data } = parsed;
  const pinpoints = data.image_grid_pinpoints ?? undefined;
  return {
    doResize: data.do_resize ?? true,
    size: data.size ?? { shortestEdge: 224 },
    resample: RESIZE_FILTERS[data.resample ?? 3]!,
    doCenterCrop: data.do_center_crop ?? true,
    cropSize: data.crop_size ?? { width: 224, height: 224 },
    doRescale: data.do_rescale ?? true,
    rescaleFactor: data.rescale_factor ?? 1 / 255,
    doNormalize: data.do_normalize ?? true,
    imageMean: data.image_mean ?? [0.48145466, 0.4578275, 0.40821073],
    imageStd: data.image_std ?? [0.26862954, 0.26130258, 0.27577711],
    ...(pinpoints === undefined
      ? {}
      : { imageGridPinpoints: parseGridPinpoints(pinpoints, 'height-width', file) }),
  };
}
