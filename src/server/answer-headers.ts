import type { Failure } from '../model/failure.ts';
import type { DegradedAnswer, ServedSummary } from '../model/summary.ts';

/** The `x-understudy-*` headers of an answer: what is known when its status line goes out. */
export function summaryHeaders(summary: ServedSummary, withCost: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'x-understudy-request-id': summary.requestId,
    'x-understudy-route': headerSafe(summary.route),
    'x-understudy-served-by': headerSafe(summary.servedBy),
    'x-understudy-attempts': String(summary.attempts),
    'x-understudy-degraded': String(summary.degraded !== undefined),
  };
  if (summary.degraded) addDegraded(headers, summary.degraded);
  if (summary.adapted.length > 0) headers['x-understudy-adapted'] = String(summary.adapted.length);
  if (summary.promptVersion !== undefined) headers['x-understudy-prompt-version'] = headerSafe(summary.promptVersion);
  if (withCost && summary.costUsd !== undefined) headers['x-understudy-cost-usd'] = summary.costUsd.toFixed(8);
  if (summary.overheadMs !== undefined) headers['x-understudy-overhead-ms'] = summary.overheadMs.toFixed(2);
  return headers;
}

function addDegraded(headers: Record<string, string>, degraded: DegradedAnswer): void {
  const { reason, cause, severity, primary, parity, notice } = degraded;
  headers['x-understudy-degraded-reason'] = headerSafe(`${reason}: ${cause}`);
  headers['x-understudy-degraded-severity'] = severity;
  headers['x-understudy-primary'] = headerSafe(primary);
  if (parity !== undefined) headers['x-understudy-parity'] = parity;
  // Headers are ASCII and languages are not: `decodeURIComponent` gives the words back.
  if (notice) headers['x-understudy-notice'] = encodeURIComponent(notice.text);
}

/** Official SDKs obey `x-should-retry`; without it they would walk an exhausted chain twice more. */
export function failureHeaders(failure: Failure, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    'x-understudy-request-id': requestId,
    'x-should-retry': String(failure.shouldRetry),
  };
  if (failure.retryAfterMs !== undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterMs / 1000)));
  return headers;
}

/** Route and model names come from configuration and from callers; a header takes printable ASCII only. */
export function headerSafe(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '?').slice(0, 256);
}
