import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault, ProviderComplaint } from '../../model/fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import {
  complaintOf,
  isBadKey,
  isContentPolicy,
  isContextTooLong,
  isModelMissing,
  isQuota,
  isStateRefused,
  isUnsupported,
  readComplaint,
  retryHintMs,
} from '../common/complaint.ts';
import { parseJson } from '../common/frame-json.ts';
import { jsonText, listOf, objectOf, textOf } from './wire.ts';

/** A wait up to this long is a rate limit, whatever the wording: Google says "check your plan and billing" in both. */
const shortRetryMs = 300_000;

/** Everything that the classification looks at. */
interface Refusal {
  readonly status: number;
  /** The gRPC code in words, e.g. `RESOURCE_EXHAUSTED`; '' where none was given. */
  readonly word: string;
  /** `reason` of the `google.rpc.ErrorInfo`, e.g. `API_KEY_INVALID`. */
  readonly reason: string;
  readonly quotaIds: readonly string[];
  readonly isHtml: boolean;
  readonly complaint: ProviderComplaint | undefined;
  readonly retryAfterMs: number | undefined;
}

/**
 * The status in words decides before the number: a bad API key is a 400, a retry delay stands in the body.
 *
 * @see https://cloud.google.com/apis/design/errors
 */
export function decodeFault(response: ErrorResponse): Fault {
  const body = withoutFraming(response.body);
  const parsed = parseJson(body);
  const error = parsed.ok ? errorOf(parsed.value) : undefined;
  const header = secondsOf(response.headers['retry-after']);
  const hint = retryHintMs(body);
  return classify({
    ...read(error ?? {}, response.status),
    isHtml: body.trimStart().startsWith('<'),
    complaint: readComplaint(body),
    retryAfterMs: header === undefined ? hint : Math.max(header, hint ?? 0),
  });
}

/**
 * An error inside a 2xx answer: `{"error":{…}}` where a response belongs; undefined where there is none. The request
 * had been accepted, so what would be an error of the server, or no known one, is an answer that is none.
 */
export function decodeErrorBody(value: JsonObject): Fault | undefined {
  const { error } = value;
  if (error === undefined || error === null) return undefined;
  const fault = classify({
    ...read(objectOf(error), 200),
    isHtml: false,
    complaint: complaintOf(value),
    retryAfterMs: retryHintMs(jsonText(error) ?? ''),
  });
  if (fault.kind !== 'server-error' && fault.kind !== 'unknown') return fault;
  const { message, status, complaint } = fault;
  const overloaded = status === 503 || /overload/i.test(complaint?.message ?? '');
  return {
    kind: 'bad-response',
    what: overloaded ? 'overloaded' : 'error-body',
    message,
    ...(status !== undefined && { status }),
    ...(complaint && { complaint }),
  };
}

type Read = Pick<Refusal, 'status' | 'word' | 'reason' | 'quotaIds'>;

function read(error: JsonObject, httpStatus: number): Read {
  const details = listOf(error.details).filter(isJsonObject);
  const { code } = error;
  const told = typeof code === 'number' && code >= 400 && code <= 599 ? code : undefined;
  const word = textOf(error.status) ?? '';
  return {
    // Inside a 2xx answer the body alone knows.
    status: httpStatus >= 400 ? httpStatus : (told ?? STATUS_OF.get(word) ?? httpStatus),
    word,
    reason: details.map((detail) => textOf(detail.reason)).find((reason) => reason !== undefined) ?? '',
    quotaIds: details.flatMap((detail) =>
      listOf(detail.violations).map((each) => textOf(objectOf(each).quotaId) ?? ''),
    ),
  };
}

function classify(refusal: Refusal): Fault {
  const { status, word, complaint, retryAfterMs } = refusal;
  const said = {
    message: `the provider answered ${[status, word].filter(Boolean).join(' ')}`,
    status,
    ...(complaint && { complaint }),
  };
  const wait = retryAfterMs !== undefined && { retryAfterMs };
  if (isKeyRefused(refusal)) return { kind: 'credential-refused', ...said };
  // A firewall before the provider, which knows nothing of credentials.
  if (status === 403 && refusal.isHtml) return { kind: 'bad-response', what: 'html', ...said };
  switch (word || WORD_OF.get(status)) {
    case 'RESOURCE_EXHAUSTED':
      return { kind: isQuotaGone(refusal) ? 'quota-exhausted' : 'rate-limited', ...said, ...wait };
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      // Said of a file of somebody else; the credential is fine.
      return { kind: matches(refusal, /access the file/i) ? 'provider-rejected' : 'credential-refused', ...said };
    case 'NOT_FOUND':
      // A cache entry belongs to this provider alone, as the caller's own file does.
      return {
        kind: matches(refusal, /cache[ds]? ?content|\bfiles?\//i) ? 'provider-rejected' : 'model-not-found',
        ...said,
      };
    case 'FAILED_PRECONDITION':
      return { kind: matches(refusal, /billing/i) ? 'credential-refused' : 'provider-rejected', ...said };
    case 'INVALID_ARGUMENT':
    case 'OUT_OF_RANGE':
      return classifyInvalid(refusal, said);
    case 'UNAVAILABLE':
    case 'INTERNAL':
    case 'UNKNOWN':
    case 'DEADLINE_EXCEEDED':
    case 'ABORTED':
    case 'CANCELLED':
      return { kind: 'server-error', ...said, ...wait };
    default:
      if (status >= 500 || status === 408 || status === 499) return { kind: 'server-error', ...said, ...wait };
      return { kind: 'unknown', ...said };
  }
}

/** The same words for a body that has none: a proxy's, HTML, nothing. */
const WORD_OF = new Map([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [402, 'RESOURCE_EXHAUSTED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [413, 'INVALID_ARGUMENT'],
  [422, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
]);

const STATUS_OF = new Map([
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['RESOURCE_EXHAUSTED', 429],
  ['CANCELLED', 499],
  ['INTERNAL', 500],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
]);

/** What this API alone says of what it does not take, beside the wordings that all share. */
const ABOUT_THIS_PROVIDER =
  /not enabled for|cannot find field|too many states for serving|only works in thinking mode|budget \S+ is invalid/i;

type Said = Pick<Fault, 'message'> & { readonly status: number; readonly complaint?: ProviderComplaint };

function classifyInvalid(refusal: Refusal, said: Said): Fault {
  const { complaint } = refusal;
  const tooLong = complaint && isContextTooLong(complaint);
  if (tooLong) return { kind: 'context-too-long', ...said, ...tooLong };
  if (complaint && isContentPolicy(complaint)) return { kind: 'content-policy', ...said };
  if (complaint && isModelMissing(complaint)) return { kind: 'model-not-found', ...said };
  if (complaint && isStateRefused(complaint)) return { kind: 'provider-rejected', about: 'opaque-state', ...said };
  const specific = (complaint && isUnsupported(complaint)) || matches(refusal, ABOUT_THIS_PROVIDER);
  if (refusal.status === 413 || specific) return { kind: 'provider-rejected', ...said };
  return { kind: 'invalid-request', ...said };
}

function isKeyRefused(refusal: Refusal): boolean {
  if (/^(API_KEY_|CREDENTIALS_|ACCESS_TOKEN_|SERVICE_DISABLED|BILLING_DISABLED)/.test(refusal.reason)) return true;
  return refusal.complaint !== undefined && isBadKey(refusal.complaint);
}

/** A violated daily quota decides even beside a short delay, which Google sends along all the same. */
function isQuotaGone(refusal: Refusal): boolean {
  if (refusal.status === 402) return true;
  if (refusal.quotaIds.some((id) => /per_?day|daily/i.test(id)) || matches(refusal, /per day|daily limit/i))
    return true;
  if (refusal.quotaIds.some((id) => /per_?minute/i.test(id)) || matches(refusal, /per minute/i)) return false;
  if (refusal.retryAfterMs !== undefined && refusal.retryAfterMs <= shortRetryMs) return false;
  return refusal.complaint !== undefined && (isQuota(refusal.complaint) || matches(refusal, /billing|spend/i));
}

function matches(refusal: Refusal, pattern: RegExp): boolean {
  return refusal.complaint !== undefined && pattern.test(refusal.complaint.message);
}

/** Errors of a streaming call come as one JSON object, as an array of one, or framed as an event. */
function errorOf(value: JsonValue): JsonObject | undefined {
  const outer = Array.isArray(value) ? value[0] : value;
  const { error } = objectOf(outer);
  return isJsonObject(error) ? error : undefined;
}

function withoutFraming(body: string): string {
  const text = body.trimStart();
  return text.startsWith('data:') ? text.slice('data:'.length).trim() : body;
}

/** `Retry-After` in seconds; its form as a date needs a clock and is left to whoever has one. */
function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,7}$/.test(header) ? Number(header) * 1000 : undefined;
}
