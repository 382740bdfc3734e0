import type { LimitKind, LimitTold } from '../resilience/headroom.ts';
import { resetInMs } from '../resilience/retry-after.ts';

type Headers = Readonly<Record<string, string>>;

/** Longest header value that is read, in characters. */
const MAX_VALUE_CHARS = 256;
/** Most limits that are read from one answer. */
const MAX_TOLD = 12;

const NOTHING: readonly LimitTold[] = [];

/**
 * The rate limits that an answer tells of, by every form in use; names of headers in lower case:
 *
 * - `x-ratelimit-{limit,remaining,reset}-<kind>`: OpenAI, Azure, Groq, xAI, Fireworks, Cerebras, Mistral, Hugging Face;
 *   without a kind: Together, OpenRouter
 * - `ratelimit-{limit,remaining,reset}` without `x-` (Hugging Face), `ratelimitbysize-…` (Mistral)
 * - `anthropic-ratelimit-<kind>-{limit,remaining,reset}`
 * - the IETF's `ratelimit: "name";r=5;t=30` beside `ratelimit-policy: "name";q=100;w=60`
 *
 * Gemini, Vertex and Bedrock tell none. What is not a number is left out; whether the numbers make sense is judged by
 * who believes them. Limits that count neither requests nor tokens (images, seconds of audio) are passed over.
 *
 * @see https://platform.openai.com/docs/guides/rate-limits
 * @see https://docs.anthropic.com/en/api/rate-limits
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers
 */
export function limitsTold(headers: Headers, wallNow: number): readonly LimitTold[] {
  let told: LimitTold[] | undefined;
  for (const name in headers) {
    if (!name.includes('ratelimit') || (told && told.length >= MAX_TOLD)) continue;
    if (name === 'ratelimit') {
      told = [...(told ?? []), ...structured(headers[name] ?? '', headers['ratelimit-policy'] ?? '')];
      continue;
    }
    const found = knownName(name);
    const one = found && toldBy(found, headers, wallNow);
    if (!one) continue;
    told ??= [];
    told.push(one);
  }
  return told ?? NOTHING;
}

interface Named {
  readonly name: string;
  readonly kind: LimitKind;
  readonly remaining: string;
  readonly limit: string;
  readonly reset: string;
  readonly refill: 'gradual' | undefined;
}

const ANTHROPIC = /^anthropic-ratelimit-(requests|tokens|input-tokens|output-tokens)-remaining$/;
/** Output counts as it comes there, not as it was asked for: of all token limits only the input is known beforehand. */
const ANTHROPIC_KINDS: Readonly<Record<string, LimitKind>> = {
  requests: 'requests',
  tokens: 'input-tokens',
  'input-tokens': 'input-tokens',
  'output-tokens': 'output-tokens',
};
const COMMON = /^(?:x-)?ratelimit(bysize)?-remaining(?:-(.+))?$/;

/** Every answer of a provider has the same headers: what their names mean is worked out once. Most names kept. */
const MAX_NAMES = 256;
const NAMES = new Map<string, Named | undefined>();

function knownName(name: string): Named | undefined {
  const known = NAMES.get(name);
  if (known !== undefined || NAMES.has(name)) return known;
  const found = named(name);
  if (NAMES.size < MAX_NAMES) NAMES.set(name, found);
  return found;
}

/** The three headers of one limit, found by the one that tells what remains. */
function named(name: string): Named | undefined {
  const own = ANTHROPIC.exec(name)?.[1];
  if (own !== undefined) {
    const [limit, reset] = [name.replace(/remaining$/, 'limit'), name.replace(/remaining$/, 'reset')];
    return { name: own, kind: ANTHROPIC_KINDS[own] ?? 'requests', remaining: name, limit, reset, refill: 'gradual' };
  }
  const common = COMMON.exec(name);
  if (!common) return undefined;
  const [, bySize, suffix = ''] = common;
  const kind = bySize === undefined ? kindOf(suffix) : 'tokens';
  if (kind === undefined) return undefined;
  return {
    name: `${bySize === undefined ? '' : 'size-'}${suffix === '' ? kind : suffix}`,
    kind,
    remaining: name,
    limit: name.replace('remaining', 'limit'),
    reset: name.replace('remaining', 'reset'),
    refill: undefined,
  };
}

function kindOf(suffix: string): LimitKind | undefined {
  if (/^(req|requests)(-|$)/.test(suffix)) return 'requests';
  if (/^tokens(-|$)/.test(suffix)) return 'tokens';
  if (/^input-tokens(-|$)/.test(suffix)) return 'input-tokens';
  if (/^output-tokens(-|$)/.test(suffix)) return 'output-tokens';
  return /^((\d+-)?(second|minute|hour|day|month))?$/.test(suffix) ? 'requests' : undefined;
}

function toldBy(found: Named, headers: Headers, wallNow: number): LimitTold | undefined {
  const remaining = count(headers[found.remaining]);
  const limit = count(headers[found.limit]);
  if (remaining === undefined || limit === undefined) return undefined;
  const reset = headers[found.reset];
  const resetMs = reset === undefined ? undefined : resetInMs(reset, wallNow);
  if (reset !== undefined && resetMs === undefined) return undefined;
  const { name, kind } = found;
  return { name, kind, limit, remaining, resetMs, refill: found.refill ?? refillOf(reset) };
}

/**
 * Who prints durations with their unit (OpenAI, Groq) refills all the time: the time told is what the used part takes
 * to come back. Bare seconds and dates are the end of a window.
 */
function refillOf(reset: string | undefined): LimitTold['refill'] {
  return reset !== undefined && /\d(d|h|m|s|ms|us|µs|ns)\s*$/.test(reset) ? 'gradual' : 'at-once';
}

const WHOLE = /^-?\d{1,19}(\.\d+)?$/;

function count(value: string | undefined): number | undefined {
  const text = value?.trim() ?? '';
  return WHOLE.test(text) ? Number(text) : undefined;
}

/** `"default";r=50;t=30`, and what the policy of the same name grants: `"default";q=100;w=60`. */
function structured(value: string, policy: string): LimitTold[] {
  if (value.length > MAX_VALUE_CHARS || policy.length > MAX_VALUE_CHARS) return [];
  const granted = new Map(items(policy).map((item) => [nameOf(item), parameter(item, 'q')]));
  return items(value).flatMap((item) => {
    const name = nameOf(item);
    const [remaining, seconds, limit] = [parameter(item, 'r'), parameter(item, 't'), granted.get(name)];
    if (remaining === undefined || limit === undefined) return [];
    const resetMs = seconds === undefined ? undefined : seconds * 1000;
    return [{ name: `policy-${name}`, kind: 'requests', limit, remaining, resetMs, refill: 'at-once' } as const];
  });
}

function items(value: string): string[] {
  return value.split(',', MAX_TOLD).map((item) => item.trim());
}

function nameOf(item: string): string {
  return item.split(';', 1)[0]?.replaceAll('"', '').trim().slice(0, 32) ?? '';
}

function parameter(item: string, key: 'q' | 'r' | 't'): number | undefined {
  const digits = new RegExp(`;\\s*${key}=(\\d{1,12})(?:\\s*;|\\s*$)`).exec(item)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
