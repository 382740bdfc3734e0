import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';
import { FIELDS, readObject } from './fields.ts';

/** Fields that make a part without data. */
const DATALESS_FIELDS = ['thoughtSignature', 'toolCall', 'toolResponse', 'videoMetadata'];

export interface GeminiTurn {
  readonly role: 'user' | 'model';
  readonly parts: readonly JsonObject[];
}

/** Accepted by the API in the place of a signature that no longer exists (ai.google.dev/gemini-api/docs/thought-signatures). */
const SIGNATURE_WAIVERS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];
const DATA_FIELDS = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];

/** Checks the conversation by the API's rules. `signed` models refuse calls of the current turn without a signature. */
export function checkContents(value: JsonValue | undefined, signed: boolean): GeminiTurn[] {
  const listed = asList(value);
  if (listed.length === 0) refuse('* GenerateContentRequest.contents: contents is not specified');
  const turns = joinModelTurns(listed.map((content, index) => checkContent(content, `contents[${index}]`, index)));
  checkFunctionTurns(turns);
  if (signed) checkSignatures(turns);
  return turns;
}

export function partsText(parts: readonly JsonObject[]): string {
  return parts.map((part) => (typeof part.text === 'string' && part.thought !== true ? part.text : '')).join('');
}

function checkContent(value: JsonValue, at: string, index: number): GeminiTurn {
  const content = readObject(value, FIELDS.content, at);
  const role = content.role ?? 'user';
  if (role !== 'user' && role !== 'model' && role !== 'function') refuse('Please use a valid role: user, model.');
  const listed = asList(content.parts);
  // A model's empty turn is taken back as it was given.
  if (listed.length === 0 && role !== 'model') {
    refuse(`* GenerateContentRequest.contents[${index}].parts: contents.parts must not be empty.`);
  }
  const parts = listed.map((part, number) => checkPart(part, `${at}.parts[${number}]`));
  return { role: role === 'model' ? 'model' : 'user', parts };
}

/** A single element may stand for a list of one, as in every proto JSON. */
export function asList(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Neighbouring turns of the model count as one. */
function joinModelTurns(turns: readonly GeminiTurn[]): GeminiTurn[] {
  const joined: GeminiTurn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (turn.role === 'model' && last?.role === 'model') {
      joined[joined.length - 1] = { role: 'model', parts: [...last.parts, ...turn.parts] };
    } else joined.push(turn);
  }
  return joined;
}

export function checkPart(value: JsonValue, at: string): JsonObject {
  const part = readObject(value, FIELDS.part, at);
  const data = DATA_FIELDS.filter((field) => part[field] !== undefined);
  if (data.length > 1)
    refuse(`Invalid value at '${at}' (oneof), oneof field 'data' is already set. Cannot set '${data[1]}'`);
  if (data.length === 0 && !DATALESS_FIELDS.some((field) => part[field] !== undefined)) {
    refuse(`* GenerateContentRequest.${at}.data: required oneof field 'data' must have one initialized field`);
  }
  if (part.text !== undefined && typeof part.text !== 'string') refuse(`Invalid value at '${at}.text' (TYPE_STRING)`);
  if (typeof part.thoughtSignature === 'string' && !isBytes(part.thoughtSignature)) {
    refuse(`Invalid value at '${at}.thought_signature' (TYPE_BYTES), Base64 decoding failed`);
  }
  if (part.functionCall !== undefined) part.functionCall = checkCall(part.functionCall, `${at}.function_call`);
  if (part.functionResponse !== undefined) {
    part.functionResponse = checkResponse(part.functionResponse, `${at}.function_response`);
  }
  return part;
}

/** Bytes come as base64, of either alphabet; the waivers are words the API knows. */
function isBytes(text: string): boolean {
  return (
    SIGNATURE_WAIVERS.includes(text) ||
    (/^[A-Za-z0-9+/_-]*={0,2}$/.test(text) && text.replace(/=/g, '').length % 4 !== 1)
  );
}

function checkCall(value: JsonValue, at: string): JsonObject {
  const call = readObject(value, FIELDS.functionCall, at);
  if (typeof call.name !== 'string' || call.name === '')
    refuse(`* GenerateContentRequest.${at}.name: Name cannot be empty.`);
  if (call.args !== undefined && !isJsonObject(call.args)) {
    refuse(`Invalid value at '${at}.args' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(call.args)}`);
  }
  return call;
}

function checkResponse(value: JsonValue, at: string): JsonObject {
  const response = readObject(value, FIELDS.functionResponse, at);
  if (typeof response.name !== 'string' || response.name === '') {
    refuse(`* GenerateContentRequest.${at}.name: Name cannot be empty.`);
  }
  if (response.response !== undefined && !isJsonObject(response.response)) {
    refuse(
      `Invalid value at '${at}.response' (type.googleapis.com/google.protobuf.Struct), ${JSON.stringify(response.response)}`,
    );
  }
  return response;
}

function countOf(turn: GeminiTurn | undefined, field: string): number {
  return (turn?.parts ?? []).filter((part) => part[field] !== undefined).length;
}

/** Calls come after a user's or a response turn, responses right after the calls and as many of them. */
function checkFunctionTurns(turns: readonly GeminiTurn[]): void {
  turns.forEach((turn, index) => {
    const before = turns[index - 1];
    const calls = countOf(turn, 'functionCall');
    const responses = countOf(turn, 'functionResponse');
    if (calls > 0 && before?.role !== 'user') {
      refuse(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    if (responses > 0 && countOf(before, 'functionCall') === 0) {
      refuse('Please ensure that function response turn comes immediately after a function call turn.');
    }
    const asked = countOf(before, 'functionCall');
    if (asked > 0 && asked !== responses) {
      refuse(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
    checkNames(before, turn);
  });
}

function checkNames(before: GeminiTurn | undefined, turn: GeminiTurn): void {
  const names = (before?.parts ?? []).map((part) =>
    isJsonObject(part.functionCall) ? part.functionCall.name : undefined,
  );
  for (const part of turn.parts) {
    const name = isJsonObject(part.functionResponse) ? part.functionResponse.name : undefined;
    if (name !== undefined && !names.includes(name)) {
      refuse('Please ensure that the function response name matches the name of a function call of the turn before.');
    }
  }
}

/** The first call of each turn since the user last spoke needs the signature that came with it. */
function checkSignatures(turns: readonly GeminiTurn[]): void {
  const spoken = turns.findLastIndex((turn) => turn.role === 'user' && countOf(turn, 'functionResponse') === 0);
  for (let index = spoken + 1; index < turns.length; index++) {
    const first = turns[index]?.parts.find((part) => part.functionCall !== undefined);
    if (!first || typeof first.thoughtSignature === 'string') continue;
    const name = isJsonObject(first.functionCall) ? String(first.functionCall.name) : '';
    refuse(
      `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position ${index + 1}.`,
    );
  }
}
