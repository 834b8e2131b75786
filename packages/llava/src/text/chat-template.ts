import { AutopruneError } from '@autoprune/core';
import { Environment, parse, tokenize } from '@huggingface/jinja';
import type { ChatMessage } from './chat-message.js';
import { JinjaInterpreter } from './jinja-interpreter.js';
import { rewriteJinjaStrings } from './jinja-source.js';
import { strftime } from './strftime.js';

/** What a chat template is given beside the messages. */
export interface ChatTemplateOptions {
  /** End with what the answer follows on; false by default, as in transformers. */
  readonly addGenerationPrompt?: boolean;
  readonly bosToken?: string | undefined;
  readonly eosToken?: string | undefined;
  /** Further variables of the template, such as `add_vision_id`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What to call the template in errors. */
  readonly name?: string;
  /** What `strftime_now` gives; the current time by default. */
  readonly now?: Date;
}

/** The longest published templates have some 20 thousand characters. */
const MAX_CHARACTERS = 256 * 1024;
/** The limit of Jinja's sandbox. */
const MAX_RANGE = 100_000;

/** Python's `range`, as a list. */
function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= MAX_RANGE)) {
    throw new Error(`range() of ${length} items is above the limit of ${MAX_RANGE}`);
  }
  return Array.from({ length }, (_, index) => start + index * step);
}

/** The names that every template may use, transformers' own among them. */
function globals(now: Date | undefined): Record<string, unknown> {
  return {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    strftime_now: (format: string) => strftime(now ?? new Date(), format),
    raise_exception: (message: unknown) => {
      throw new Error(String(message));
    },
  };
}

/**
 * Renders a conversation with a chat template (Jinja) as transformers' `apply_chat_template` does: trim_blocks,
 * lstrip_blocks, the `{% generation %}` tag, `raise_exception`, `strftime_now`, `tojson`.
 *
 * No BOS is added; a template writes it itself, or the tokenizer does. Many LLaVA templates want the content as
 * parts and drop a plain string without a word.
 *
 * @param template  Jinja source
 * @param messages  passed on as they are
 * @throws CHAT_TEMPLATE_FAILED with the template's own message, or what is wrong with its source
 */
export function renderChatTemplate(
  template: string,
  messages: readonly ChatMessage[],
  options: ChatTemplateOptions = {},
): string {
  const called = options.name === undefined ? 'The chat template' : `Chat template ${options.name}`;
  if (template.length > MAX_CHARACTERS) {
    throw new AutopruneError(
      'CHAT_TEMPLATE_FAILED',
      `${called} has ${template.length} characters, above the limit of ${MAX_CHARACTERS}`,
      { characters: template.length, limit: MAX_CHARACTERS },
    );
  }
  const variables = {
    ...globals(options.now),
    tools: null,
    documents: null,
    ...(options.bosToken === undefined ? {} : { bos_token: options.bosToken }),
    ...(options.eosToken === undefined ? {} : { eos_token: options.eosToken }),
    ...options.variables,
    messages,
    add_generation_prompt: options.addGenerationPrompt ?? false,
  };
  try {
    const source = rewriteJinjaStrings(template);
    const program = parse(tokenize(source, { trim_blocks: true, lstrip_blocks: true }));
    const environment = new Environment();
    for (const [name, value] of Object.entries(variables)) {
      environment.variables.delete(name);
      environment.set(name, value);
    }
    return String(new JinjaInterpreter(environment).run(program).value);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new AutopruneError(
      'CHAT_TEMPLATE_FAILED',
      `${called} failed: ${reason}`,
      { reason },
      { cause },
    );
  }
}
