import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const use = `const { leaving } = fitSchedule({ visualTokens: 576, slope: 0.2, budget: { kind: 'meanLeaving', value: 64 } });
if (leaving.reduce((a, b) => a + b, 0) !== 2048) throw new Error('wrong schedule');`;

const typed = `import { fitSchedule, type Schedule } from '@autoprune/core';
import { fastv } from '@autoprune/core/methods/fastv';
const schedule: Schedule = fitSchedule({ visualTokens: 576 });
export const first: number = schedule.leaving[0] ?? 0;
export const name: string = fastv.name;
`;

const uses = {
  'use.mjs': `import { fitSchedule } from '@autoprune/core';
import { fastv } from '@autoprune/core/methods/fastv';
import { methods } from '@autoprune/core/methods';
${use}
if (!methods.includes(fastv)) throw new Error('two copies');
`,
  'use.cjs': `const { fitSchedule } = require('@autoprune/core');
const { fastv } = require('@autoprune/core/methods/fastv');
${use}
if (fastv.name !== 'fastv') throw new Error('no method');
`,
  'use.mts': typed,
  'use.cts': typed,
  'browser.mjs': `import { fitSchedule } from '@autoprune/core';
import { methods } from '@autoprune/core/methods';
${use}
document.body.textContent = \`\${methods.length} methods, mean leaving \${leaving.reduce((a, b) => a + b, 0) / leaving.length}\`;
`,
};

/** Writes programs that use core in each of the ways in which it can be imported. */
export function writeUsesOfCore(folder) {
  for (const [name, text] of Object.entries(uses)) writeFileSync(join(folder, name), text);
}

const options = '--noEmit --strict --skipLibCheck false --target es2022'.split(' ');

/** Arguments of tsc under which these programs must compile, by the name of the module resolution. */
export const typeScriptRuns = {
  'node16, ESM and CommonJS': [
    ...options,
    ...['--module', 'node16', '--moduleResolution', 'node16', 'use.mts', 'use.cts'],
  ],
  bundler: [...options, '--module', 'esnext', '--moduleResolution', 'bundler', 'use.mts'],
};
