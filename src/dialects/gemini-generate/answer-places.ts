import type { AnswerPlaces } from '../common/answer-losses.ts';

export const ANSWER_PLACES: AnswerPlaces = {
  dialect: 'gemini-generate',
  refusals: false,
  logprobs: 'text',
  stopSequence: false,
  pause: false,
  alternatives: true,
  documents: true,
  lateCitations: true,
  tiers: ['standard', 'flex', 'priority', 'batch', 'provisioned'],
};
