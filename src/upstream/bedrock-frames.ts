import type { TargetDialectName } from '../model/dialect-name.ts';
import { isJsonObject, type JsonValue } from '../model/json.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import type { EventMessage, FrameOfMessage } from './event-stream-parser.ts';

/** How the messages of a Bedrock stream become frames of the target's dialect; undefined where it streams otherwise. */
export function bedrockFrames(dialect: TargetDialectName): FrameOfMessage | undefined {
  switch (dialect) {
    case 'bedrock-converse':
      return converseFrame;
    case 'anthropic-messages':
      return anthropicFrame;
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-embeddings':
    case 'gemini-generate':
      return undefined;
  }
}

function converseFrame({ type, payload }: EventMessage): SseFrame {
  return { kind: 'sse', event: type, data: payload };
}

/** `{"bytes": base64 of an event}`: what is inside is the vendor's own event, and goes on as its own stream has it. */
function anthropicFrame(message: EventMessage): SseFrame | undefined {
  if (message.kind === 'exception') return exceptionFrame(message);
  if (message.type !== 'chunk') return undefined;
  const bytes = fieldOf(parsed(message.payload), 'bytes');
  const data = bytes === undefined ? message.payload : Buffer.from(bytes, 'base64').toString('utf8');
  const event = fieldOf(parsed(data), 'type');
  return event === undefined ? { kind: 'sse', data } : { kind: 'sse', event, data };
}

/** Bedrock's names of what ends a stream → the type that the vendor's own stream would tell. */
const ERROR_TYPES: Readonly<Record<string, string>> = {
  internalServerException: 'api_error',
  modelStreamErrorException: 'api_error',
  modelTimeoutException: 'timeout_error',
  serviceUnavailableException: 'overloaded_error',
  throttlingException: 'rate_limit_error',
  validationException: 'invalid_request_error',
};

function exceptionFrame({ type, payload }: EventMessage): SseFrame {
  const known = Object.hasOwn(ERROR_TYPES, type) ? ERROR_TYPES[type] : undefined;
  const message = fieldOf(parsed(payload), 'message') ?? type;
  const error = { type: known ?? 'api_error', code: type, message };
  return { kind: 'sse', event: 'error', data: JSON.stringify({ type: 'error', error }) };
}

function fieldOf(value: JsonValue | undefined, name: string): string | undefined {
  const field = isJsonObject(value) ? value[name] : undefined;
  return typeof field === 'string' ? field : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
