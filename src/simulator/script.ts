import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';

/** A tool call that a script orders, whatever the request's tools are. */
export interface ScriptedCall {
  readonly name: string;
  readonly arguments: JsonObject;
}

/**
 * What a provider does with one request. `afterChunks` counts pieces of content (text, thinking, tool arguments; the
 * frame that opens a tool call is one) that are sent whole before the fault; lifecycle frames come before the first of
 * them and are not counted. Every `…Ms`, and `ms`, is in milliseconds.
 */
export type Script =
  /** `body` absent: the vendor's own body for this status. A string is sent as text, all else as JSON. */
  | {
      readonly fault: 'status';
      readonly status: number;
      readonly body?: JsonValue;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** 429. Both values go out as they are, so that odd forms can be tried; Gemini tells them in `RetryInfo`. */
  | { readonly fault: 'rate-limited'; readonly retryAfter?: string; readonly retryAfterMs?: string }
  /** Status 200, then an overload error as the first event (in the body, where no stream was asked for). */
  | { readonly fault: 'overloaded-after-200' }
  | { readonly fault: 'hang-before-headers' }
  /** Headers and lifecycle frames at once, the first content after `ms`. */
  | { readonly fault: 'slow-first-content'; readonly ms: number }
  | { readonly fault: 'slow-headers'; readonly ms: number }
  /** Silence after so many pieces, the connection left open. */
  | { readonly fault: 'stall'; readonly afterChunks: number }
  /** The connection is closed in order, the answer is not finished. */
  | { readonly fault: 'cut'; readonly afterChunks: number }
  /** TCP reset. 0: before any byte of the answer. */
  | { readonly fault: 'reset'; readonly afterChunks: number }
  /** The piece after so many is broken JSON; the rest follows as if nothing were wrong. */
  | { readonly fault: 'malformed-chunk'; readonly afterChunks: number }
  /** Valid JSON that is no answer. */
  | { readonly fault: 'wrong-shape' }
  | { readonly fault: 'slow-drip'; readonly msPerChunk: number }
  /** Status 200 with a web page. */
  | { readonly fault: 'html-page' }
  /** Status 200 with the vendor's error body as JSON, also where a stream was asked for. */
  | { readonly fault: 'error-in-200' }
  /** A complete answer without content. */
  | { readonly fault: 'empty-answer' }
  | { readonly fault: 'model-retired' }
  /** `echoKey`: the vendor repeats the caller's key in its message, as some do. */
  | { readonly fault: 'auth-refused'; readonly echoKey?: boolean }
  /** Spend or quota used up: no retry cures it, and no retry time is told. */
  | { readonly fault: 'quota' }
  /** Refuses whatever the length; the message names the limit and a count above it. */
  | { readonly fault: 'context-too-long'; readonly limitTokens: number }
  | { readonly fault: 'invalid-request' }
  /** `error` (the default): the vendor refuses the prompt. `finish`: it stops the answer with its content-filter reason. */
  | { readonly fault: 'content-policy'; readonly how?: 'error' | 'finish' }
  /** A 400 that is about this provider and not about the request. */
  | { readonly fault: 'provider-rejected' }
  /** `truncated` (the default): the text, and the arguments of tool calls, end half-way though the answer says it is whole. */
  | { readonly fault: 'broken-json'; readonly how?: 'truncated' | 'prose' }
  /** Destroys the connection when this is not the first request on it; serves otherwise. */
  | { readonly fault: 'stale-connection' }
  /** Headers and lifecycle frames, then keep-alives for ever. */
  | { readonly fault: 'pings-only' }
  /** Serves. `answer` is the exact text, `tools` the exact calls, `headers` are added to the vendor's; `model` is the one that the answer names. */
  | {
      readonly fault: 'none';
      readonly answer?: string;
      readonly tools?: readonly ScriptedCall[];
      readonly delayMs?: number;
      readonly chunkDelayMs?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly model?: string;
    };

export type ScriptName = Script['fault'];

/** The statuses that `status` knows a vendor's body for. */
export const SIMULATED_STATUSES = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529] as const;

/** Longest wait that a script may ask for, in milliseconds. */
const MAX_WAIT_MS = 3_600_000;
const MAX_COUNT = 1_000_000;

type FieldCheck = (value: JsonValue) => string | undefined;

const wholeNumber =
  (least: number, most: number): FieldCheck =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
      ? undefined
      : `must be a whole number from ${least} to ${most}`;
const text: FieldCheck = (value) => (typeof value === 'string' ? undefined : 'must be a string');
const flag: FieldCheck = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const anything: FieldCheck = () => undefined;
const oneOf =
  (...words: readonly string[]): FieldCheck =>
  (value) =>
    typeof value === 'string' && words.includes(value) ? undefined : `must be one of ${words.join(', ')}`;
const headers: FieldCheck = (value) => {
  if (!isJsonObject(value)) return 'must be an object of strings';
  for (const [name, content] of Object.entries(value)) {
    if (!/^[a-z0-9-]+$/i.test(name)) return `holds a name that is no header name: ${name}`;
    if (typeof content !== 'string' || !/^[\t\x20-\x7e]*$/.test(content)) return `has no plain string for ${name}`;
  }
  return undefined;
};
const calls: FieldCheck = (value) => {
  if (!Array.isArray(value)) return 'must be a list of calls';
  const good = value.every(
    (call) => isJsonObject(call) && typeof call.name === 'string' && isJsonObject(call.arguments),
  );
  return good ? undefined : 'must hold objects {name, arguments}';
};

const wait = wholeNumber(0, MAX_WAIT_MS);
const count = wholeNumber(0, MAX_COUNT);

interface Field {
  readonly check: FieldCheck;
  readonly required?: boolean;
}

/** The fields of every script in the order in which a model name's suffix gives them. */
export const SCRIPT_FIELDS: Readonly<Record<ScriptName, Readonly<Record<string, Field>>>> = {
  status: {
    status: { check: wholeNumber(200, 599), required: true },
    body: { check: anything },
    headers: { check: headers },
  },
  'rate-limited': { retryAfter: { check: text }, retryAfterMs: { check: text } },
  'overloaded-after-200': {},
  'hang-before-headers': {},
  'slow-first-content': { ms: { check: wait, required: true } },
  'slow-headers': { ms: { check: wait, required: true } },
  stall: { afterChunks: { check: count, required: true } },
  cut: { afterChunks: { check: count, required: true } },
  reset: { afterChunks: { check: count, required: true } },
  'malformed-chunk': { afterChunks: { check: count, required: true } },
  'wrong-shape': {},
  'slow-drip': { msPerChunk: { check: wait, required: true } },
  'html-page': {},
  'error-in-200': {},
  'empty-answer': {},
  'model-retired': {},
  'auth-refused': { echoKey: { check: flag } },
  quota: {},
  'context-too-long': { limitTokens: { check: wholeNumber(1, 100_000_000), required: true } },
  'invalid-request': {},
  'content-policy': { how: { check: oneOf('error', 'finish') } },
  'provider-rejected': {},
  'broken-json': { how: { check: oneOf('truncated', 'prose') } },
  'stale-connection': {},
  'pings-only': {},
  none: {
    answer: { check: text },
    tools: { check: calls },
    delayMs: { check: wait },
    chunkDelayMs: { check: wait },
    headers: { check: headers },
    model: { check: text },
  },
};

/** A script that makes no sense. The message names the field. */
export class ScriptError extends Error {
  readonly isScriptError = true;

  constructor(message: string) {
    super(message);
    this.name = 'ScriptError';
  }
}

export function isScriptError(error: unknown): error is ScriptError {
  return error instanceof Error && (error as Partial<ScriptError>).isScriptError === true;
}

export function isScriptName(name: string): name is ScriptName {
  return Object.hasOwn(SCRIPT_FIELDS, name);
}

/** Throws `ScriptError` unless `value` is a script, whole and with nothing else in it. */
export function parseScript(value: unknown): Script {
  if (!isJsonObject(value)) throw new ScriptError('a script must be an object with a field "fault"');
  const name = value.fault;
  if (typeof name !== 'string' || !isScriptName(name)) {
    throw new ScriptError(`fault: ${JSON.stringify(name)} is none of ${Object.keys(SCRIPT_FIELDS).join(', ')}`);
  }
  const fields = SCRIPT_FIELDS[name];
  for (const [field, { check, required }] of Object.entries(fields)) {
    const given = value[field];
    if (given === undefined) {
      if (required) throw new ScriptError(`${field}: the script "${name}" needs it`);
      continue;
    }
    const complaint = check(given);
    if (complaint) throw new ScriptError(`${field}: ${complaint}, got ${JSON.stringify(given)}`);
  }
  for (const field of Object.keys(value)) {
    if (field !== 'fault' && !Object.hasOwn(fields, field)) {
      throw new ScriptError(`${field}: the script "${name}" has no such field`);
    }
  }
  // The table above is the union's shape, checked field by field.
  return value as unknown as Script;
}
