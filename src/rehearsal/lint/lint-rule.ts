import type { LintSubject } from './lint-subject.ts';

/** One thing that assertions ask of a model's manner, found in the text of the assertion. */
export interface LintRule {
  readonly name: string;
  /** For the documentation. */
  readonly about: string;
  find(subject: LintSubject): LintWords | undefined;
}

/** What is wrong with an assertion, and the same demand about the task. */
export interface LintWords {
  readonly message: string;
  readonly instead: string;
}
