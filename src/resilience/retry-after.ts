import { parseWireDate } from './wire-date.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Longest wait that is believed, in milliseconds: 24 h. Spend caps and daily quotas do tell hours; a month told by a
 * wrong clock or a hostile endpoint would take a lane out for good.
 */
export const MAX_RETRY_AFTER_MS = 86_400_000;

const SIGNED_DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

/** Longest header value that is read, in characters; every form known is shorter than half of it. */
const MAX_VALUE_CHARS = 128;

/**
 * How long a provider asks to be left alone, in milliseconds from now, 0 to `MAX_RETRY_AFTER_MS`; undefined where no
 * header tells it in a form that makes sense. Reads `retry-after` (seconds, also decimal, or a date), `retry-after-ms`
 * and `x-ms-retry-after-ms`. Where several tell, the longest counts: Azure sends `retry-after: 1` with
 * `retry-after-ms: 0`. Header names in lower case. Some providers send these with status 200: ask only on errors.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(headers: Headers, wallNow: number): number | undefined {
  return longest([
    secondsOrDate(headers['retry-after'], wallNow),
    decimal(headers['retry-after-ms']),
    decimal(headers['x-ms-retry-after-ms']),
  ]);
}

/**
 * Milliseconds until the rate limits that are used up are renewed, 0 to `MAX_RETRY_AFTER_MS`: the latest reset among
 * the kinds of which nothing remains; undefined where something remains of every kind, or nothing is told. Reads
 * `x-ratelimit-{remaining,reset}` with or without a kind (`-requests`, `-tokens`, `-tokens-minute`, …), the same without
 * `x-` (Hugging Face), `ratelimitbysize-…` (Mistral), `anthropic-ratelimit-<kind>-{remaining,reset}`, and the IETF's
 * `ratelimit: "name";r=0;t=30`. Resets come as `1m0.198s`, `52ms`, seconds, epoch seconds or
 * milliseconds, or RFC 3339. A remaining of -1 means that there is no limit (Azure).
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://docs.anthropic.com/en/api/rate-limits
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers
 */
export function rateLimitResetMs(headers: Headers, wallNow: number): number | undefined {
  const resets: (number | undefined)[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'ratelimit') resets.push(...structuredResets(value));
    const resetName = resetOf(name);
    if (resetName !== undefined && decimal(value) === 0) resets.push(resetInMs(headers[resetName], wallNow));
  }
  return longest(resets);
}

/** The header that tells when the kind behind a `remaining` header is renewed. */
function resetOf(name: string): string | undefined {
  if (/^(x-)?ratelimit(bysize)?-remaining(-|$)/.test(name)) return name.replace('remaining', 'reset');
  if (/^anthropic-ratelimit-.+-remaining$/.test(name)) return name.replace(/remaining$/, 'reset');
  return undefined;
}

/** Most limits that one `ratelimit` header is read for. */
const MAX_STRUCTURED = 8;

/** `"default";r=0;t=30, "daily";r=900;t=4000`: the resets of the limits of which nothing remains. */
function structuredResets(value: string): number[] {
  if (value.length > MAX_VALUE_CHARS) return [];
  return value
    .split(',', MAX_STRUCTURED)
    .filter((limit) => /;\s*r=0(?:\s*;|\s*$)/.test(limit))
    .flatMap((limit) => {
      const seconds = /;\s*t=(\d{1,9})(?:\s*;|\s*$)/.exec(limit)?.[1];
      return seconds === undefined ? [] : [Number(seconds) * 1000];
    });
}

function longest(waits: readonly (number | undefined)[]): number | undefined {
  const told = waits.flatMap((wait) => (wait === undefined || Number.isNaN(wait) ? [] : [wait]));
  if (told.length === 0) return undefined;
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ...told));
}

function decimal(value: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  return text.length <= MAX_VALUE_CHARS && SIGNED_DECIMAL.test(text) ? Number(text) : undefined;
}

function secondsOrDate(value: string | undefined, wallNow: number): number | undefined {
  const seconds = decimal(value);
  return seconds === undefined ? untilDate(value, wallNow) : seconds * 1000;
}

function untilDate(value: string | undefined, wallNow: number): number | undefined {
  const text = value?.trim() ?? '';
  const at = text.length <= MAX_VALUE_CHARS ? parseWireDate(text, wallNow) : undefined;
  return at === undefined ? undefined : at - wallNow;
}

/** Bare numbers from here on are a date: 1e9 s is in 2001, 1e11 ms in 1973, and nobody waits for 31 years. */
const LEAST_EPOCH_SECONDS = 1e9;
const LEAST_EPOCH_MS = 1e11;

/**
 * Milliseconds until a reset, from now: negative where it is past, undefined where the value makes no sense. Reads
 * durations with units, seconds, epoch seconds and milliseconds, and dates.
 */
export function resetInMs(value: string | undefined, wallNow: number): number | undefined {
  const bare = decimal(value);
  if (bare === undefined) return goDuration(value) ?? untilDate(value, wallNow);
  if (bare >= LEAST_EPOCH_MS) return bare - wallNow;
  return (bare >= LEAST_EPOCH_SECONDS ? bare - wallNow / 1000 : bare) * 1000;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** Durations as Go prints them, which is what OpenAI and Groq send: `1m0.198s`, `6h0m0s`, `52ms`. Read on every answer, so by hand. */
function goDuration(value: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  if (text === '' || text.length > MAX_VALUE_CHARS) return undefined;
  let ms = 0;
  let at = 0;
  while (at < text.length) {
    const amountEnd = endOf(text, at, isAmount);
    const unitEnd = endOf(text, amountEnd, isUnit);
    const amount = text.slice(at, amountEnd);
    const unit = UNIT_MS[text.slice(amountEnd, unitEnd)];
    if (unit === undefined || amount.startsWith('.') || amount.endsWith('.')) return undefined;
    // Two dots, or no digit at all, make no number.
    ms += amount === '' ? Number.NaN : Number(amount) * unit;
    at = unitEnd;
  }
  return Number.isNaN(ms) ? undefined : ms;
}

function endOf(text: string, from: number, belongs: (code: number) => boolean): number {
  let at = from;
  while (at < text.length && belongs(text.charCodeAt(at))) at += 1;
  return at;
}

const isAmount = (code: number) => (code >= 48 && code <= 57) || code === 46;
const isUnit = (code: number) => !isAmount(code);
