const MARK = 'simulated-thoughts:';

/** Reasoning that only this vendor can read: handed out, taken back, and refused when somebody else wrote it. */
export function sealed(reasoning: string): string {
  return Buffer.from(MARK + reasoning).toString('base64');
}

export function isSealed(content: string): boolean {
  return Buffer.from(content, 'base64').toString('utf8').startsWith(MARK);
}
