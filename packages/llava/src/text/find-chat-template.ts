import { AutopruneError } from '@autoprune/core';

/** Texts of the files of a checkpoint that may hold a chat template. */
export interface ChatTemplateFiles {
  /** `chat_template.jinja`, the template itself */
  readonly chatTemplateJinja?: string | undefined;
  /** `chat_template.json` */
  readonly chatTemplateJson?: string | undefined;
  /** `processor_config.json` */
  readonly processorConfig?: string | undefined;
  /** `tokenizer_config.json` */
  readonly tokenizerConfig?: string | undefined;
  /** What the checkpoint is called in errors: its folder or id. */
  readonly name: string;
}

function fail(where: string, problem: string, cause?: unknown): AutopruneError {
  const options = cause === undefined ? undefined : { cause };
  return new AutopruneError('CHAT_TEMPLATE_FAILED', `${where}: ${problem}`, { where }, options);
}

/** A string, or a list of named templates of which `default` (or the only one) is meant. */
function chooseTemplate(where: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const entries = Array.isArray(value) ? (value as unknown[]) : [];
  const named = new Map<string, string>();
  for (const entry of entries) {
    const { name, template } = (entry ?? {}) as { name?: unknown; template?: unknown };
    if (typeof name === 'string' && typeof template === 'string') named.set(name, template);
  }
  const only = named.size === 1 ? [...named.values()][0] : undefined;
  const chosen = named.get('default') ?? only;
  if (chosen !== undefined) return chosen;
  throw fail(
    where,
    named.size > 0
      ? `chat_template: none of the templates ${[...named.keys()].join(', ')} is the default; pass one as a file`
      : 'chat_template: expected a string or a list of { name, template }',
  );
}

function templateIn(where: string, text: string): string | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw fail(where, `is not JSON (${(cause as Error).message})`, cause);
  }
  const value = (content as { chat_template?: unknown } | null)?.chat_template;
  return value == null ? undefined : chooseTemplate(where, value);
}

/**
 * The chat template (Jinja source) of a checkpoint, or undefined when it brings none. Where several files have one, the first of
 * these counts, because a processor's template knows of pictures and a tokenizer's may not:
 *
 * 1. `chat_template.jinja`
 * 2. `chat_template.json`, key `chat_template` (transformers 4.57 reads this older file first, where both exist)
 * 3. `processor_config.json`, key `chat_template`
 * 4. `tokenizer_config.json`, key `chat_template`
 *
 * @throws CHAT_TEMPLATE_FAILED naming the file, when it is not JSON or its template is neither text nor a list
 */
export function findChatTemplate(files: ChatTemplateFiles): string | undefined {
  if (files.chatTemplateJinja !== undefined) return files.chatTemplateJinja;
  const candidates = [
    ['chat_template.json', files.chatTemplateJson],
    ['processor_config.json', files.processorConfig],
    ['tokenizer_config.json', files.tokenizerConfig],
  ] as const;
  for (const [file, text] of candidates) {
    if (text === undefined) continue;
    const template = templateIn(`${files.name}: ${file}`, text);
    if (template !== undefined) return template;
  }
  return undefined;
}
