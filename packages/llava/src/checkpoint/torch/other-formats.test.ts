import { describe, expect, it } from 'vitest';
import { refusal, temporaryFile } from './__fixtures__/read-outcome.js';
import { readTorchHeader } from './index.js';

const tar = Buffer.alloc(1024);
tar.write('ustar', 257);

describe('files that are no ZIP file', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', Buffer.alloc(0), /is empty; download it again/],
    [
      'a bare pickle of PyTorch before 1.6',
      Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e', 'hex'),
      /PyTorch before 1.6 .*; save it again .* or as safetensors/,
    ],
    ['a tar archive', tar, /tar archive .*; save it again .* or as safetensors/],
    [
      'a Git LFS pointer',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'),
      /Git LFS pointer, not the weights; run git lfs pull/,
    ],
    ['a web page', Buffer.from('<!DOCTYPE html>'), /begins with the bytes 3c21444f/],
    ['one byte', Buffer.from('P'), /begins with the bytes 50/],
    ['the mark of a ZIP file alone', Buffer.from('PK\x03\x04'), /no ZIP end record/],
  ])('refuses %s', async (_, bytes, words) => {
    expect(await refusal(() => readTorchHeader(temporaryFile(bytes)))).toMatch(words);
  });
});
