import { z } from 'zod';
import { missed, passed, pureGrader, shown } from './grader.ts';

/** The answer is no refusal, by its structure. */
export const noRefusal = pureGrader('no-refusal', z.union([z.literal(true), z.strictObject({})]), {
  label: () => 'is no refusal',
  grade(_, { answer, text }) {
    const refused =
      answer.finish === 'refusal' ||
      answer.finish === 'content-filter' ||
      answer.parts.some((part) => part.type === 'refusal');
    return refused ? missed(`a refusal: ${shown(text)}`) : passed('an answer');
  },
});
