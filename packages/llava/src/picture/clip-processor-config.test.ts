import { AutopruneError } from '@autoprune/core';
import { describe, expect, it } from 'vitest';
import { parseClipProcessorConfig } from './clip-processor-config.js';
import { parseGridPinpoints } from './grid-pinpoints.js';

const parse = (json: unknown) => parseClipProcessorConfig(json, 'preprocessor_config.json');

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (AutopruneError.isInstance(error, 'PROCESSOR_INVALID')) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('parseClipProcessorConfig', () => {
  it('fills in the defaults of CLIPImageProcessor', () => {
    expect(parse({ some_future_key: 1, do_pad: null })).toEqual({
      doResize: true,
      size: { shortestEdge: 224 },
      resample: 'bicubic',
      doCenterCrop: true,
      cropSize: { width: 224, height: 224 },
      doRescale: true,
      rescaleFactor: 1 / 255,
      doNormalize: true,
      imageMean: [0.48145466, 0.4578275, 0.40821073],
      imageStd: [0.26862954, 0.26130258, 0.27577711],
    });
  });

  it.each([
    [336, { shortestEdge: 336 }],
    [{ shortest_edge: 336 }, { shortestEdge: 336 }],
    [
      { height: 336, width: 448 },
      { height: 336, width: 448 },
    ],
    [[336, 448], { height: 336, width: 448 }],
    [null, { shortestEdge: 224 }],
  ])('reads size %j', (size, expected) => {
    expect(parse({ size }).size).toEqual(expected);
  });

  it.each([
    [336, { height: 336, width: 336 }],
    [
      { height: 336, width: 448 },
      { height: 336, width: 448 },
    ],
  ])('reads crop_size %j', (crop_size, expected) => {
    expect(parse({ crop_size }).cropSize).toEqual(expected);
  });

  it('reads flags, filter, one mean for all channels and grid sizes as height and width', () => {
    const config = parse({
      do_resize: false,
      do_center_crop: false,
      do_rescale: false,
      do_normalize: false,
      resample: 2,
      rescale_factor: 0.5,
      image_mean: 0.5,
      image_grid_pinpoints: [[336, 672]],
    });
    expect(config).toMatchObject({
      doResize: false,
      doCenterCrop: false,
      doRescale: false,
      doNormalize: false,
      resample: 'bilinear',
      rescaleFactor: 0.5,
      imageMean: [0.5, 0.5, 0.5],
      imageGridPinpoints: [{ height: 336, width: 672 }],
    });
  });

  it('names the file and the field that is wrong', () => {
    const messages = [
      parse.bind(null, { size: { longest_edge: 336 } }),
      parse.bind(null, { crop_size: { shortest_edge: 336 } }),
      parse.bind(null, { crop_size: 0 }),
      parse.bind(null, { resample: 7 }),
      parse.bind(null, { do_resize: 'yes' }),
      parse.bind(null, { image_mean: [0.5, 0.5] }),
      parse.bind(null, { image_std: [1, 0, 1] }),
      parse.bind(null, { rescale_factor: -1 }),
      parse.bind(null, { image_grid_pinpoints: 'none' }),
      parse.bind(null, []),
      parse.bind(null, undefined),
    ].map(messageOf);
    expect(messages).toMatchInlineSnapshot(`
      [
        "preprocessor_config.json: Expected a whole number, {"shortest_edge"} or {"height", "width"} for size but received {"longest_edge":336}",
        "preprocessor_config.json: Expected a whole number or {"height", "width"} for crop_size but received {"shortest_edge":336}",
        "preprocessor_config.json: Expected a whole number or {"height", "width"} for crop_size but received 0",
        "preprocessor_config.json: Expected a whole number from 0 to 5 for resample but received 7",
        "preprocessor_config.json: Expected true or false for do_resize but received "yes"",
        "preprocessor_config.json: Expected a number or three for image_mean but received [0.5,0.5]",
        "preprocessor_config.json: Expected a number or three, none of them 0 for image_std but received [1,0,1]",
        "preprocessor_config.json: Expected a positive number for rescale_factor but received -1",
        "preprocessor_config.json: image_grid_pinpoints must be a list of pairs of whole numbers; take the file from the checkpoint again",
        "preprocessor_config.json must hold a JSON object; take the file from the checkpoint again",
        "preprocessor_config.json must hold a JSON object; take the file from the checkpoint again",
      ]
    `);
  });
});

describe('parseGridPinpoints', () => {
  it('takes the order of the configuration it comes from', () => {
    expect(parseGridPinpoints([[1, 2]], 'height-width', 'x')).toEqual([{ height: 1, width: 2 }]);
    expect(parseGridPinpoints([[1, 2]], 'width-height', 'x')).toEqual([{ width: 1, height: 2 }]);
  });

  it('reads the Python literal of older configurations', () => {
    const literal = '[(336, 672), (672, 336),]';
    expect(parseGridPinpoints(literal, 'width-height', 'x')).toEqual([
      { width: 336, height: 672 },
      { width: 672, height: 336 },
    ]);
  });
});
