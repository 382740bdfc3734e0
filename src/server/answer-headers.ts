import type { Failure } from '../model/failure.ts';
import type { ServedSummary } from '../model/summary.ts';

/** The `x-understudy-*` headers of an answer: what is known when its status line goes out. */
export function summaryHeaders(summary: ServedSummary, withCost: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'x-understudy-request-id': summary.requestId,
    'x-understudy-route': headerSafe(summary.route),
    'x-understudy-served-by': headerSafe(summary.servedBy),
    'x-understudy-attempts': String(summary.attempts),
    'x-understudy-degraded': String(summary.degraded !== undefined),
  };
  if (summary.degraded)
    headers['x-understudy-degraded-reason'] = headerSafe(`${summary.degraded.reason}: ${summary.degraded.cause}`);
  if (summary.adapted.length > 0) headers['x-understudy-adapted'] = String(summary.adapted.length);
  if (summary.promptVersion !== undefined) headers['x-understudy-prompt-version'] = headerSafe(summary.promptVersion);
  if (withCost && summary.costUsd !== undefined) headers['x-understudy-cost-usd'] = summary.costUsd.toFixed(8);
  if (summary.overheadMs !== undefined) headers['x-understudy-overhead-ms'] = summary.overheadMs.toFixed(2);
  return headers;
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
