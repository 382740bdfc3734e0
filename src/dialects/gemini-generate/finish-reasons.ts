import type { FinishReason } from '../../model/chat-event.ts';
import type { Fault } from '../../model/fault.ts';
import type { JsonValue } from '../../model/json.ts';
import type { FinishWord } from './wire.ts';

/** What an answer holds by its end. */
export interface Given {
  readonly calls: boolean;
  /** Text, calls or blocks of this dialect; thoughts alone are no answer. */
  readonly content: boolean;
}

export type Ending =
  | { readonly kind: 'finish'; readonly reason: FinishReason }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Most of a provider's own words that is kept, in characters. */
const maxComplaintChars = 500;

type Meaning = 'stop' | 'length' | 'filtered' | 'undeclared-call' | 'broken-call' | 'other';

const MEANINGS: Readonly<Record<FinishWord, Meaning>> = {
  FINISH_REASON_UNSPECIFIED: 'other',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'filtered',
  RECITATION: 'filtered',
  BLOCKLIST: 'filtered',
  PROHIBITED_CONTENT: 'filtered',
  SPII: 'filtered',
  IMAGE_SAFETY: 'filtered',
  IMAGE_PROHIBITED_CONTENT: 'filtered',
  IMAGE_RECITATION: 'filtered',
  MALFORMED_FUNCTION_CALL: 'broken-call',
  UNEXPECTED_TOOL_CALL: 'undeclared-call',
  TOO_MANY_TOOL_CALLS: 'broken-call',
  LANGUAGE: 'other',
  OTHER: 'other',
  NO_IMAGE: 'other',
  IMAGE_OTHER: 'other',
};

/** Seen on the wire or in the vendor's documentation, absent from its SDK. */
const UNLISTED = new Map<string, Meaning>([
  ['MODEL_ARMOR', 'filtered'],
  ['MISSING_THOUGHT_SIGNATURE', 'broken-call'],
  ['MALFORMED_RESPONSE', 'broken-call'],
]);

/** Answered as numbers under `enum-encoding=int`. The Gemini API and Vertex number the others differently. */
const NUMBERED: readonly FinishWord[] = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'OTHER',
];

/** The provider's word; undefined where the model has not stopped yet. */
export function finishWord(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? (NUMBERED[value] ?? `finish reason ${value}`) : undefined;
}

/** What the last finish reason means for an answer that holds `given`. */
export function endingOf(word: string, given: Given, message?: string): Ending {
  switch (meaningOf(word)) {
    case 'stop':
      return { kind: 'finish', reason: given.calls ? 'tool-calls' : 'stop' };
    case 'length':
      return { kind: 'finish', reason: 'length' };
    case 'filtered':
      return { kind: 'finish', reason: 'content-filter' };
    case 'undeclared-call':
      // Where the call came along, the contract of the answer judges it like any other.
      return given.calls ? { kind: 'finish', reason: 'tool-calls' } : broken(word, message);
    case 'broken-call':
      // The call that the model meant to make is missing: what stands before it is not the answer.
      return broken(word, message);
    case 'other':
      return given.content ? { kind: 'finish', reason: 'other' } : broken(word, message);
  }
}

/** A prompt that the provider's filters withheld from the model: the request is at fault. */
export function blocked(word: string, message?: string): Ending & { kind: 'fault' } {
  const complaint = { message: (message ?? word).slice(0, maxComplaintChars), type: word };
  return { kind: 'fault', fault: { kind: 'content-policy', message: `the provider blocked it: ${word}`, complaint } };
}

function broken(word: string, said?: string): Ending {
  const message = `the answer ended with ${word} and came to nothing`;
  const complaint = said !== undefined && { complaint: { message: said.slice(0, maxComplaintChars), type: word } };
  return { kind: 'fault', fault: { kind: 'bad-response', what: 'error-body', message, ...complaint } };
}

function meaningOf(word: string): Meaning {
  return isFinishWord(word) ? MEANINGS[word] : (UNLISTED.get(word) ?? 'other');
}

function isFinishWord(word: string): word is FinishWord {
  return Object.hasOwn(MEANINGS, word);
}

const WORDS: Readonly<Record<FinishReason, FinishWord>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  // Calls end an answer like any other; clients look for the parts.
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  pause: 'OTHER',
  other: 'OTHER',
};

/** The reason in this API's words; its own word where one of its models gave it. Words of refusal are text here, and only the reason tells. */
export function writeFinish(reason: FinishReason, native: string | undefined, refused: boolean): FinishWord {
  if (native !== undefined && isFinishWord(native)) return native;
  return refused && reason === 'stop' ? WORDS.refusal : WORDS[reason];
}
