import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';

const MAX_CALL_ID_CHARS = 40;

const PART_TYPES: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

/** Checks the conversation by the API's rules: roles, contents, and that calls and results belong together. */
export function checkMessages(value: JsonValue | undefined): JsonObject[] {
  if (value === undefined) refuse("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  if (!Array.isArray(value))
    refuse("Invalid type for 'messages': expected an array of objects.", 'messages', 'invalid_type');
  if (value.length === 0) {
    refuse(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  const messages = value.map((message, index) => checkMessage(message, index));
  checkToolTurns(messages);
  return messages;
}

/** All text of a message, its parts joined. */
export function messageText(message: JsonObject): string {
  if (typeof message.content === 'string') return message.content;
  if (!Array.isArray(message.content)) return '';
  return message.content
    .filter(isJsonObject)
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('');
}

function checkMessage(message: JsonValue, index: number): JsonObject {
  const at = `messages[${index}]`;
  if (!isJsonObject(message)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  const role = message.role;
  if (role === undefined)
    refuse(`Missing required parameter: '${at}.role'.`, `${at}.role`, 'missing_required_parameter');
  const types = typeof role === 'string' && Object.hasOwn(PART_TYPES, role) ? PART_TYPES[role] : undefined;
  if (!types) {
    refuse(
      `Invalid value: '${String(role)}'. Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'.`,
      `${at}.role`,
      'invalid_value',
    );
  }
  checkContent(message, types, at);
  if (role === 'assistant') checkCalls(message.tool_calls, at);
  if (role === 'tool' && typeof message.tool_call_id !== 'string') {
    refuse(`Missing required parameter: '${at}.tool_call_id'.`, `${at}.tool_call_id`, 'missing_required_parameter');
  }
  return message;
}

function checkContent(message: JsonObject, types: readonly string[], at: string): void {
  const content = message.content;
  if (typeof content === 'string') return;
  if (content === null || content === undefined) {
    if (message.role === 'assistant' && (message.tool_calls || message.refusal || message.audio)) return;
    refuse("Invalid value for 'content': expected a string, got null.", `${at}.content`);
  }
  if (!Array.isArray(content)) {
    refuse(
      `Invalid type for '${at}.content': expected one of a string or array of objects.`,
      `${at}.content`,
      'invalid_type',
    );
  }
  if (content.length === 0) {
    refuse(
      `Invalid '${at}.content': empty array. Expected an array with minimum length 1.`,
      `${at}.content`,
      'empty_array',
    );
  }
  content.forEach((part, index) => {
    checkPart(part, types, `${at}.content[${index}]`);
  });
}

function checkPart(part: JsonValue, types: readonly string[], at: string): void {
  if (!isJsonObject(part)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  if (typeof part.type !== 'string' || !types.includes(part.type)) {
    const supported = types.map((type) => `'${type}'`).join(', ');
    refuse(`Invalid value: '${String(part.type)}'. Supported values are: ${supported}.`, `${at}.type`, 'invalid_value');
  }
  if (part.type === 'text' && typeof part.text !== 'string') {
    refuse(`Missing required parameter: '${at}.text'.`, `${at}.text`, 'missing_required_parameter');
  }
  if (part.type === 'image_url' && !(isJsonObject(part.image_url) && typeof part.image_url.url === 'string')) {
    refuse(`Missing required parameter: '${at}.image_url.url'.`, `${at}.image_url`, 'missing_required_parameter');
  }
}

function checkCalls(calls: JsonValue | undefined, at: string): void {
  if (calls === undefined || calls === null) return;
  if (!Array.isArray(calls) || calls.length === 0) {
    refuse(
      `Invalid '${at}.tool_calls': empty array. Expected an array with minimum length 1.`,
      `${at}.tool_calls`,
      'empty_array',
    );
  }
  calls.forEach((call, index) => {
    const here = `${at}.tool_calls[${index}]`;
    const isText = isJsonObject(call) && call.type === 'custom';
    const kind = isText ? 'custom' : 'function';
    const called = isJsonObject(call) ? call[kind] : undefined;
    if (!isJsonObject(call) || typeof call.id !== 'string') {
      refuse(`Missing required parameter: '${here}.id'.`, `${here}.id`, 'missing_required_parameter');
    }
    if (call.id.length > MAX_CALL_ID_CHARS) {
      refuse(
        `Invalid '${here}.id': string too long. Expected a string with maximum length ${MAX_CALL_ID_CHARS}, but got a string with length ${call.id.length} instead.`,
        `${here}.id`,
        'string_above_max_length',
      );
    }
    if (call.type !== kind)
      refuse(`Missing required parameter: '${here}.type'.`, `${here}.type`, 'missing_required_parameter');
    if (!isJsonObject(called) || typeof called.name !== 'string') {
      refuse(`Missing required parameter: '${here}.${kind}.name'.`, `${here}.${kind}`, 'missing_required_parameter');
    }
    const field = isText ? 'input' : 'arguments';
    if (typeof called[field] !== 'string') {
      const at = `${here}.${kind}.${field}`;
      refuse(`Invalid type for '${at}': expected a string.`, at, 'invalid_type');
    }
  });
}

/** Results stand right after the turn that asked for them, one for each call, and nowhere else. */
function checkToolTurns(messages: readonly JsonObject[]): void {
  let open: string[] = [];
  let answered: string[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'tool') {
      const id = String(message.tool_call_id);
      if (open.length === 0 && answered.length === 0) {
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
        );
      }
      if (!open.includes(id)) {
        refuse(
          `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`,
          `messages.[${index}].tool_call_id`,
        );
      }
      open = open.filter((other) => other !== id);
      answered.push(id);
      return;
    }
    refuseUnanswered(open, index);
    answered = [];
    const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
    open = calls.filter(isJsonObject).map((call) => String(call.id));
  });
  refuseUnanswered(open, messages.length);
}

function refuseUnanswered(open: readonly string[], index: number): void {
  if (open.length === 0) return;
  refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
    `messages.[${index}].role`,
  );
}
