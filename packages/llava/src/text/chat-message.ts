/** A part of a message. A picture is only marked here; which one it is follows from the order. */
export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' };

/** One message of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string | readonly ContentPart[];
}

/** The content as a list of parts. */
export function contentParts({ content }: ChatMessage): readonly ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

/**
 * The content as one string: a placeholder line for each picture, then the texts in order. This is where LLaVA puts
 * pictures, wherever they stand among the texts.
 */
export function contentText(message: ChatMessage, imagePrefix = '<image>\n'): string {
  const parts = contentParts(message);
  const pictures = parts.filter((part) => part.type === 'image').map(() => imagePrefix);
  return [...pictures, ...parts.map((part) => (part.type === 'text' ? part.text : ''))].join('');
}
