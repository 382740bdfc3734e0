import * as z from 'zod';
import { passed, pureGrader } from './grader.ts';

/**
 * The contract of the route or prompt holds. It is checked while the answer is served, and an answer that breaks it is a
 * failure of the target, which scores nothing anywhere: what reaches a grader has kept it.
 */
export const contract = pureGrader('contract', z.union([z.literal(true), z.strictObject({})]), {
  label: () => 'keeps its contract',
  grade: () => passed('kept'),
});
