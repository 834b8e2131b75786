import { readFile, stat } from 'node:fs/promises';
import { AutopruneError, suggestion } from '@autoprune/core';
import { type ChatMessage, contentParts, contentText } from './chat-message.js';
import { renderChatTemplate } from './chat-template.js';
import { IMAGE_PLACEHOLDER } from './image-tokens.js';
import type { Tokenizer } from './tokenizer.js';
import {
  type ConversationStyle,
  conversationTurns,
  LLAVA_V1,
  renderConversation,
  VICUNA_V1,
} from './vicuna-v1.js';

/** Messages to prompt: LLaVA's own templates and chat templates behind one face. */
export interface PromptTemplate {
  readonly name: string;
  /**
   * The prompt that the answer follows on, or the finished conversation when the last message is an answer.
   * Each picture is a placeholder in it.
   */
  render(messages: readonly ChatMessage[]): string;
  /** Which rule makes ids of the prompt: `tokenizeWithImages` or `tokenizeWithImageToken`. */
  readonly tokenization: 'llava' | 'huggingface';
  /** Texts that end an answer, beside the EOS token. */
  readonly stopStrings: readonly string[];
}

function conversationTemplate(name: string, conversation: ConversationStyle): PromptTemplate {
  return {
    name,
    render(messages) {
      const { style, turns } = conversationTurns(conversation, messages);
      return renderConversation(style, turns);
    },
    tokenization: 'llava',
    stopStrings: [conversation.endSeparator],
  };
}

/** LLaVA's `vicuna_v1`: what LLaVA-1.5 is evaluated with. */
export const vicunaV1: PromptTemplate = conversationTemplate('vicuna_v1', VICUNA_V1);

/** LLaVA's `llava_v1`. */
export const llavaV1: PromptTemplate = conversationTemplate('llava_v1', LLAVA_V1);

/** LLaVA's `mistral_instruct`: what LLaVA-NeXT on Mistral is asked with. */
export const mistralInstruct: PromptTemplate = {
  name: 'mistral_instruct',
  render: (messages) => {
    const { turns } = conversationTurns(VICUNA_V1, messages);
    const system =
      messages[0]?.role === 'system' ? `<<SYS>>\n${contentText(messages[0])}\n<</SYS>>\n\n` : '';
    return turns
      .map(([, message], index) => {
        if (index % 2 === 0) return `[INST] ${index === 0 ? system : ''}${message} [/INST]`;
        return message === null ? '' : ` ${message} </s>`;
      })
      .join('');
  },
  tokenization: 'llava',
  stopStrings: ['</s>'],
};

/**
 * One of LLaVA's own templates by name.
 *
 * @throws TEMPLATE_UNKNOWN with the nearest name
 */
export function namedTemplate(name: string): PromptTemplate {
  const templates = [vicunaV1, llavaV1, mistralInstruct];
  const found = templates.find((template) => template.name === name);
  if (found) return found;
  const names = templates.map((template) => template.name);
  throw new AutopruneError(
    'TEMPLATE_UNKNOWN',
    `Unknown prompt template ${JSON.stringify(name)}${suggestion(name, names)} (known: ${names.join(', ')}, or the path of a Jinja file)`,
    { name, names },
  );
}

/** What a chat template is told of the tokenizer: the texts of BOS and EOS. */
export type TemplateTokenizer = Pick<Tokenizer, 'bosTokenId' | 'eosTokenId' | 'idToToken'>;

/** Settings of {@link chatTemplatePrompt}. */
export interface ChatPromptOptions {
  /** What stands for a picture where the template knows only texts; `<image>` by default. */
  readonly imageToken?: string;
  /** Further variables of the template, such as `add_vision_id`. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

const PROBE = 'autoprune-probe';

/**
 * Whether a template takes content as a list of parts, which is tried out: a template for texts either fails on a list
 * or writes the list itself out. Handing it the wrong form would lose the question without a word.
 */
function takesParts(render: (messages: readonly ChatMessage[]) => string): boolean {
  try {
    const text = render([{ role: 'user', content: [{ type: 'text', text: PROBE }] }]);
    return text.includes(PROBE) && !/["']text["']: ?["']autoprune-probe/.test(text);
  } catch {
    return false;
  }
}

/**
 * A prompt template from a chat template. Content is handed over as a list of parts, or, to templates that know only
 * texts, as one string in which `<image>` and a newline stand in front for each picture.
 *
 * `render` throws CHAT_TEMPLATE_FAILED with the template's own message.
 *
 * @param template  Jinja source
 * @param name  what to call it
 */
export function chatTemplatePrompt(
  template: string,
  tokenizer: TemplateTokenizer,
  name: string,
  options: ChatPromptOptions = {},
): PromptTemplate {
  const { imageToken = IMAGE_PLACEHOLDER, variables = {} } = options;
  const tokenText = (id: number | undefined) =>
    id === undefined ? undefined : tokenizer.idToToken(id);
  const render = (messages: readonly ChatMessage[]) =>
    renderChatTemplate(template, messages, {
      bosToken: tokenText(tokenizer.bosTokenId),
      eosToken: tokenText(tokenizer.eosTokenId),
      variables,
      name,
      addGenerationPrompt: messages.at(-1)?.role !== 'assistant',
    });
  let parts: boolean | undefined;
  return {
    name,
    render(messages) {
      parts ??= takesParts(render);
      const content = (message: ChatMessage) =>
        parts ? contentParts(message) : contentText(message, `${imageToken}\n`);
      return render(messages.map((message) => ({ ...message, content: content(message) })));
    },
    tokenization: 'huggingface',
    stopStrings: [],
  };
}

/** No template is as large as this. */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The text of a Jinja file of the user's.
 *
 * @throws TEMPLATE_NOT_FOUND when there is no such file; CHAT_TEMPLATE_FAILED when it can not be one
 */
export async function readTemplateFile(path: string): Promise<string> {
  const info = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AutopruneError(
      'TEMPLATE_NOT_FOUND',
      `The template file ${path} can not be read (${cause.code}); give the path of a Jinja file, or vicuna_v1 or llava_v1`,
      { path },
      { cause },
    );
  });
  if (!info.isFile() || info.size > MAX_FILE_BYTES) {
    throw new AutopruneError(
      'CHAT_TEMPLATE_FAILED',
      `${path}: expected a Jinja file of at most ${MAX_FILE_BYTES} bytes`,
      { path, bytes: info.size },
    );
  }
  return readFile(path, 'utf8');
}

/**
 * A prompt template from a Jinja file of the user's.
 *
 * @throws TEMPLATE_NOT_FOUND when there is no such file; CHAT_TEMPLATE_FAILED when it can not be one
 */
export async function readPromptTemplate(
  path: string,
  tokenizer: TemplateTokenizer,
  options: ChatPromptOptions = {},
): Promise<PromptTemplate> {
  return chatTemplatePrompt(await readTemplateFile(path), tokenizer, path, options);
}
