import type { AnswerPlaces } from '../common/answer-losses.ts';

export const ANSWER_PLACES: AnswerPlaces = {
  dialect: 'openai-chat',
  refusals: true,
  logprobs: 'all',
  stopSequence: false,
  pause: false,
  alternatives: true,
  documents: false,
  lateCitations: true,
  tiers: ['standard', 'flex', 'priority', 'provisioned'],
};
