import type { CommandOutcome } from './command.ts';

/** Where a command's words go: data on standard output, everything else on standard error. */
export interface Output {
  readonly json: boolean;
  /** Data: text for people, or one JSON document with `--json`. */
  data(text: string): void;
  /** Progress, hints, errors. */
  say(text: string): void;
}

export function standardOutput(json: boolean): Output {
  return {
    json,
    data: (text) => process.stdout.write(`${text}\n`),
    say: (text) => process.stderr.write(`${text}\n`),
  };
}

/** An error that ends a command: printed without a stack, with its exit code. */
export class CommandError extends Error {
  readonly exitCode: CommandOutcome;

  constructor(exitCode: CommandOutcome, message: string) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
