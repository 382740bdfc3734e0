import type { ChatRequest, OutputFormat, ReasoningRequest, Sampling } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import {
  fieldPath,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalString,
  optionalStringList,
} from '../common/fields.ts';
import type { Unmapped } from '../common/unmapped.ts';
import { jsonSchemaOf } from './open-api-schema.ts';
import { camelFields } from './proto-fields.ts';
import { GENERATION_FIELDS, THINKING_FIELDS } from './request-fields.ts';
import { objectOf } from './wire.ts';

/** Most alternatives that the API gives. */
const maxCandidates = 8;

const path = 'generationConfig';

export type DecodedGeneration = Pick<
  ChatRequest,
  'sampling' | 'maxOutputTokens' | 'stop' | 'choices' | 'output' | 'reasoning' | 'logprobs'
>;

/** `generationConfig`: sampling, limits, thinking and the shape of the answer. */
export function decodeGeneration(body: JsonObject, unmapped: Unmapped): DecodedGeneration {
  const config = camelFields(optionalObject(body, path, '') ?? {});
  unmapped.addByRules(config, GENERATION_FIELDS, path);
  requireModalities(config, unmapped);
  const maxOutputTokens = optionalNumber(config, 'maxOutputTokens', path, { min: 1, integer: true });
  const reasoning = decodeThinking(config, unmapped);
  return {
    sampling: decodeSampling(config),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    stop: optionalStringList(config, 'stopSequences', path) ?? [],
    choices: decodeChoices(config, unmapped),
    output: decodeOutput(config, unmapped),
    ...(reasoning && { reasoning }),
    ...decodeLogprobs(config),
  };
}

/** A caller that reads the second answer cannot be given one. */
function decodeChoices(config: JsonObject, unmapped: Unmapped): number {
  const choices = optionalNumber(config, 'candidateCount', path, { min: 1, max: maxCandidates, integer: true }) ?? 1;
  const field = fieldPath(path, 'candidateCount');
  if (choices > 1) unmapped.require({ kind: 'ability', ability: 'several-answers', field });
  return choices;
}

/** In the order of their numbers. */
const MODALITIES = ['MODALITY_UNSPECIFIED', 'TEXT', 'IMAGE', 'AUDIO', 'VIDEO'];

function requireModalities(config: JsonObject, unmapped: Unmapped): void {
  const field = fieldPath(path, 'responseModalities');
  for (const given of optionalArray(config, 'responseModalities', path) ?? []) {
    const modality = typeof given === 'number' ? MODALITIES[given] : given;
    const needs = { kind: 'ability', only: 'gemini-generate', field } as const;
    if (modality === 'IMAGE') unmapped.require({ ...needs, ability: 'image-output' });
    else if (modality === 'AUDIO') unmapped.require({ ...needs, ability: 'audio-output' });
    else if (modality !== 'TEXT' && modality !== 'MODALITY_UNSPECIFIED') unmapped.add(field);
  }
}

function decodeLogprobs(config: JsonObject): Pick<ChatRequest, 'logprobs'> {
  const top = optionalNumber(config, 'logprobs', path, { min: 0, max: 20, integer: true });
  const asked = optionalBoolean(config, 'responseLogprobs', path) ?? false;
  return asked || (top !== undefined && top > 0) ? { logprobs: { top: top ?? 0 } } : {};
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
  unmapped.addByRules(thinking, THINKING_FIELDS, field);
  const shown = optionalBoolean(thinking, 'includeThoughts', field);
  const display = shown === undefined ? {} : { display: shown ? ('shown' as const) : ('hidden' as const) };
  if (budget === 0) return { effort: 'none' };
  if (budget !== undefined && budget > 0) return { budgetTokens: budget, ...display };
  const effort = word === undefined ? undefined : LEVELS.get(word);
  if (effort) return { effort, ...display };
  if (word !== undefined && word !== '' && word !== 'THINKING_LEVEL_UNSPECIFIED') {
    const known = [...LEVELS.keys()].join(', ');
    throw new RequestError(fieldPath(field, 'thinkingLevel'), `${field}.thinkingLevel must be one of ${known}.`);
  }
  return budget === -1 || shown === true ? display : undefined;
}

/** Thoughts are shown to callers that ask for them; the others would read them as part of the answer. */
export function showsThoughts(original: JsonObject): boolean {
  const config = camelFields(objectOf(camelFields(original).generationConfig));
  return camelFields(objectOf(config.thinkingConfig)).includeThoughts === true;
}
