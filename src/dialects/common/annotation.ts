import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';

/** The `understudy` object of an answer. Keys without a value are left out; `adapted` is there only when something was. */
export function annotation(summary: ServedSummary): JsonObject {
  const { degraded, promptVersion, adapted, costUsd, overheadMs } = summary;
  return {
    request_id: summary.requestId,
    route: summary.route,
    served_by: summary.servedBy,
    attempts: summary.attempts,
    degraded: degraded !== undefined,
    ...(degraded && { degraded_reason: degraded.reason, cause: degraded.cause, primary: degraded.primary }),
    ...(promptVersion !== undefined && { prompt_version: promptVersion }),
    ...(adapted.length > 0 && { adapted: adapted.map(({ field, why }) => ({ field, why })) }),
    ...(costUsd !== undefined && { cost_usd: costUsd }),
    ...(overheadMs !== undefined && { overhead_ms: overheadMs }),
  };
}
