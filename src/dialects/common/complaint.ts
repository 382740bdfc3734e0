import type { ProviderComplaint } from '../../model/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
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
 * OpenRouter's and others' upstream error as JSON text. Plain text is taken as the message; HTML gives undefined.
 */
export function readComplaint(body: string): ProviderComplaint | undefined {
  const parsed = parseJson(body);
  if (parsed.ok) return complaintOf(parsed.value, 0);
  const text = body.trim();
  return text === '' || text.startsWith('<') ? undefined : { message: cut(text, MAX_MESSAGE_CHARS) };
}

/** The same for a body that is already parsed, e.g. the `error` chunk of a stream. */
export function complaintOf(value: JsonValue, depth = 0): ProviderComplaint | undefined {
  if (depth > MAX_NESTING) return undefined;
  if (Array.isArray(value)) return value[0] === undefined ? undefined : complaintOf(value[0], depth + 1);
  if (!isJsonObject(value)) return undefined;
  const error = value.error;
  if (isJsonObject(error)) return fromParts(error, upstreamError(error, depth));
  if (typeof error === 'string') return fromParts({ ...value, message: error }, undefined);
  return fromParts(value, undefined);
}

function fromParts(said: JsonObject, inner: ProviderComplaint | undefined): ProviderComplaint | undefined {
  const message = inner?.message ?? messageOf(said);
  const type = inner?.type ?? word(said.type) ?? word(said.status) ?? word(said.error_type);
  const code = inner?.code ?? word(said.code);
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
  for (const key of ['message', 'Message', 'detail', 'msg', 'title']) {
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

const CONTEXT_WORDS = [
  'context_length_exceeded',
  'exceed_context_size_error',
  'too_many_prompt_tokens',
  'too_many_tokens',
  'model_max_prompt_tokens_exceeded',
];

/** Wordings of "too long"; a group named `limit` is the window in tokens. */
const CONTEXT_PATTERNS: readonly RegExp[] = [
  /maximum (?:context|prompt|input) length (?:is|of|for this model is):? ?(?<limit>\d[\d,]*)/i,
  /maximum context length: ?(?<limit>\d[\d,]*)/i,
  /with (?<limit>\d[\d,]*) maximum context length/i,
  /prompt is too long:? ?\d[\d,]* tokens > (?<limit>\d[\d,]*)/i,
  /exceed context limit: [\d,]+ \+ [\d,]+ > (?<limit>\d[\d,]*)/i,
  /token count[^.]{0,40}? exceeds the (?:maximum number of tokens allowed|limit of)[ (]+(?<limit>\d[\d,]*)/i,
  /exceeds the available context size \((?<limit>\d[\d,]*)/i,
  /exceeded model token limit:? ?(?<limit>\d[\d,]*)/i,
  /current length is [\d,]+ while limit is (?<limit>\d[\d,]*)/i,
  /must have less than (?<limit>\d[\d,]*) tokens/i,
  /`max_new_tokens` must be <= (?<limit>\d[\d,]*)/i,
  /range of input length should be \[\d+, ?(?<limit>\d[\d,]*)\]/i,
  /(?:prompt|input|request|conversation) (?:is )?too long/i,
  /too many tokens/i,
  /exceed(?:s|ed)? (?:the )?(?:max(?:imum)?|model'?s?|available)?,? ?context (?:length|window|size|limit)/i,
  /exceeds the context (?:length|window)/i,
  /reduce the length of the (?:messages|prompt|input)/i,
  /prompt exceeds max(?:imum)? length/i,
];

/** All known wordings of a conversation that does not fit the model; the window in tokens where it is told. */
export function isContextTooLong(complaint: ProviderComplaint): { limitTokens?: number } | undefined {
  for (const pattern of CONTEXT_PATTERNS) {
    const match = pattern.exec(complaint.message);
    if (match === null) continue;
    const limit = Number(match.groups?.limit?.replaceAll(',', ''));
    return Number.isSafeInteger(limit) && limit > 0 ? { limitTokens: limit } : {};
  }
  return hasWord(complaint, CONTEXT_WORDS) ? {} : undefined;
}

const QUOTA_WORDS = [
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'billing_error',
  'enforced_spend_limit_reached',
  'insufficient_balance',
  'insufficient_credits',
  'quota_exceeded',
];
const QUOTA_PATTERN =
  /exceeded your current quota|credit balance is too low|insufficient (?:account )?(?:balance|credits?|funds|quota)|(?:spend(?:ing)?|billing) (?:hard )?(?:limit|cap)|not enough credits|more credits|account is not active/i;

/** No waiting of minutes cures it: quota, credit, spend cap. */
export function isQuota(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, QUOTA_WORDS) || QUOTA_PATTERN.test(complaint.message);
}

const POLICY_WORDS = [
  'content_filter',
  'content_policy_violation',
  'content_policy',
  'responsibleaipolicyviolation',
  'data_inspection_failed',
  'moderation_blocked',
  'cyber_policy_violation',
];
const POLICY_PATTERN =
  /content management policy|content (?:policy|violates)|violates? (?:our |the )?(?:usage|content) (?:policy|policies|guidelines)|content filter|content exists risk|safety system|input (?:was )?flagged|requires moderation|inappropriate content/i;

/** The provider will not answer this content. */
export function isContentPolicy(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, POLICY_WORDS) || POLICY_PATTERN.test(complaint.message);
}

const MODEL_WORDS = [
  'model_not_found',
  'model_not_available',
  'model_decommissioned',
  'invalid_model',
  'unknown_model',
  'deploymentnotfound',
];
const MODEL_PATTERN =
  /is not a valid model|no such model|(?:unknown|invalid) model\b|not a chat model|no endpoints found for|\bmodel\b[^.]{0,120}(?:does not exist|doesn't exist|not found|not exist|decommissioned|deprecated|been retired)/i;

/** The model (or deployment) is not there: never was, retired, or not for this account. */
export function isModelMissing(complaint: ProviderComplaint): boolean {
  return hasWord(complaint, MODEL_WORDS) || complaint.param === 'model' || MODEL_PATTERN.test(complaint.message);
}

function hasWord(complaint: ProviderComplaint, words: readonly string[]): boolean {
  const { code, type } = complaint;
  return words.includes(code?.toLowerCase() ?? '') || words.includes(type?.toLowerCase() ?? '');
}

const MAX_HINT_MS = 24 * 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const HINT =
  /(?:try again|retry|wait)(?:\s+(?:in|after|for))?\s+((?:\d{1,9}(?:\.\d{1,9})?\s{0,3}(?:milliseconds?|ms|hours?|h|minutes?|mins?|m|seconds?|secs?|s)\b[\s,]{0,3}|\d{1,9}(?:\.\d{1,9})?[hms])+)/i;
const HINT_PIECE = /(\d+(?:\.\d+)?)\s*(milliseconds?|ms|h|m|s)/gi;

/**
 * How long a body asks to wait, in milliseconds: "try again in 46.72s", "6m0s", "retry after 5 seconds", Google's
 * `RetryInfo.retryDelay`. Undefined where it does not say; at most 24 h.
 */
export function retryHintMs(body: string): number | undefined {
  const text = body.slice(0, MAX_SEARCHED_CHARS);
  const delay = /"retryDelay"\s*:\s*"(\d{1,9}(?:\.\d{1,12})?)s"/.exec(text)?.[1];
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
