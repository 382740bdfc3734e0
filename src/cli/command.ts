import type { EXIT } from './exit-codes.ts';

/** What a command comes to: one of the documented exit codes. */
export type CommandOutcome = (typeof EXIT)[keyof typeof EXIT];
