/** Something an encode had to drop or change, told so that nothing is lost silently. */
export interface Loss {
  /** Path in the caller's terms, e.g. `seed`, `messages[2].content[0]`, `tools[1].parameters`. */
  readonly field: string;
  /** What happened and why, in one line. */
  readonly why: string;
  /** True where the answer may suffer for it; such losses mark the answer as degraded. */
  readonly matters: boolean;
}
