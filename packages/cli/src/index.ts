export { EXIT, exitCodeOf } from './exit-codes.js';
export type { CommandIo } from './io.js';
export { createProgram, run } from './run.js';
