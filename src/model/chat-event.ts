import type { Citation } from './citation.ts';
import type { ForeignPart, OpaqueState } from './conversation.ts';
import type { Fault } from './fault.ts';
import type { ChosenToken } from './logprob.ts';
import type { Usage } from './usage.ts';
import type { WireFrame } from './wire-frame.ts';

/** Why a model stopped. */
export const FINISH_REASONS = ['stop', 'length', 'tool-calls', 'content-filter', 'refusal', 'pause', 'other'] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** What was paid for: the ordinary, slower and cheaper, faster and dearer, in bulk, or capacity bought beforehand. */
export type ServedTier = 'standard' | 'flex' | 'priority' | 'batch' | 'provisioned';

type Meaning =
  /** The provider opened its answer. Says nothing yet about whether there will be one. */
  | {
      readonly type: 'start';
      readonly id?: string;
      readonly model?: string;
      readonly serviceTier?: ServedTier;
      /** Changes with the provider's configuration, so that equal seeds can be told from equal ones that no longer are. */
      readonly fingerprint?: string;
    }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string; readonly opaque?: OpaqueState }
  | { readonly type: 'refusal'; readonly text: string }
  /** `index` numbers the tool calls of one answer from 0, whatever the provider's own numbering. */
  | {
      readonly type: 'tool-call-start';
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly opaque?: OpaqueState;
    }
  /** A piece of the arguments' JSON text. */
  | { readonly type: 'tool-call-delta'; readonly index: number; readonly json: string }
  | { readonly type: 'tool-call-end'; readonly index: number }
  /** Comes after the words that it is about. */
  | { readonly type: 'citation'; readonly citation: Citation }
  /** The tokens of a piece of text or refusal, in order. */
  | { readonly type: 'logprobs'; readonly of: 'text' | 'refusal'; readonly tokens: readonly ChosenToken[] }
  /** A block that only this dialect has. */
  | { readonly type: 'foreign'; readonly part: ForeignPart }
  /** Cumulative: a later one replaces an earlier one, field by field. */
  | { readonly type: 'usage'; readonly usage: Usage }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      /** The provider's own word. */
      readonly native?: string;
      /** Which stop sequence was met, where the provider tells. */
      readonly stopSequence?: string;
    }
  /** An error told inside the answer. Nothing valid follows it. */
  | { readonly type: 'fault'; readonly fault: Fault }
  /** The engine went on with another target inside one answer. The only event no provider makes. */
  | { readonly type: 'switch'; readonly from: string; readonly to: string; readonly how: 'resume' | 'continue' }
  /** A frame without meaning of its own: ping, role-only chunk, `[DONE]`, an unknown event. */
  | { readonly type: 'note' };

/**
 * The one event type: every answer of every dialect, whole or streamed, live, shadow, drill or eval, is a row of these.
 *
 * A wire frame gives one event or more. The first of them carries the frame; a frame without meaning gives a `note`.
 */
export type ChatEvent = Meaning & {
  readonly frame?: WireFrame;
  /** Index of the alternative answer this belongs to; absent means 0. */
  readonly choice?: number;
};

/**
 * True for events that make a caller's answer begin: text, reasoning, refusal, a tool call, a foreign block.
 * Lifecycle frames, pings, role-only chunks and empty deltas do not commit (see the commit gate).
 */
export function isMeaningful(event: ChatEvent): boolean {
  switch (event.type) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return event.text !== '';
    case 'tool-call-start':
    case 'foreign':
      return true;
    case 'tool-call-delta':
      return event.json !== '';
    case 'start':
    case 'tool-call-end':
    case 'citation':
    case 'logprobs':
    case 'usage':
    case 'finish':
    case 'fault':
    case 'switch':
    case 'note':
      return false;
  }
}
