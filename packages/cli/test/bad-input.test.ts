import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { modelFolder, shapesVqaFolder } from '@autoprune/tiny-llava';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CliRun, emptyFolder, linesOf, runCli } from './run-cli.js';

const picture = join(shapesVqaFolder, 'images', '0000.jpg');
const question = 'What is this?';
const folder = emptyFolder();
const file = (name: string) => join(folder, name);

/** Exactly one line, no stack, and the expected words. */
function expectOneLine(run: CliRun, code: number, words: RegExp): void {
  expect(run.stderr).toMatch(words);
  expect(run.code).toBe(code);
  expect(run.stdout).toBe('');
  expect(run.stderr).not.toMatch(/\n\s+at /);
  // A usage error of the command line itself is followed by the line that names --help.
  const lines = linesOf(run.stderr).filter((line) => !line.startsWith('(autoprune '));
  expect(lines).toHaveLength(1);
}

/** A PNG whose header claims a size that its data do not have. */
function pngClaiming(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(64))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('bad pictures', () => {
  beforeAll(async () => {
    const plain = (width: number, height: number) =>
      sharp({ create: { width, height, channels: 3, background: '#888' } });
    writeFileSync(file('empty.png'), '');
    writeFileSync(file('notes.txt'), 'This is not a picture.\n');
    const jpeg = readFileSync(picture);
    writeFileSync(file('truncated.jpg'), jpeg.subarray(0, jpeg.length / 2));
    await plain(1, 1).png().toFile(file('one.png'));
    await plain(3, 9000).png().toFile(file('thin.png'));
    writeFileSync(file('bomb.png'), pngClaiming(30_000, 30_000));
    const frames = await Promise.all(
      ['#f00', '#00f'].map((background) =>
        sharp({ create: { width: 16, height: 16, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    await sharp(frames, { join: { animated: true } })
      .gif()
      .toFile(file('animated.gif'));
  });

  it.each([
    ['missing.png', 3, /missing\.png/],
    ['empty.png', 2, /empty\.png.*empty|0 bytes/],
    ['notes.txt', 2, /notes\.txt/],
    ['truncated.jpg', 2, /truncated\.jpg/],
    ['one.png', 2, /one\.png is 1 × 1 pixels, but at least 2/],
    ['thin.png', 2, /thin\.png is 3 × 9000 pixels.*200:1/],
    ['bomb.png', 2, /bomb\.png.*900000000 pixels, above the limit of 178956970/],
    ['animated.gif', 2, /animated\.gif.*2 .*--frame/],
  ])('%s is refused with exit code %i', async (name, code, words) => {
    expectOneLine(await runCli(['ask', file(name), question]), code, words);
  });

  it('takes one frame of an animated picture', async () => {
    const run = await runCli(['ask', file('animated.gif'), question, '--frame', '1']);
    expect(run.code).toBe(0);
  });
});

describe('bad budgets', () => {
  it.each([
    [['--target-tokens', '0'], /meanLeaving=0/],
    [['--target-tokens', '-1'], /meanLeaving=-1/],
    [['--target-tokens', 'NaN'], /NaN is not a number/],
    [['--target-tokens', 'many'], /many is not a number/],
    [['--target-tokens', '145'], /meanLeaving=145.*144 visual tokens/],
    [['--budget', 'flops=2'], /flops=2.*at most 1/],
    [['--budget', 'tokens=64'], /Unknown budget "tokens=64"/],
    [['--budget', 'flops='], /flops=NaN/],
    [['--target-tokens', '0', '--reference'], /meanLeaving=0/],
    [['--target-tokens', '64', '--budget', 'flops=0.5'], /cannot be used with/],
    [['--budget', 'flops=0.01'], /cannot be reached/],
  ])('%j is refused', async (flags, words) => {
    expectOneLine(await runCli(['ask', picture, question, ...flags]), 2, words);
  });
});

describe('bad names', () => {
  it.each([
    [['--method', 'autoprun'], 2, /did you mean autoprune\?/],
    [['--metod', 'fastv'], 2, /Did you mean --method\?/],
    [['--param', 'kep=3', '--method', 'fastv'], 2, /did you mean keep\?/],
    [['--method', 'snapkv', '--param', 'headAdaptive=yes'], 2, /boolean.*received yes/],
    [['--method', 'fastv', '--param', 'keep=many'], 2, /integer.*received many/],
    [['--model', 'tinny'], 3, /tinny.*did you mean tiny\?/],
    [['--template', 'vicuna_v2'], 3, /vicuna_v2/],
  ])('%j is refused with exit code %i', async (flags, code, words) => {
    const run = await runCli(['ask', picture, question, ...flags]);
    expect(run.stderr).toMatch(words);
    expect(run.code).toBe(code);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it('offers the nearest command', async () => {
    const run = await runCli(['aks', picture, question]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/Did you mean ask\?/);
  });
});

describe('bad checkpoints', () => {
  let model: string;
  /** A copy of the embedded checkpoint that `change` spoils. */
  const spoiled = (name: string, change: (folder: string) => void): string => {
    const copy = file(name);
    cpSync(modelFolder, copy, { recursive: true });
    change(copy);
    return copy;
  };
  const weights = 'model.safetensors';
  const headerOf = (bytes: Buffer) => {
    const length = Number(bytes.readBigUInt64LE(0));
    return {
      header: JSON.parse(bytes.toString('utf8', 8, 8 + length)),
      data: bytes.subarray(8 + length),
    };
  };
  /** Rewrites the header of the weights. */
  const withHeader =
    (
      change: (
        header: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>,
      ) => void,
    ) =>
    (copy: string) => {
      const path = join(copy, weights);
      const { header, data } = headerOf(readFileSync(path));
      change(header);
      const text = Buffer.from(JSON.stringify(header));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      writeFileSync(path, Buffer.concat([length, text, data]));
    };
  const norm = 'language_model.model.norm.weight';

  beforeAll(() => {
    model = file('models');
    mkdirSync(model);
  });

  it.each<[string, (copy: string) => void, number, RegExp]>([
    ['no-config', (copy) => writeFileSync(join(copy, 'config.json'), ''), 2, /config\.json/],
    [
      'other-family',
      (copy) => writeFileSync(join(copy, 'config.json'), '{"model_type":"bert"}'),
      4,
      /"bert" is not supported/,
    ],
    [
      'truncated',
      (copy) =>
        writeFileSync(
          join(copy, weights),
          readFileSync(join(copy, weights)).subarray(0, 3_000_000),
        ),
      2,
      /truncated or damaged/,
    ],
    [
      'header-2-60',
      (copy) => {
        const bytes = readFileSync(join(copy, weights));
        bytes.writeBigUInt64LE(2n ** 60n);
        writeFileSync(join(copy, weights), bytes);
      },
      2,
      /header is 1152921504606846976 bytes long/,
    ],
    [
      'header-beyond',
      (copy) => {
        const bytes = readFileSync(join(copy, weights));
        bytes.writeBigUInt64LE(50_000_000n);
        writeFileSync(join(copy, weights), bytes);
      },
      2,
      /header is 50000000 bytes long, but the file has/,
    ],
    [
      'not-json',
      (copy) => {
        const bytes = readFileSync(join(copy, weights));
        bytes.write('nonsense', 8);
        writeFileSync(join(copy, weights), bytes);
      },
      2,
      /header that is not JSON/,
    ],
    [
      'overlap',
      withHeader((header) => {
        const names = Object.keys(header).filter((name) => name !== '__metadata__');
        const [a, b] = [header[names[3]!]!, header[names[4]!]!];
        const length = b.data_offsets[1]! - b.data_offsets[0]!;
        b.data_offsets = [a.data_offsets[0]!, a.data_offsets[0]! + length];
      }),
      2,
      /overlap/,
    ],
    [
      'outside',
      withHeader((header) => {
        const entry = header[norm]!;
        entry.data_offsets = entry.data_offsets.map((offset) => offset + 100_000_000);
      }),
      2,
      /lies at bytes/,
    ],
    [
      'missing-tensor',
      withHeader((header) => {
        delete header[norm];
      }),
      2,
      /language_model\.model\.norm\.weight is missing/,
    ],
    [
      'wrong-shape',
      withHeader((header) => {
        header[norm]!.shape = [64, 2];
      }),
      2,
      /has shape \[64, 2\] but config\.json asks for \[128\]/,
    ],
    [
      'wrong-size',
      withHeader((header) => {
        header[norm]!.shape = [129];
      }),
      2,
      /which takes 258 bytes, but spans 256/,
    ],
    [
      'unknown-dtype',
      withHeader((header) => {
        header[norm]!.dtype = 'F12';
      }),
      2,
      /unknown dtype "F12"/,
    ],
    [
      'vocabulary',
      (copy) => {
        const path = join(copy, 'config.json');
        const config = JSON.parse(readFileSync(path, 'utf8'));
        config.text_config.vocab_size = 600;
        writeFileSync(path, JSON.stringify(config));
      },
      2,
      /650 ids.*600 rows/,
    ],
    [
      'tokenizer',
      (copy) => writeFileSync(join(copy, 'tokenizer.json'), '{"model": 3}'),
      2,
      /tokenizer\.json/,
    ],
    [
      'processor',
      (copy) =>
        writeFileSync(join(copy, 'preprocessor_config.json'), '{"crop_size": 336, "size": 336}'),
      2,
      /crop_size is 336 × 336/,
    ],
  ])('%s is refused', async (name, change, code, words) => {
    const copy = spoiled(name, change);
    expectOneLine(await runCli(['ask', picture, question, '--model', copy]), code, words);
  });

  it('a folder without config.json is refused with exit code 3', async () => {
    expectOneLine(
      await runCli(['ask', picture, question, '--model', model]),
      3,
      /has no config\.json/,
    );
  });
});

describe('bad outputs', () => {
  it('a full device is one clear line, and no temporary file stays', async () => {
    const run = await runCli(['ask', picture, question, '--json', '--trace', '/dev/full']);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/\/dev\/full could not be written: the disk is full/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    // The answer itself is not lost.
    expect(JSON.parse(run.stdout).answer).toBeTypeOf('string');
  });

  it('a full standard output is one clear line', async () => {
    const run = await runCli(['methods', '--json'], { stdoutFile: openSync('/dev/full', 'w') });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/standard output could not be written: the disk is full/);
  });

  it('a folder that does not exist is refused before the model is loaded', async () => {
    const run = await runCli(['ask', picture, question, '--overlay', file('nowhere/kept.png')]);
    expectOneLine(run, 1, /nowhere\/kept\.png could not be written: its folder does not exist/);
  });

  it.skipIf(process.getuid?.() === 0)('a read-only folder is refused', async () => {
    const locked = file('locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const run = await runCli(['ask', picture, question, '--overlay', join(locked, 'kept.png')]);
    expectOneLine(run, 1, /no permission/);
  });

  it('a folder in place of a file is refused', async () => {
    expectOneLine(await runCli(['ask', picture, question, '--trace', folder]), 1, /it is a folder/);
  });
});

it('a question with a placeholder of its own is refused with advice', async () => {
  const run = await runCli(['ask', picture, 'What is <image> here?']);
  expectOneLine(run, 2, /2 places for pictures but 1 pictures.*leave "<image>" out/);
});

it('a picture that was copied under a wrong ending still works', async () => {
  copyFileSync(picture, file('really-a-jpeg.png'));
  const run = await runCli(['ask', file('really-a-jpeg.png'), question]);
  expect(run.code).toBe(0);
});
