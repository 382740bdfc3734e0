import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';
import { isSealed } from './reasoning.ts';

const PART_TYPES: Readonly<Record<string, readonly string[]>> = {
  system: ['input_text'],
  developer: ['input_text'],
  user: ['input_text', 'input_image', 'input_file'],
  assistant: ['output_text', 'refusal'],
};

/** Checks the input by the API's rules; a plain text becomes one message. */
export function checkInput(value: JsonValue | undefined): JsonObject[] {
  if (value === undefined || value === null)
    refuse("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  if (typeof value === 'string') return [{ type: 'message', role: 'user', content: value }];
  if (!Array.isArray(value))
    refuse("Invalid type for 'input': expected one of a string or array.", 'input', 'invalid_type');
  const items = value.map((item, index) => checkItem(item, `input[${index}]`));
  checkCalls(items);
  checkReasoningIsFollowed(items);
  return items;
}

/** All text of an item: of a message, or of the output of a call. */
export function itemText(item: JsonObject): string {
  const content = isOutput(item) ? item.output : item.content;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isJsonObject)
    .map((part) => (typeof part.text === 'string' ? part.text : ''))
    .join('');
}

/** Of a function, or with free text. */
export function isCall({ type }: JsonObject): boolean {
  return type === 'function_call' || type === 'custom_tool_call';
}

export function isOutput({ type }: JsonObject): boolean {
  return type === 'function_call_output' || type === 'custom_tool_call_output';
}

function checkItem(item: JsonValue, at: string): JsonObject {
  if (!isJsonObject(item)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  // The type may be left out of a message.
  const type = item.type ?? (item.role === undefined ? undefined : 'message');
  switch (type) {
    case 'message':
      checkMessage(item, at);
      return { ...item, type };
    case 'reasoning':
      checkReasoning(item, at);
      return item;
    case 'function_call':
    case 'custom_tool_call':
      for (const field of ['call_id', 'name', type === 'function_call' ? 'arguments' : 'input'])
        checkText(item, field, at);
      checkLength(item, 'call_id', at);
      return item;
    case 'function_call_output':
    case 'custom_tool_call_output':
      checkText(item, 'call_id', at);
      checkLength(item, 'call_id', at);
      checkOutput(item, at);
      return item;
    case 'item_reference':
      return refuse(`Item with id '${String(item.id)}' not found.`, 'input');
    default:
      return refuse(
        `Invalid value: '${String(type)}'. The simulator plays messages, reasoning and calls of functions or custom tools.`,
        `${at}.type`,
        'invalid_value',
      );
  }
}

function checkMessage(item: JsonObject, at: string): void {
  const { role, content } = item;
  const types = typeof role === 'string' && Object.hasOwn(PART_TYPES, role) ? PART_TYPES[role] : undefined;
  if (!types) {
    refuse(
      `Invalid value: '${String(role)}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
      `${at}.role`,
      'invalid_value',
    );
  }
  if (typeof content === 'string') return;
  if (!Array.isArray(content))
    refuse(`Invalid type for '${at}.content': expected one of a string or array.`, `${at}.content`, 'invalid_type');
  content.forEach((part, index) => {
    checkPart(part, types, `${at}.content[${index}]`);
  });
}

function checkPart(part: JsonValue, types: readonly string[], at: string): void {
  if (!isJsonObject(part)) refuse(`Invalid type for '${at}': expected an object.`, at, 'invalid_type');
  if (typeof part.type !== 'string' || !types.includes(part.type)) {
    const supported = types.map((type) => `'${type}'`).join(' and ');
    refuse(`Invalid value: '${String(part.type)}'. Supported values are: ${supported}.`, at, 'invalid_value');
  }
  if (part.type === 'input_text' || part.type === 'output_text') checkText(part, 'text', at);
  if (part.type === 'input_image' && typeof part.image_url !== 'string' && typeof part.file_id !== 'string')
    refuse(`Missing required parameter: '${at}.image_url'.`, `${at}.image_url`, 'missing_required_parameter');
}

function checkReasoning(item: JsonObject, at: string): void {
  if (!Array.isArray(item.summary))
    refuse(`Missing required parameter: '${at}.summary'.`, `${at}.summary`, 'missing_required_parameter');
  const { encrypted_content: content } = item;
  if (content === undefined || content === null) {
    // Nothing is stored here, so an item without its content is an item that nobody has.
    refuse(
      `Item with id '${String(item.id)}' not found. Items are not persisted when \`store\` is set to false.`,
      'input',
    );
  }
  if (typeof content !== 'string' || !isSealed(content)) {
    refuse(
      `The encrypted content for item ${String(item.id)} could not be verified.`,
      undefined,
      'invalid_encrypted_content',
    );
  }
}

function checkOutput(item: JsonObject, at: string): void {
  const { output } = item;
  if (typeof output === 'string') return;
  if (!Array.isArray(output))
    refuse(`Missing required parameter: '${at}.output'.`, `${at}.output`, 'missing_required_parameter');
  output.forEach((part, index) => {
    checkPart(part, ['input_text', 'input_image', 'input_file'], `${at}.output[${index}]`);
  });
}

function checkText(holder: JsonObject, field: string, at: string): void {
  if (typeof holder[field] === 'string') return;
  refuse(`Missing required parameter: '${at}.${field}'.`, `${at}.${field}`, 'missing_required_parameter');
}

const MAX_CALL_ID_CHARS = 64;

function checkLength(item: JsonObject, field: string, at: string): void {
  const length = String(item[field]).length;
  if (length >= 1 && length <= MAX_CALL_ID_CHARS) return;
  refuse(
    `Invalid '${at}.${field}': string of a length from 1 to ${MAX_CALL_ID_CHARS} expected, got one of ${length}.`,
    `${at}.${field}`,
    length === 0 ? 'empty_string' : 'string_above_max_length',
  );
}

/** Every call has its output, every output its call before it, of its own kind. */
function checkCalls(items: readonly JsonObject[]): void {
  const called = new Map<string, string>();
  const answered = new Set<string>();
  for (const item of items) {
    const id = String(item.call_id);
    if (isCall(item)) called.set(id, String(item.type));
    if (!isOutput(item)) continue;
    const kind = item.type === 'function_call_output' ? 'function call' : 'custom tool call';
    if (`${called.get(id)}_output` !== item.type)
      refuse(`No tool call found for ${kind} output with call_id ${id}.`, 'input');
    answered.add(id);
  }
  for (const [id, type] of called) {
    const kind = type === 'function_call' ? 'function call' : 'custom tool call';
    if (!answered.has(id)) refuse(`No tool output found for ${kind} ${id}.`, 'input');
  }
}

/** Reasoning without what it led to means that somebody took the conversation apart. */
function checkReasoningIsFollowed(items: readonly JsonObject[]): void {
  items.forEach((item, index) => {
    if (item.type !== 'reasoning') return;
    const next = items[index + 1];
    const follows = next?.type === 'reasoning' || (next !== undefined && isCall(next)) || next?.role === 'assistant';
    if (follows) return;
    refuse(`Item '${String(item.id)}' of type 'reasoning' was provided without its required following item.`, 'input');
  });
}
