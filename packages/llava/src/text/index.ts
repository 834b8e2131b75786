// Messages and prompts
export type { ChatMessage, ContentPart } from './chat-message.js';
export type { ChatTemplateOptions } from './chat-template.js';
export { renderChatTemplate } from './chat-template.js';
export type { ChatTemplateFiles } from './find-chat-template.js';
export { findChatTemplate } from './find-chat-template.js';
export type { PromptPiece } from './image-tokens.js';
export { IMAGE_PLACEHOLDER, tokenizeWithImages, tokenizeWithImageToken } from './image-tokens.js';
// Tokenizers
export type { TokenizerFiles } from './load-tokenizer.js';
export { loadTokenizer } from './load-tokenizer.js';
export type { ChatPromptOptions, PromptTemplate, TemplateTokenizer } from './prompt-template.js';
export {
  chatTemplatePrompt,
  llavaV1,
  mistralInstruct,
  namedTemplate,
  readPromptTemplate,
  readTemplateFile,
  vicunaV1,
} from './prompt-template.js';
export type { SentencePieceModel } from './sentencepiece-model.js';
export { readSentencePieceModel } from './sentencepiece-model.js';
export type { SentencePieceFiles } from './sentencepiece-tokenizer.js';
export { loadSentencePieceTokenizer } from './sentencepiece-tokenizer.js';
export type { StreamDecoder } from './stream-decoder.js';
export type { DecodeOptions, EncodeOptions, Tokenizer } from './tokenizer.js';
export type { ConversationStyle, ConversationTurn } from './vicuna-v1.js';
export { conversationTurns, LLAVA_V1, renderConversation, VICUNA_V1 } from './vicuna-v1.js';
