import * as z from 'zod';
import { askedGrader } from './grader.ts';

export const moduleSchema = z
  .union([
    z.string().min(1).max(1_000),
    z.strictObject({
      path: z.string().min(1).max(1_000),
      /** Handed to the module with each answer. */
      options: z.json().optional(),
      /** Longest time for one answer, in milliseconds. */
      timeoutMs: z.int().min(10).max(60_000).default(2_000),
    }),
  ])
  .transform((written) =>
    typeof written === 'string' ? { path: written, options: undefined, timeoutMs: 2_000 } : written,
  );

/** A file beside the suite that exports `grade`. */
export type ModuleWish = z.output<typeof moduleSchema>;

export const moduleGrader = askedGrader('module', moduleSchema, ({ path }) => `as ${path} says`);
