import { type CommandIo, note } from '../io.js';

/** Variables that UniPruneBench's scripts read, and the flag that says the same here. */
const FLAGS: Readonly<Record<string, string>> = {
  KEEP_RATIO: '--keep-ratio',
  PRUNE_METHOD: '--method',
  PRUNE_METHOD_PRE_LLM: '--method',
  INTRA_LLM_LAYER_SPECS: '--layer-specs',
};

/** Says once that variables of published scripts are not read; a run must not change with what is lying about. */
export function warnPublishedEnvironment(io: CommandIo): void {
  const set = Object.keys(FLAGS).filter((name) => io.env[name]);
  if (set.length === 0) return;
  const advice = set.map((name) => `${name} (use ${FLAGS[name]})`).join(', ');
  note(io, `warning: these environment variables are not read: ${advice}`);
}
