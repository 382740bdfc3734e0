import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault, ProviderComplaint } from '../../model/fault.ts';
import type { JsonValue } from '../../model/json.ts';
import { awsFault, isAwsRefusal } from '../common/aws-fault.ts';
import {
  complaintOf,
  isBadKey,
  isContentPolicy,
  isContextTooLong,
  isModelMissing,
  isOutage,
  isQuota,
  isStateRefused,
  isUnsupported,
  readComplaint,
  retryHintMs,
} from '../common/complaint.ts';
import { parseJson } from '../common/frame-json.ts';
import { objectOf } from './wire.ts';

/** What an error has in common, whichever kind it turns out to be. */
interface Said {
  readonly message: string;
  readonly status?: number;
  readonly complaint?: ProviderComplaint;
}

/** Codes of `error.details.error_code` that no waiting of minutes cures. */
const QUOTA_CODES = new Set([
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'linked_organization_spend_limit_reached',
  'linked_organization_billing_unavailable',
]);

/** What this API alone calls too much or out of date, beside the wordings that all share. */
const PROVIDER_SPECIFIC =
  /(?:is|are) deprecated for|too many (?:optional )?parameters with|schema is too complex|compiled grammar/i;

/** @see https://platform.claude.com/docs/en/api/errors */
export function decodeFault(response: ErrorResponse): Fault {
  // Amazon Bedrock serves this dialect, and refuses in its own words.
  if (isAwsRefusal(response)) return awsFault(response);
  const { status, body } = response;
  const parsed = parseJson(body);
  const complaint = withDetails(readComplaint(body), parsed.ok ? parsed.value : null);
  const word = complaint?.type ?? complaint?.code;
  const said: Said = {
    message: `the provider answered ${status}${word === undefined ? '' : ` ${word}`}`,
    status,
    ...(complaint && { complaint }),
  };
  if (complaint === undefined && body.trimStart().startsWith('<') && status < 500 && status !== 429) {
    return { ...said, kind: 'bad-response', what: 'html' };
  }
  return complaint ? (byType(said, complaint, body) ?? byStatus(said, status, body)) : byStatus(said, status, body);
}

/** An error told inside an answer that began with 200. */
export function inBandFault(value: JsonValue): Fault {
  const complaint = withDetails(complaintOf(value), value);
  const said: Said = {
    message: `the provider broke off its answer with ${complaint?.type ?? complaint?.code ?? 'an error'}`,
    ...(complaint && { complaint }),
  };
  if (complaint === undefined) return { ...said, kind: 'bad-response', what: 'error-body' };
  if (complaint.type === 'overloaded_error') return { ...said, kind: 'bad-response', what: 'overloaded' };
  if (isBilling(complaint)) return { ...said, kind: 'quota-exhausted' };
  if (complaint.type === 'rate_limit_error') return { ...said, kind: 'rate-limited', ...hint(complaint.message) };
  const context = isContextTooLong(complaint);
  if (context) return { ...said, kind: 'context-too-long', ...context };
  if (isContentPolicy(complaint)) return { ...said, kind: 'content-policy' };
  return { ...said, kind: 'bad-response', what: 'error-body' };
}

/** `error.details.error_code` is finer than the type, and the only part that is documented as stable. */
function withDetails(complaint: ProviderComplaint | undefined, body: JsonValue): ProviderComplaint | undefined {
  const code = objectOf(objectOf(objectOf(body).error).details).error_code;
  return complaint && typeof code === 'string' ? { ...complaint, code: code.slice(0, 100) } : complaint;
}

function isBilling(complaint: ProviderComplaint): boolean {
  return isQuota(complaint) || QUOTA_CODES.has(complaint.code ?? '');
}

function hint(body: string): { retryAfterMs?: number } {
  const ms = retryHintMs(body);
  return ms === undefined ? {} : { retryAfterMs: ms };
}

function byType(said: Said, complaint: ProviderComplaint, body: string): Fault | undefined {
  // Before the type: an empty account is told as invalid_request_error with 400.
  if (isBilling(complaint)) return { ...said, kind: 'quota-exhausted', ...hint(body) };
  switch (complaint.type) {
    case 'invalid_request_error':
      return refused(said, complaint);
    case 'authentication_error':
    case 'permission_error':
      return { ...said, kind: 'credential-refused' };
    case 'not_found_error':
      return { ...said, kind: 'model-not-found' };
    // 32 MB, whatever is in them: the window is another matter.
    case 'request_too_large':
      return { ...said, kind: 'provider-rejected' };
    case 'rate_limit_error':
      return { ...said, kind: 'rate-limited', ...hint(body) };
    case 'timeout_error':
    case 'api_error':
    case 'overloaded_error':
      return { ...said, kind: 'server-error', ...hint(body) };
    default:
      return undefined;
  }
}

function refused(said: Said, complaint: ProviderComplaint | undefined): Fault {
  if (complaint) {
    const context = isContextTooLong(complaint);
    if (context) return { ...said, kind: 'context-too-long', ...context };
    if (isContentPolicy(complaint)) return { ...said, kind: 'content-policy' };
    if (isBadKey(complaint)) return { ...said, kind: 'credential-refused' };
    if (isModelMissing(complaint)) return { ...said, kind: 'model-not-found' };
    if (isOutage(complaint)) return { ...said, kind: 'server-error' };
    if (isStateRefused(complaint)) return { ...said, kind: 'provider-rejected', about: 'opaque-state' };
    const specific = isUnsupported(complaint) || PROVIDER_SPECIFIC.test(complaint.message);
    if (specific) return { ...said, kind: 'provider-rejected' };
  }
  return { ...said, kind: 'invalid-request' };
}

function byStatus(said: Said, status: number, body: string): Fault {
  switch (status) {
    case 400:
    case 409:
    case 422:
      return refused(said, said.complaint);
    case 401:
    case 403:
      return { ...said, kind: 'credential-refused' };
    case 402:
      return { ...said, kind: 'quota-exhausted' };
    case 404:
      return { ...said, kind: 'model-not-found' };
    case 413:
      return { ...said, kind: 'provider-rejected' };
    case 429:
      return { ...said, kind: 'rate-limited', ...hint(body) };
    case 408:
      return { ...said, kind: 'server-error', ...hint(body) };
  }
  if (status >= 500) return { ...said, kind: 'server-error', ...hint(body) };
  if (status >= 200 && status < 300) return { ...said, kind: 'bad-response', what: 'error-body' };
  return { ...said, kind: 'unknown' };
}
