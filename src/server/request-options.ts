import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOptions } from '../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { readPromptUse } from '../model/prompt-use.ts';
import { HttpFailure } from './http-failure.ts';

const MAX_DEADLINE_MS = 86_400_000;
const MAX_RETENTION_DAYS = 36_500;
const MAX_TAGS = 20;
const MAX_TAG_LENGTH = 64;
const MAX_CONVERSATION_LENGTH = 200;

/** Options by their name in the body object `understudy`, and in headers as `x-understudy-…` with dashes. */
const NAMES = [
  'deadline_ms',
  'quality',
  'residency',
  'retention_days',
  'languages',
  'pin',
  'tags',
  'conversation',
  'defer',
  'webhook',
  'prompt',
] as const;
type OptionName = (typeof NAMES)[number];
const HEADERS = NAMES.map((name) => [name, `x-understudy-${name.replace('_', '-')}`] as const);

/** What most requests wish of the gateway itself. */
const NO_OPTIONS: RequestOptions = {};

/**
 * Takes the caller's wishes to the gateway itself out of body and headers; the body wins.
 * An unknown name is refused: an option that is silently ignored is a promise broken at the worst moment.
 */
export function takeRequestOptions(
  body: JsonObject,
  headers: IncomingHttpHeaders,
): { body: JsonObject; options: RequestOptions } {
  const given: Partial<Record<OptionName, { value: JsonValue; field: string }>> = {};
  let named = false;
  for (const [name, header] of HEADERS) {
    const value = headers[header];
    if (typeof value !== 'string') continue;
    given[name] = { value: fromHeader(name, value), field: header };
    named = true;
  }
  const own = body.understudy;
  if (own === undefined) return { body, options: named ? readOptions(given) : NO_OPTIONS };
  if (!isJsonObject(own)) throw refuse('understudy', 'must be an object');
  for (const [name, value] of Object.entries(own)) {
    if (!isOptionName(name)) {
      throw refuse(`understudy.${name.slice(0, 40)}`, `is not an option; known are ${NAMES.join(', ')}`);
    }
    given[name] = { value, field: `understudy.${name}` };
  }
  const { understudy: _, ...rest } = body;
  return { body: rest, options: readOptions(given) };
}

function isOptionName(name: string): name is OptionName {
  return (NAMES as readonly string[]).includes(name);
}

function fromHeader(name: OptionName, value: string): JsonValue {
  if (name === 'deadline_ms' || name === 'retention_days') return value.trim() === '' ? value : Number(value);
  if (name === 'residency' || name === 'languages' || name === 'tags')
    return value.split(',').map((part) => part.trim());
  return value;
}

function readOptions(given: Partial<Record<OptionName, { value: JsonValue; field: string }>>): RequestOptions {
  const { deadline_ms: deadline, quality, residency, retention_days: retention, languages } = given;
  const { pin, tags, conversation, defer, webhook, prompt } = given;
  return {
    ...(deadline && { deadlineMs: readDeadline(deadline) }),
    ...(quality && { quality: readQuality(quality) }),
    ...(residency && { residency: readList(residency) }),
    ...(retention && { maxRetentionDays: readRetention(retention) }),
    ...(languages && { languages: readLanguages(languages) }),
    ...(pin && { pin: readPin(pin) }),
    ...(tags && { tags: readList(tags) }),
    ...(conversation && { conversation: readConversation(conversation) }),
    ...(defer && readDefer(defer)),
    ...(webhook && { webhook: readWebhook(webhook) }),
    ...(prompt && readPrompt(prompt)),
  };
}

function readDeadline({ value, field }: { value: JsonValue; field: string }): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 1 && value <= MAX_DEADLINE_MS) return value;
  throw refuse(field, `must be a number of milliseconds from 1 to ${MAX_DEADLINE_MS}`);
}

function readRetention({ value, field }: { value: JsonValue; field: string }): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_RETENTION_DAYS) return value;
  throw refuse(field, `must be a whole number of days from 0 to ${MAX_RETENTION_DAYS}`);
}

/** BCP 47: what looks like no tag would match no target's languages, and shut them all out. */
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;

function readLanguages(given: { value: JsonValue; field: string }): string[] {
  const tags = readList(given);
  if (tags.every((tag) => LANGUAGE.test(tag))) return tags;
  throw refuse(given.field, 'must hold language tags such as de or pt-BR');
}

function readQuality({ value, field }: { value: JsonValue; field: string }): 'strict' | 'degraded-ok' {
  if (value === 'strict' || value === 'degraded-ok') return value;
  throw refuse(field, 'must be "strict" or "degraded-ok"');
}

function readPin({ value, field }: { value: JsonValue; field: string }): string {
  if (typeof value === 'string' && /^[^/\s]+\/\S+$/.test(value)) return value;
  throw refuse(field, 'must be a target, written provider/model');
}

function readConversation({ value, field }: { value: JsonValue; field: string }): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_CONVERSATION_LENGTH) return value;
  throw refuse(field, `must be a text of 1 to ${MAX_CONVERSATION_LENGTH} characters`);
}

/** `false` is what a caller says that has a switch of its own. */
function readDefer({ value, field }: { value: JsonValue; field: string }): Pick<RequestOptions, 'defer'> {
  if (value === true || value === 'true') return { defer: 'always' };
  if (value === false || value === 'false') return {};
  if (value === 'if-needed') return { defer: 'if-needed' };
  throw refuse(field, 'must be true, false or "if-needed"');
}

function readWebhook({ value, field }: { value: JsonValue; field: string }): string {
  if (typeof value === 'string' && value !== '' && value.length <= MAX_TAG_LENGTH) return value;
  throw refuse(field, `must be the name of a configured endpoint, of at most ${MAX_TAG_LENGTH} characters`);
}

function readPrompt({ value, field }: { value: JsonValue; field: string }): Pick<RequestOptions, 'prompt'> {
  const prompt = readPromptUse(value, (at, message) => {
    throw refuse(at === '' ? field : `${field}.${at}`, message);
  });
  return prompt ? { prompt } : {};
}

function readList({ value, field }: { value: JsonValue; field: string }): string[] {
  const list = typeof value === 'string' ? [value] : value;
  const good = (tag: JsonValue): tag is string => typeof tag === 'string' && tag !== '' && tag.length <= MAX_TAG_LENGTH;
  if (Array.isArray(list) && list.length > 0 && list.length <= MAX_TAGS && list.every(good)) return list as string[];
  throw refuse(field, `must be a list of 1 to ${MAX_TAGS} texts of at most ${MAX_TAG_LENGTH} characters`);
}

function refuse(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', `${field} ${message}`, { field });
}
