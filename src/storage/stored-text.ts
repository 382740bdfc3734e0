import type { Decision, RequestEnded } from '../engine/record.ts';
import type { Fault } from '../model/fault.ts';
import type { Loss } from '../model/loss.ts';
import type { SqlValue } from './sqlite-driver.ts';

const maxMessageChars = 500;
const maxTags = 32;
const maxTagChars = 128;
const maxLosses = 200;
/** A request of three targets with every retry makes about forty. */
export const maxStoredDecisions = 500;

/** Text of the gateway's own, kept to a length that cannot fill the file. */
export function clip(text: string, maxChars: number = maxMessageChars): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars - 1)}…`;
}

/** A text as it will be read: SQLite has no half of a surrogate pair, and not every driver shows what stands behind a NUL. */
export function storable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\ufffd');
}

/** Values of a row that may hold what people wrote. */
export function storableCells(cells: SqlValue[]): SqlValue[] {
  return cells.map((cell) => (typeof cell === 'string' ? storable(cell) : cell));
}

export function storedTags(tags: readonly string[]): string {
  return JSON.stringify(tags.slice(0, maxTags).map((tag) => clip(tag, maxTagChars)));
}

export function storedLosses(losses: readonly Loss[]): string {
  return JSON.stringify(losses.slice(0, maxLosses).map((loss) => ({ ...loss, why: clip(loss.why) })));
}

/**
 * A fault without the provider's own sentence: providers quote the caller's words in it, and the ledger holds no prompt
 * text. Their codes and the path of the field at fault stay.
 */
export function storedFault(fault: Fault): Fault {
  const { complaint, ...said } = fault;
  const message = clip(said.message);
  if (complaint === undefined) return { ...said, message };
  return { ...said, message, complaint: { ...complaint, message: '' } };
}

/** JSON of as many decisions as one row holds. */
export function storedDecisions(decisions: readonly Decision[]): string {
  return JSON.stringify(decisions.slice(0, maxStoredDecisions).map(storedDecision));
}

/** How many decisions one row does not hold. */
export function droppedDecisions(decisions: readonly Decision[]): number {
  return Math.max(0, decisions.length - maxStoredDecisions);
}

function storedDecision(decision: Decision): Decision {
  if (decision.type === 'fault') {
    return { ...decision, fault: storedFault(decision.fault), verdict: clip(decision.verdict) };
  }
  return decision;
}

/** A provider's refusal that is passed on carries the provider's sentence; the fault of the attempt says what it was. */
export function storedFailureMessage(failure: NonNullable<RequestEnded['failure']>): string | null {
  return failure.code === 'upstream_refused' ? null : clip(failure.message);
}
