import type { AnswerPlaces } from '../common/answer-losses.ts';

export const ANSWER_PLACES: AnswerPlaces = {
  dialect: 'openai-responses',
  refusals: true,
  logprobs: 'text',
  stopSequence: false,
  pause: false,
  alternatives: false,
  documents: false,
  lateCitations: false,
  tiers: ['standard', 'flex', 'priority', 'provisioned'],
};
