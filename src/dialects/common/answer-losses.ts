import type { ChatEvent, ServedTier } from '../../model/chat-event.ts';
import type { AnswerMoment } from '../../model/dialect.ts';
import type { DialectName } from '../../model/dialect-name.ts';
import type { Loss } from '../../model/loss.ts';

/** What answers of a dialect have a place for, beside text, thinking, tool calls and counts, for which all have one. */
export interface AnswerPlaces {
  readonly dialect: DialectName;
  /** Refusals stand apart from the text. */
  readonly refusals: boolean;
  /** Of text alone, or of the words of a refusal too. */
  readonly logprobs: 'none' | 'text' | 'all';
  /** Which stop sequence was met. */
  readonly stopSequence: boolean;
  /** A turn that the caller has to send back to be continued. */
  readonly pause: boolean;
  /** More than one answer to a request. */
  readonly alternatives: boolean;
  /** Citations of what is found under no address. */
  readonly documents: boolean;
  /** A stream may cite text after something else has begun. */
  readonly lateCitations: boolean;
  readonly tiers: readonly ServedTier[];
}

/** Content that the caller has to act upon, or that is the answer: without it the answer suffers. */
const WEIGHTY: ReadonlySet<string> = new Set([
  'audio',
  'images',
  'inlineData',
  'image_generation_call',
  'function_call',
  'custom_tool_call',
  'custom-tool-call',
  'computer_call',
  'mcp_approval_request',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
]);

/** What of an event has no place in answers of the caller's dialect; undefined where all of it is told. */
export function lossIn(event: ChatEvent, places: AnswerPlaces, moment: AnswerMoment): Loss | undefined {
  if ((event.choice ?? 0) > 0 && !places.alternatives) {
    return loss('choices', 'answers after the first are left out: this API gives one', true);
  }
  switch (event.type) {
    case 'foreign':
      if (event.part.dialect === places.dialect) return undefined;
      return loss(event.part.kind, `left out: only ${event.part.dialect} has it`, WEIGHTY.has(event.part.kind));
    case 'refusal':
      return places.refusals ? undefined : loss('refusal', 'told as text: this API has no other place for its words');
    case 'logprobs':
      if (places.logprobs === 'all' || places.logprobs === event.of) return undefined;
      return loss('logprobs', `those of ${event.of} are left out: this API has no place for them`);
    case 'citation':
      if (moment.textIsOver && !places.lateCitations) {
        return loss(
          'citations',
          'those told after the end of their text are left out: this stream cannot go back to it',
        );
      }
      if (event.citation.url !== undefined || places.documents) return undefined;
      return event.citation.native.dialect === places.dialect
        ? undefined
        : loss('citations', 'those of documents without an address are left out: this API has no form for them');
    case 'finish':
      return lossInFinish(event, places);
    case 'start':
      if (event.serviceTier === undefined || places.tiers.includes(event.serviceTier)) return undefined;
      return loss('service_tier', `left out: this API has no word for ${event.serviceTier}`);
    case 'text':
    case 'reasoning':
    case 'tool-call-start':
    case 'tool-call-delta':
    case 'tool-call-end':
    case 'usage':
    case 'fault':
    case 'switch':
    case 'note':
      return undefined;
  }
}

function lossInFinish(event: Extract<ChatEvent, { type: 'finish' }>, places: AnswerPlaces): Loss | undefined {
  if (event.reason === 'pause' && !places.pause) {
    return loss('finish_reason', 'the turn is to be continued, for which this API has no word', true);
  }
  if (event.stopSequence === undefined || places.stopSequence) return undefined;
  return loss('stop_sequence', 'which one was met is left out: this API has no place for it');
}

/** Answers have fields of their own names; the prefix tells them from those of the request. */
function loss(field: string, why: string, matters = false): Loss {
  return { field: `answer.${field}`, why, matters };
}
