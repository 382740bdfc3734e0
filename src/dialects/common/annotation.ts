import type { JsonObject } from '../../model/json.ts';
import type { DegradedAnswer, ServedSummary } from '../../model/summary.ts';

/** The `understudy` object of an answer. Keys without a value are left out; `adapted` is there only when something was. */
export function annotation(summary: ServedSummary): JsonObject {
  const { degraded, promptVersion, adapted, costUsd, overheadMs } = summary;
  return {
    request_id: summary.requestId,
    route: summary.route,
    served_by: summary.servedBy,
    attempts: summary.attempts,
    degraded: degraded !== undefined,
    ...(degraded && degradedFields(degraded)),
    ...(promptVersion !== undefined && { prompt_version: promptVersion }),
    ...(adapted.length > 0 && { adapted: adapted.map(({ field, why }) => ({ field, why })) }),
    ...(costUsd !== undefined && { cost_usd: costUsd }),
    ...(overheadMs !== undefined && { overhead_ms: overheadMs }),
  };
}

function degradedFields({ reason, reasons, severity, cause, primary, parity, notice }: DegradedAnswer): JsonObject {
  return {
    degraded_reason: reason,
    degraded_reasons: [...reasons],
    degraded_severity: severity,
    cause,
    primary,
    ...(parity !== undefined && { parity }),
    ...(notice && { notice: { language: notice.language, text: notice.text } }),
  };
}
