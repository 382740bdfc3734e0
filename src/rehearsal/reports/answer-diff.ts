import { diffWordsWithSpace } from 'diff';

/** Beyond so many changed words two answers are different texts, and marking them would take long and say little. */
const MAX_EDITS = 300;

/** What became of a stretch of text: it stands in both, only in the first, or only in the second. */
export const DIFF_KIND = { same: 0, removed: 1, added: 2 } as const;

/** Kind and length (UTF-16 units) in turn: with both texts at hand this is the whole difference. */
export type AnswerDiff = readonly number[];

/** The difference of two answers by words; `undefined` where they have too little in common to be marked. */
export function diffAnswers(primary: string, target: string): AnswerDiff | undefined {
  if (primary === target) return [DIFF_KIND.same, primary.length];
  const changes = diffWordsWithSpace(primary, target, { maxEditLength: MAX_EDITS });
  return changes?.flatMap(({ value, added, removed }) => [
    added ? DIFF_KIND.added : removed ? DIFF_KIND.removed : DIFF_KIND.same,
    value.length,
  ]);
}
