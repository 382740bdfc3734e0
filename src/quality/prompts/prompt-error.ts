/** A prompt cannot be used as it was asked for; the message is a clause that names what is wrong. */
export class PromptError extends Error {
  readonly isPromptError = true;
  /** Below the caller's own field for prompts: `id`, `version`, `variables`, `variables.city`. */
  readonly at: string;

  constructor(at: string, message: string) {
    super(message);
    this.name = 'PromptError';
    this.at = at;
  }
}

/** Works across duplicated installs, where `instanceof` does not. */
export function isPromptError(error: unknown): error is PromptError {
  return error instanceof Error && (error as Partial<PromptError>).isPromptError === true;
}
