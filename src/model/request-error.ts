/** A request that cannot be understood; `field` is the path of what is wrong, in the caller's terms. */
export class RequestError extends Error {
  readonly isRequestError = true;
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.name = 'RequestError';
    this.field = field;
  }
}

/** Works across duplicated installs, where `instanceof` does not. */
export function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && (error as Partial<RequestError>).isRequestError === true;
}
