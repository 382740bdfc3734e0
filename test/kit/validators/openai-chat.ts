import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts';
import { refuse } from '../../../src/simulator/dialect-kit.ts';
import { checkMessages } from '../../../src/simulator/openai-chat/messages.ts';
import { type Complaint, complaintOf, type Origin } from './verdict.ts';

/** Who speaks it: the dialect has one form and many tempers. */
export type ChatTemper =
  /** OpenAI, Groq, Mistral: unknown fields of a message are refused. */
  | 'strict'
  /** Mistral: ids of nine letters and digits besides. */
  | 'nine-alphanumerics'
  /** OpenRouter: takes its own `reasoning_details` back. */
  | 'sealing'
  /** DeepSeek, Moonshot: a call without its `reasoning_content` is refused. */
  | 'demanding';

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  system: ['role', 'content', 'name'],
  developer: ['role', 'content', 'name'],
  user: ['role', 'content', 'name'],
  assistant: ['role', 'content', 'name', 'refusal', 'tool_calls', 'function_call', 'audio'],
  tool: ['role', 'content', 'tool_call_id'],
};
const MORE_FIELDS: Readonly<Record<ChatTemper, readonly string[]>> = {
  strict: [],
  'nine-alphanumerics': ['prefix'],
  sealing: ['reasoning_details', 'reasoning', 'reasoning_content'],
  demanding: ['reasoning_content', 'prefix'],
};

/** The rules of Chat Completions for a history, as the simulated vendor has them, and those of one provider's temper. */
export function chatComplaint(body: JsonObject, temper: ChatTemper, origin: Origin): Complaint {
  return complaintOf(() => {
    for (const message of checkMessages(body.messages)) {
      checkFields(message, temper);
      const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject) : [];
      checkCalls(calls, message, temper);
      checkDetails(message.reasoning_details, origin);
    }
  });
}

function checkFields(message: JsonObject, temper: ChatTemper): void {
  const known = [...(FIELDS[String(message.role)] ?? []), ...MORE_FIELDS[temper]];
  for (const name of Object.keys(message)) if (!known.includes(name)) refuse(`property '${name}' is unsupported`);
}

function checkCalls(calls: readonly JsonObject[], message: JsonObject, temper: ChatTemper): void {
  const ids = calls.map((call) => String(call.id));
  if (new Set(ids).size < ids.length) refuse('Duplicate value for tool_call_id');
  for (const call of calls) {
    for (const name of Object.keys(call)) {
      if (!['id', 'type', 'function'].includes(name)) refuse(`property 'tool_calls.${name}' is unsupported`);
    }
  }
  if (temper === 'nine-alphanumerics' && !ids.every((id) => /^[a-zA-Z0-9]{9}$/.test(id)))
    refuse('Tool call id must be a-z, A-Z, 0-9, with a length of 9.');
  if (temper === 'demanding' && calls.length > 0 && !message.reasoning_content)
    refuse('thinking is enabled but reasoning_content is missing in assistant tool call message');
}

function checkDetails(details: JsonValue | undefined, origin: Origin): void {
  if (!Array.isArray(details)) return;
  for (const detail of details) {
    if (!isJsonObject(detail) || !origin.reads(String(detail.signature), String(detail.text)))
      refuse('reasoning_details: the signature is not valid for this text');
  }
}
