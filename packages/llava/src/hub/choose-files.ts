import { AutopruneError } from '@autoprune/core';
import { matchesGlob } from './glob.js';

/** Which files of a repository are wanted; `*` and `?` are wild. */
export interface FileChoice {
  /** Takes what matches one of these instead of the files that loading needs. */
  readonly include?: readonly string[];
  /** Leaves out what matches one of these. */
  readonly exclude?: readonly string[];
}

/** Small files that say what a checkpoint is, and its tokenizer and templates. */
const DESCRIPTION = [
  '*config.json',
  'tokenizer*.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'chat_template*.json',
  '*.jinja',
];
const SAFETENSORS = ['*.safetensors', '*.safetensors.index.json'];
/** The same weights once more, in the layout of their publisher's own tools. */
const SECOND_COPY = 'consolidated*';
const TORCH = ['pytorch_model*.bin', 'pytorch_model*.bin.index.json'];
/** Folder whose templates belong to the tokenizer. */
const TEMPLATE_FOLDER = 'additional_chat_templates/*.jinja';

const matchesAny = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => matchesGlob(name, pattern));

/** What loading reads: files of the top folder only, because weights in others are of other formats or models. */
function neededFiles(names: readonly string[]): string[] {
  const top = names.filter((name) => !name.includes('/'));
  const safetensors = top.filter(
    (name) => matchesAny(name, SAFETENSORS) && !matchesGlob(name, SECOND_COPY),
  );
  const weights =
    safetensors.length > 0 ? safetensors : top.filter((name) => matchesAny(name, TORCH));
  const description = top.filter((name) => matchesAny(name, DESCRIPTION));
  // The index of the weights before the weights.
  const ordered = [...weights].sort(
    (a, b) => Number(b.endsWith('.json')) - Number(a.endsWith('.json')),
  );
  const templates = names.filter((name) => matchesGlob(name, TEMPLATE_FOLDER));
  return [...description, ...templates, ...ordered];
}

/**
 * The files to download, small ones first, so that a wrong model is noticed before its weights have come.
 *
 * Without `include`, these are configuration, tokenizer, processor, templates and safetensors weights of the top
 * folder, or PyTorch weights where there are no others; never other formats (ONNX, TensorFlow, Flax, GGUF) or pictures.
 *
 * @param id  the model, for errors
 * @throws ARGUMENT_INVALID when the patterns leave nothing, CHECKPOINT_UNSUPPORTED when there is nothing to load
 */
export function chooseFiles(
  id: string,
  names: readonly string[],
  { include, exclude = [] }: FileChoice = {},
): string[] {
  const asked = include ? names.filter((name) => matchesAny(name, include)) : neededFiles(names);
  const chosen = [...new Set(asked)].filter((name) => !matchesAny(name, exclude));
  if (chosen.length > 0) return chosen;
  const sample = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  if (include || asked.length > 0) {
    throw new AutopruneError(
      'ARGUMENT_INVALID',
      `${id}: none of its ${names.length} files is left by include ${JSON.stringify(include ?? '(default)')} and exclude ${JSON.stringify(exclude)}; it has ${sample}`,
      { id, files: names.length },
    );
  }
  throw new AutopruneError(
    'CHECKPOINT_UNSUPPORTED',
    `${id}: none of its ${names.length} files is a configuration, a tokenizer or weights in safetensors or PyTorch format (${sample || 'it is empty'}); choose a checkpoint in the Hugging Face layout, or name files with --include`,
    { id, files: names.length },
  );
}
