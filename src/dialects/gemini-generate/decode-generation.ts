import type { ChatRequest, OutputFormat, ReasoningRequest, Sampling } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  fieldPath,
  optionalArray,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringList,
} from '../common/fields.ts';
import { jsonSchemaOf } from './open-api-schema.ts';
import { camelFields, type Unmapped } from './proto-fields.ts';
import { objectOf } from './wire.ts';

/** Most alternatives that the API gives. */
const maxCandidates = 8;

const path = 'generationConfig';

const MAPPED = new Set([
  'temperature',
  'topP',
  'topK',
  'frequencyPenalty',
  'presencePenalty',
  'seed',
  'maxOutputTokens',
  'stopSequences',
  'candidateCount',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
]);

export type DecodedGeneration = Pick<
  ChatRequest,
  'sampling' | 'maxOutputTokens' | 'stop' | 'choices' | 'output' | 'reasoning'
>;

/** `generationConfig`: sampling, limits, thinking and the shape of the answer. */
export function decodeGeneration(body: JsonObject, unmapped: Unmapped): DecodedGeneration {
  const config = camelFields(optionalObject(body, path, '') ?? {});
  unmapped.addRest(config, MAPPED, path);
  const modalities = optionalArray(config, 'responseModalities', path) ?? [];
  if (modalities.some((modality) => modality !== 'TEXT' && modality !== 1)) unmapped.add(`${path}.responseModalities`);
  const maxOutputTokens = optionalNumber(config, 'maxOutputTokens', path, { min: 1, integer: true });
  const reasoning = decodeThinking(config, unmapped);
  return {
    sampling: decodeSampling(config),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    stop: optionalStringList(config, 'stopSequences', path) ?? [],
    choices: optionalNumber(config, 'candidateCount', path, { min: 1, max: maxCandidates, integer: true }) ?? 1,
    output: decodeOutput(config, unmapped),
    ...(reasoning && { reasoning }),
  };
}

function decodeSampling(config: JsonObject): Sampling {
  const temperature = optionalNumber(config, 'temperature', path, { min: 0, max: 2 });
  const topP = optionalNumber(config, 'topP', path, { min: 0, max: 1 });
  const topK = optionalNumber(config, 'topK', path, { min: 0, integer: true });
  const frequencyPenalty = optionalNumber(config, 'frequencyPenalty', path, { min: -2, max: 2 });
  const presencePenalty = optionalNumber(config, 'presencePenalty', path, { min: -2, max: 2 });
  const seed = optionalNumber(config, 'seed', path, { integer: true });
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(seed !== undefined && { seed }),
  };
}

function decodeOutput(config: JsonObject, unmapped: Unmapped): OutputFormat {
  const mimeType = optionalString(config, 'responseMimeType', path) ?? '';
  const schema = decodeSchema(config);
  switch (mimeType.toLowerCase()) {
    case '':
    case 'application/json':
      if (schema) return { kind: 'json-schema', name: 'answer', schema, strict: isClosed(schema) };
      return { kind: mimeType === '' ? 'text' : 'json' };
    case 'text/plain':
      return { kind: 'text' };
    default:
      // `text/x.enum`: one bare word out of a list, which no other dialect can be held to.
      unmapped.add(fieldPath(path, 'responseMimeType'));
      return { kind: 'text' };
  }
}

function decodeSchema(config: JsonObject): JsonObject | undefined {
  const asJson = optionalObject(config, 'responseJsonSchema', path);
  if (asJson) return asJson;
  const { responseSchema } = config;
  if (responseSchema === undefined || responseSchema === null) return undefined;
  return jsonSchemaOf(responseSchema, fieldPath(path, 'responseSchema'));
}

const STRICT_KEYWORDS = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'anyOf',
  'title',
  'description',
]);

/** Strict means more in other dialects than here: all properties required, none besides them, few keywords. */
function isClosed(schema: JsonObject, depth = 0): boolean {
  if (depth > 32 || Object.keys(schema).some((keyword) => !STRICT_KEYWORDS.has(keyword))) return false;
  const { properties, items, anyOf, required } = schema;
  const inner = [items, ...(Array.isArray(anyOf) ? anyOf : [])];
  if (schema.type === 'object' || properties !== undefined) {
    const names = Object.keys(objectOf(properties));
    const all = Array.isArray(required) && names.every((name) => required.includes(name));
    if (schema.additionalProperties !== false || !all) return false;
    inner.push(...Object.values(objectOf(properties)));
  }
  return inner.every((each) => each === undefined || (isJsonObject(each) && isClosed(each, depth + 1)));
}

const LEVELS = new Map<string, NonNullable<ReasoningRequest['effort']>>([
  ['MINIMAL', 'minimal'],
  ['LOW', 'low'],
  ['MEDIUM', 'medium'],
  ['HIGH', 'high'],
]);

/** A budget of 0 switches thinking off, -1 leaves it to the model. */
function decodeThinking(config: JsonObject, unmapped: Unmapped): ReasoningRequest | undefined {
  const given = optionalObject(config, 'thinkingConfig', path);
  if (!given) return undefined;
  const field = fieldPath(path, 'thinkingConfig');
  const thinking = camelFields(given);
  const budget = optionalNumber(thinking, 'thinkingBudget', field, { min: -1, integer: true });
  const word = optionalString(thinking, 'thinkingLevel', field)?.toUpperCase();
  unmapped.addRest(thinking, new Set(['thinkingBudget', 'thinkingLevel', 'includeThoughts']), field);
  if (budget === 0) return { effort: 'none' };
  if (budget !== undefined && budget > 0) return { budgetTokens: budget };
  const effort = word === undefined ? undefined : LEVELS.get(word);
  if (effort) return { effort };
  if (word !== undefined && word !== '' && word !== 'THINKING_LEVEL_UNSPECIFIED') {
    const known = [...LEVELS.keys()].join(', ');
    throw new RequestError(fieldPath(field, 'thinkingLevel'), `${field}.thinkingLevel must be one of ${known}.`);
  }
  return budget === -1 || thinking.includeThoughts === true ? {} : undefined;
}

/** Thoughts are shown to callers that ask for them; the others would read them as part of the answer. */
export function showsThoughts(original: JsonObject): boolean {
  const config = camelFields(objectOf(camelFields(original).generationConfig));
  return camelFields(objectOf(config.thinkingConfig)).includeThoughts === true;
}
