import type { DialectName } from '../../src/model/dialect-name.ts';
import type { Fault, FaultKind } from '../../src/model/fault.ts';
import type { JsonValue } from '../../src/model/json.ts';

/** One refusal as a vendor words it, written by hand, and what it has to become. */
export interface ErrorRow {
  readonly vendor: string;
  readonly dialect: DialectName;
  readonly status: number;
  /** Text, or JSON. */
  readonly body: string | JsonValue;
  readonly kind: FaultKind;
  /** More that the fault has to say: the window, the wait, what was wrong with the answer. */
  readonly says: { readonly limitTokens?: number; readonly retryAfterMs?: number; readonly what?: string };
  /** Page or numbered oddity that tells of it. */
  readonly source: string;
}

type Says = ErrorRow['says'];
type Line = readonly [status: number, body: string | JsonValue, kind: FaultKind, says?: Says];

/** The rows of one vendor. */
export function rowsOf(
  vendor: string,
  dialect: DialectName,
  source: string,
  lines: readonly Line[],
): readonly ErrorRow[] {
  return lines.map(([status, body, kind, says = {}]) => ({ vendor, dialect, status, body, kind, says, source }));
}

/** `{error: {message, type, param, code}}`, the shape of OpenAI. */
export function said(message: string, code: string | number | null = null, type = 'invalid_request_error'): JsonValue {
  return { error: { message, type, param: null, code } };
}

/** The shape of Anthropic. */
export function told(type: string, message: string): JsonValue {
  return { type: 'error', error: { type, message }, request_id: 'req_1' };
}

/** The shape of Google. */
export function google(code: number, status: string, message: string, details: JsonValue[] = []): JsonValue {
  return { error: { code, message, status, details } };
}

export function bodyText(body: string | JsonValue): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** What of a fault the rows speak of. */
export function sayings(fault: Fault): Says {
  return {
    ...('limitTokens' in fault && fault.limitTokens !== undefined && { limitTokens: fault.limitTokens }),
    ...('retryAfterMs' in fault && fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
    ...('what' in fault && { what: fault.what }),
  };
}
