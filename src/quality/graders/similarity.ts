import { distance } from 'fastest-levenshtein';
import * as z from 'zod';
import { partly, pureGrader, shown } from './grader.ts';
import { normalForm, wordsOf } from './normal-form.ts';

/** Characters and words of each text that are compared: both measures take the product of the two lengths. */
const MAX_CHARS = 20_000;
const MAX_WORDS = 3_000;

const schema = z.strictObject({
  to: z.string().min(1).max(100_000),
  /** `characters`: edits. `words`: words in common, in any order. `order`: the longest common row of words. */
  by: z.enum(['characters', 'words', 'order']).default('order'),
  threshold: z.number().min(0).max(1).default(0.7),
});

/** How much of a reference text an answer says, in its normal form. */
export const similarity = pureGrader('similarity', schema, {
  label: ({ to, by, threshold }) => `is like ${shown(to, 50)} by ${by}, at least ${threshold}`,
  grade({ to, by, threshold }, answer) {
    const score = MEASURES[by](answer.text, to);
    return partly(score, threshold, `${score.toFixed(2)} by ${by}`);
  },
});

const MEASURES = {
  /** 1 − edits ÷ length (Levenshtein 1966). */
  characters(found: string, wanted: string): number {
    const [a, b] = [normalForm(found).slice(0, MAX_CHARS), normalForm(wanted).slice(0, MAX_CHARS)];
    return 1 - distance(a, b) / Math.max(1, a.length, b.length);
  },
  /** Words in both ÷ words in either (Jaccard 1901). */
  words(found: string, wanted: string): number {
    const [a, b] = [new Set(wordsOf(found)), new Set(wordsOf(wanted))];
    const shared = [...a].filter((word) => b.has(word)).length;
    return shared / Math.max(1, a.size + b.size - shared);
  },
  /** F1 of the longest common subsequence of words (ROUGE-L, Lin 2004). */
  order(found: string, wanted: string): number {
    const [a, b] = [wordsOf(found).slice(0, MAX_WORDS), wordsOf(wanted).slice(0, MAX_WORDS)];
    const common = longestCommon(a, b);
    return a.length + b.length === 0 ? 1 : (2 * common) / (a.length + b.length);
  },
} as const;

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let before = new Uint16Array(b.length + 1);
  for (const word of a) {
    const row = new Uint16Array(b.length + 1);
    for (let at = 1; at <= b.length; at += 1) {
      row[at] = word === b[at - 1] ? (before[at - 1] ?? 0) + 1 : Math.max(before[at] ?? 0, row[at - 1] ?? 0);
    }
    before = row;
  }
  return before[b.length] ?? 0;
}
