import type { AnswerPlaces } from '../common/answer-losses.ts';

export const ANSWER_PLACES: AnswerPlaces = {
  dialect: 'anthropic-messages',
  refusals: false,
  logprobs: 'none',
  stopSequence: true,
  pause: true,
  alternatives: false,
  documents: false,
  lateCitations: false,
  tiers: ['standard', 'priority', 'batch'],
};
