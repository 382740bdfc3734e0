/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** File as the operator named it, or what stands for it (`environment`, `configuration`). */
  readonly file: string;
  /** From 1; absent where there is no text to point at. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** `routes.support.targets[0]`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, in one sentence without its full stop. Never holds the value of a secret. */
  readonly message: string;
  /** What to write instead. */
  readonly fix?: string;
}

/** A configuration that cannot be used, with everything that is wrong with it. */
export class ConfigError extends Error {
  readonly isConfigError = true;
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(describeProblems(problems));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Works across duplicated installs, where `instanceof` does not. */
export function isConfigError(error: unknown): error is ConfigError {
  return error instanceof Error && (error as Partial<ConfigError>).isConfigError === true;
}

const maxShownProblems = 50;

function describeProblems(problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  const lines = problems.slice(0, maxShownProblems).map(describeProblem);
  const rest = problems.length - lines.length;
  if (rest > 0) lines.push(`  … and ${rest} more`);
  return [`The configuration has ${count}:`, ...lines].join('\n');
}

function describeProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`;
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const fix = problem.fix === undefined ? '' : `\n      → ${problem.fix}`;
  return `  ${place}  ${path}${problem.message}${fix}`;
}

/** Keys and indexes from the root to a value. */
export type Path = readonly (string | number)[];

/** `routes.support.targets[0]`; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][\w-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}
