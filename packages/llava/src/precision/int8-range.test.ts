import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { safeInt8Range } from './int8-range.js';

const processor = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';

it.runIf(/avx512_vnni|avx_vnni/.test(processor))(
  'weights use all of 8 bits where the processor adds products in 32 bits',
  async () => {
    expect(await safeInt8Range(2)).toBe(127);
  },
);

it('the range is one of the two that there are, whatever the processor', async () => {
  expect([63, 127]).toContain(await safeInt8Range(1));
});
