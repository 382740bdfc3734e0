import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { CHARS_PER_TOKEN, TOKENS_PER_IMAGE } from './engine-defaults.ts';

/** Estimated tokens of a request's input and requested output. An estimate: see `ESTIMATE_TRUST` for how far it is believed. */
export function estimateTokens(request: ChatRequest): number {
  let chars = 0;
  let images = 0;
  for (const message of request.messages) {
    for (const part of message.parts) {
      if (part.type === 'image') images += 1;
      else chars += partChars(part);
    }
  }
  for (const tool of request.tools)
    chars += tool.name.length + (tool.description?.length ?? 0) + JSON.stringify(tool.parameters).length;
  return Math.ceil(chars / CHARS_PER_TOKEN) + images * TOKENS_PER_IMAGE + (request.maxOutputTokens ?? 0);
}

function partChars(part: Part): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text.length;
    case 'tool-call':
      return part.name.length + part.arguments.length;
    case 'tool-result':
      return part.content.reduce((sum, piece) => sum + partChars(piece), 0);
    case 'image':
      return TOKENS_PER_IMAGE * CHARS_PER_TOKEN;
    // What documents and sounds count is the provider's business; guessing high would refuse what fits.
    case 'file':
    case 'audio':
    case 'foreign':
      return 0;
  }
}
