/**
 * Flags of published scripts and other words for ours, and what they are called here. They are rewritten before parsing,
 * so that the commands of a paper work as they are printed.
 */
export const PUBLISHED_FLAGS: Readonly<Record<string, string>> = {
  '--target-token-num': '--target-tokens',
  '--conv-mode': '--template',
  '--model-path': '--model',
  '--max_new_tokens': '--max-new-tokens',
  '--top_p': '--top-p',
  '--few-shot': '--examples',
  '--fast-v-attention-rank': '--param=keep',
  '--fast-v-agg-layer': '--param=layer',
};

/** Rewrites published flags; `--flag value` and `--flag=value` both work. */
export function rewritePublishedFlags(args: readonly string[]): string[] {
  const out: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg === '--') return [...out, ...args.slice(index)];
    const [flag = '', ...value] = arg.split('=');
    const ours = PUBLISHED_FLAGS[flag];
    if (ours === undefined) out.push(arg);
    else if (ours.startsWith('--param=')) {
      const given = value.length > 0 ? value.join('=') : args[++index];
      out.push('--param', `${ours.slice('--param='.length)}=${given ?? ''}`);
    } else out.push(value.length > 0 ? `${ours}=${value.join('=')}` : ours);
  }
  return out;
}
