/** A token and the natural logarithm of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** Its UTF-8 bytes; a token may be a part of a character. */
  readonly bytes?: readonly number[];
}

/** A token that the model chose, and those that it might have chosen in its place. */
export interface ChosenToken extends TokenLogprob {
  readonly top: readonly TokenLogprob[];
}
