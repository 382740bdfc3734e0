import type { FinishReason } from '../../model/chat-event.ts';
import type { StopReason } from './wire.ts';

const READ: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};

/** The neutral word for a `stop_reason`; `other` for one this list does not know yet. */
export function readStopReason(native: string): FinishReason {
  return isStopReason(native) ? READ[native] : 'other';
}

function isStopReason(word: string): word is StopReason {
  return Object.hasOwn(READ, word);
}

/** What else decides about a `stop_reason`. */
export interface StopSigns {
  /** The answer holds a tool call. Several providers say `stop` beside one, and clients then never run the tool. */
  readonly calledTools: boolean;
  readonly refused: boolean;
  readonly stopSequence?: string;
  /** The provider's own word. */
  readonly native?: string;
}

export function writeStopReason(reason: FinishReason, signs: StopSigns): StopReason {
  // The vendor's own word is right even where it looks wrong: `end_turn` beside calls that its own tools made.
  const { native } = signs;
  if (native !== undefined && isStopReason(native) && READ[native] === reason) return native;
  switch (reason) {
    case 'stop':
      if (signs.calledTools) return 'tool_use';
      if (signs.refused) return 'refusal';
      return signs.stopSequence === undefined ? 'end_turn' : 'stop_sequence';
    case 'length':
      return 'max_tokens';
    case 'tool-calls':
      return 'tool_use';
    case 'content-filter':
    case 'refusal':
      return 'refusal';
    case 'pause':
      return 'pause_turn';
    case 'other':
      return signs.calledTools ? 'tool_use' : 'end_turn';
  }
}
