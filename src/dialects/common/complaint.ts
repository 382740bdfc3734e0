import type { ProviderComplaint } from '../../model/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import {
  CONTEXT_PATTERNS,
  KEY_PATTERN,
  LACKING_SERVER,
  MODEL_PATTERN,
  OUTAGE_PATTERN,
  POLICY_PATTERN,
  QUOTA_PATTERN,
  STATE_PATTERN,
  TOO_LARGE_FOR_PLAN,
  UNSUPPORTED_PATTERNS,
  WORDS,
} from './complaint-words.ts';
import { parseJson } from './frame-json.ts';

const MAX_MESSAGE_CHARS = 500;
const MAX_WORD_CHARS = 100;
/** Error bodies are small; wordings are looked for in this much of them. */
const MAX_SEARCHED_CHARS = 8192;
/** OpenRouter wraps the upstream's error as text, once; anything deeper is not an error body. */
const MAX_NESTING = 3;

/**
 * What a provider said, from any error body: OpenAI and kin `{error:{message,type,code,param}}`, Anthropic, Google (also
 * wrapped in an array), xAI and Venice `{error:"text"}`, Mistral, FastAPI `{detail}`, Cohere and AWS `{message}`,
 * Cloudflare `{errors:[…]}`, Databricks `{error_code}`, MiniMax `{base_resp}`, OpenRouter's and others' upstream error as
 * JSON text. An event stream is read for its first event. Plain text is taken as the message; HTML gives undefined.
 */
export function readComplaint(body: string): ProviderComplaint | undefined {
  const text = withoutFraming(body).trim();
  const parsed = parseJson(text);
  if (parsed.ok) return complaintOf(parsed.value, 0);
  return text === '' || text.startsWith('<') ? undefined : { message: cut(text, MAX_MESSAGE_CHARS) };
}

/** The refusal of a streaming call may come framed as an event, whatever its status. */
function withoutFraming(body: string): string {
  return /^\s*(?:event:[^\n]*\n)?data:([^\n]*)/.exec(body)?.[1] ?? body;
}

/** The same for a body that is already parsed, e.g. the `error` chunk of a stream. */
export function complaintOf(value: JsonValue, depth = 0): ProviderComplaint | undefined {
  if (depth > MAX_NESTING) return undefined;
  if (Array.isArray(value)) return value[0] === undefined ? undefined : complaintOf(value[0], depth + 1);
  if (typeof value === 'string') return complaintOfText(value, depth);
  if (!isJsonObject(value)) return undefined;
  const { error } = value;
  if (isJsonObject(error)) return fromParts(error, upstreamError(error, depth));
  if (typeof error === 'string') return fromParts({ ...value, message: error }, undefined);
  const inner = [value.errors, value.detail, value.base_resp, value.message].find(holdsError);
  return (inner === undefined ? undefined : complaintOf(inner, depth + 1)) ?? fromParts(value, undefined);
}

/** An error one level down. FastAPI's list of details is none: its entries say where, and are read together. */
function holdsError(value: JsonValue | undefined): value is JsonObject | JsonValue[] {
  return isJsonObject(value) || (Array.isArray(value) && isJsonObject(value[0]) && value[0].loc === undefined);
}

/** JSON text inside a JSON string, or the message itself. */
function complaintOfText(text: string, depth: number): ProviderComplaint | undefined {
  if (text.trim() === '') return undefined;
  const parsed = parseJson(text);
  if (parsed.ok && isJsonObject(parsed.value)) return complaintOf(parsed.value, depth + 1);
  return { message: cut(text.trim(), MAX_MESSAGE_CHARS) };
}

function fromParts(said: JsonObject, inner: ProviderComplaint | undefined): ProviderComplaint | undefined {
  const message = inner?.message ?? messageOf(said);
  const type = inner?.type ?? word(said.type) ?? word(said.status) ?? word(said.error_type);
  const code = inner?.code ?? word(said.code) ?? word(said.error_code) ?? word(said.status_code);
  const param = inner?.param ?? word(said.param);
  if (message === undefined && type === undefined && code === undefined) return undefined;
  return {
    message: cut(message ?? code ?? type ?? '', MAX_MESSAGE_CHARS),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    ...(param !== undefined && { param }),
  };
}

function messageOf(said: JsonObject): string | undefined {
  for (const key of ['message', 'Message', 'detail', 'msg', 'status_msg', 'title']) {
    const value = said[key];
    if (typeof value === 'string' && value !== '') return value;
    if (Array.isArray(value)) return validationDetail(value);
  }
  return undefined;
}

/** FastAPI's `detail: [{loc: ['body','tools'], msg}]`. */
function validationDetail(list: readonly JsonValue[]): string | undefined {
  const lines: string[] = [];
  for (const item of list.slice(0, 5)) {
    if (!isJsonObject(item) || typeof item.msg !== 'string') continue;
    const at = Array.isArray(item.loc) ? `${item.loc.join('.')}: ` : '';
    lines.push(at + item.msg);
  }
  return lines.length > 0 ? lines.join('; ') : undefined;
}

/** The error of the provider behind the provider, where it came along as text. */
function upstreamError(error: JsonObject, depth: number): ProviderComplaint | undefined {
  const raw = isJsonObject(error.metadata) ? error.metadata.raw : error.details;
  if (isJsonObject(raw)) return complaintOf(raw, depth + 1);
  if (typeof raw !== 'string' || raw === '') return undefined;
  const parsed = parseJson(raw);
  if (parsed.ok && typeof parsed.value === 'object') return complaintOf(parsed.value, depth + 1);
  return isJsonObject(error.metadata) && !raw.startsWith('<') ? { message: cut(raw, MAX_MESSAGE_CHARS) } : undefined;
}

function word(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? cut(value, MAX_WORD_CHARS) : undefined;
}

/** Cuts between characters, never inside a surrogate pair. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max);
}

/** All known wordings of a conversation that does not fit the model; the window in tokens where it is told. */
export function isContextTooLong(complaint: ProviderComplaint): { limitTokens?: number } | undefined {
  for (const pattern of CONTEXT_PATTERNS) {
    const match = pattern.exec(complaint.message);
    if (match === null) continue;
    const limit = Number(match.groups?.limit?.replaceAll(',', ''));
    return Number.isSafeInteger(limit) && limit > 0 ? { limitTokens: limit } : {};
  }
  return hasWord(complaint, WORDS.context) ? {} : undefined;
}

/** No waiting of minutes cures it: quota, credit, spend cap. */
export function isQuota(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, WORDS.quota) || QUOTA_PATTERN.test(complaint.message);
}

/** The provider will not answer this content. */
export function isContentPolicy(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, WORDS.policy) || POLICY_PATTERN.test(complaint.message);
}

/** The model (or deployment) is not there: never was, retired, or not for this account. */
export function isModelMissing(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, WORDS.model) || complaint.param === 'model' || MODEL_PATTERN.test(complaint.message);
}

/** The credential, its account, or the place it is used from is not accepted, whatever the status says. */
export function isBadKey(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, WORDS.key) || KEY_PATTERN.test(complaint.message);
}

/** The server is overloaded, loading or broken, told with a status that means something else. */
export function isOutage(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, WORDS.outage) || OUTAGE_PATTERN.test(complaint.message);
}

/** The request alone is more than this account's minute holds: waiting does not help, another provider may. */
export function isTooLargeForPlan(complaint: ProviderComplaint): boolean {
  return TOO_LARGE_FOR_PLAN.test(complaint.message);
}

/** An option, size or form that this provider or model does not take; another may. */
export function isUnsupported(complaint: ProviderComplaint): boolean {
  return (
    hasWord(complaint, WORDS.unsupported) || UNSUPPORTED_PATTERNS.some((pattern) => pattern.test(complaint.message))
  );
}

/** Opaque state of an earlier turn (a signature, an encrypted item) that this provider does not take for its own. */
export function isStateRefused(complaint: ProviderComplaint): boolean {
  return complaint.code === 'invalid_encrypted_content' || STATE_PATTERN.test(complaint.message);
}

/** The same, told as an error of the server. */
export function isLackingServer(complaint: ProviderComplaint): boolean {
  return LACKING_SERVER.test(complaint.message);
}

function hasWord(complaint: ProviderComplaint, words: readonly string[]): boolean {
  const { code, type } = complaint;
  return words.includes(code?.toLowerCase() ?? '') || words.includes(type?.toLowerCase() ?? '');
}

const MAX_HINT_MS = 24 * 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const HINT =
  /(?:try again|retry|wait)(?:\s+(?:in|after|for))?\s+((?:\d{1,9}(?:\.\d{1,9})?\s{0,3}(?:milliseconds?|ms|hours?|h|minutes?|mins?|m|seconds?|secs?|s)\b[\s,]{0,3}|\d{1,9}(?:\.\d{1,9})?[hms])+)/i;
const SECONDS_FIELD =
  /"(?:retryDelay|estimated_time|retry_after(?:_seconds)?)"\s{0,9}:\s{0,9}"?(\d{1,9}(?:\.\d{1,12})?)s?[",}\s]/;
const HINT_PIECE = /(\d+(?:\.\d+)?)\s*(milliseconds?|ms|h|m|s)/gi;

/**
 * How long a body asks to wait, in milliseconds: "try again in 46.72s", "6m0s", "retry after 5 seconds", Google's
 * `RetryInfo.retryDelay`, Hugging Face's `estimated_time` until a model is loaded. Undefined where it does not say; at most 24 h.
 */
export function retryHintMs(body: string): number | undefined {
  const text = body.slice(0, MAX_SEARCHED_CHARS);
  const delay = SECONDS_FIELD.exec(text)?.[1];
  const told = delay === undefined ? wordedMs(text) : Math.ceil(Number(delay) * 1000);
  return told === undefined ? undefined : Math.min(told, MAX_HINT_MS);
}

function wordedMs(text: string): number | undefined {
  const worded = HINT.exec(text)?.[1];
  if (worded === undefined) return undefined;
  let ms = 0;
  for (const [, count, unit] of worded.matchAll(HINT_PIECE)) {
    const short = (unit ?? '').toLowerCase().startsWith('milli') ? 'ms' : (unit ?? '').toLowerCase();
    ms += Number(count) * (UNIT_MS[short] ?? 0);
  }
  return Math.ceil(ms);
}
