import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReasoningPart } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/**
 * Thinking has many names: `reasoning_content` (DeepSeek, xAI, Z.ai, llama.cpp), `reasoning` (Groq, Ollama, OpenRouter),
 * `reasoning_details` with signatures and encrypted forms (OpenRouter, Vercel). Those who fill two fill them with the
 * same text, so that one is read. Undefined where there is none.
 */
export function reasoningOf(message: JsonObject): ReasoningPart | undefined {
  const details = Array.isArray(message.reasoning_details) ? message.reasoning_details : [];
  const text = textField(message.reasoning_content) ?? textField(message.reasoning) ?? details.map(detailText).join('');
  const sealed = details.filter(isSealed);
  if (text === '' && sealed.length === 0) return undefined;
  return {
    type: 'reasoning',
    text,
    ...(sealed.length > 0 && { opaque: { dialect: 'openai-chat', value: sealed } }),
  };
}

export function readReasoning(message: JsonObject, out: ChatEvent[]): void {
  const part = reasoningOf(message);
  if (part !== undefined) out.push(part);
}

function textField(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function detailText(detail: JsonValue): string {
  if (!isJsonObject(detail)) return '';
  return textField(detail.text) ?? textField(detail.summary) ?? '';
}

/** Holds something that only its maker can read, and wants back. */
function isSealed(detail: JsonValue): boolean {
  if (!isJsonObject(detail)) return false;
  return textField(detail.signature) !== undefined || textField(detail.data) !== undefined;
}
