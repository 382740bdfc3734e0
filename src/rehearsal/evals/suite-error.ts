/** An eval that cannot be run or read; the message says what to change. */
export class SuiteError extends Error {
  readonly isSuiteError = true;

  constructor(message: string) {
    super(message);
    this.name = 'SuiteError';
  }
}

/** Works across duplicated installs, where `instanceof` does not. */
export function isSuiteError(error: unknown): error is SuiteError {
  return error instanceof Error && (error as Partial<SuiteError>).isSuiteError === true;
}
