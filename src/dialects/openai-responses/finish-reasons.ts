import type { FinishReason } from '../../model/chat-event.ts';
import type { Fault } from '../../model/fault.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';

/** What the status of a response object means: an end, or a fault where the answer is none. */
export type ReadStatus = { readonly reason: FinishReason; readonly native: string } | { readonly fault: Fault };

/** `calls`: the answer asks the caller to do something. */
export function readStatus(response: JsonObject, calls: boolean): ReadStatus {
  const { status } = response;
  // OpenRouter and some local servers leave the status of a whole answer out.
  if (status === 'completed' || status === undefined || status === null) {
    return { reason: calls ? 'tool-calls' : 'stop', native: 'completed' };
  }
  if (status === 'incomplete') return incomplete(response);
  const message = `the answer ended with status ${String(status).slice(0, 40)}`;
  const cut = status === 'queued' || status === 'in_progress';
  return { fault: { kind: 'bad-response', what: cut ? 'cut' : 'error-body', message } };
}

function incomplete(response: JsonObject): ReadStatus {
  const details = isJsonObject(response.incomplete_details) ? response.incomplete_details : {};
  const reason = typeof details.reason === 'string' ? details.reason : '';
  switch (reason) {
    case 'max_output_tokens':
    case 'max_tokens':
      return { reason: 'length', native: reason };
    case 'content_filter':
      return { reason: 'content-filter', native: reason };
    default:
      return { reason: 'other', native: reason === '' ? 'incomplete' : reason };
  }
}

/** How a response object tells its end. */
export interface WrittenStatus {
  readonly status: 'completed' | 'incomplete';
  readonly incomplete_details: { readonly reason: 'max_output_tokens' | 'content_filter' } | null;
}

const COMPLETED: WrittenStatus = { status: 'completed', incomplete_details: null };

/** A refusal in words is a complete answer; without words nothing but the end tells of it. */
export function writeStatus(reason: FinishReason, refusedInWords: boolean): WrittenStatus {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'refusal':
      return refusedInWords ? COMPLETED : filtered();
    case 'content-filter':
      return filtered();
    case 'stop':
    case 'tool-calls':
    case 'pause':
    case 'other':
      return COMPLETED;
  }
}

function filtered(): WrittenStatus {
  return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
}
