/** Where a secret is found. Configurations hold references only, so that they can be shown, committed and logged. */
export interface SecretRef {
  readonly kind: 'env' | 'file';
  /** Name of the variable, or path of the file. */
  readonly name: string;
}

/** `env:NAME` or `file:/path`. */
export const SECRET_REF_PATTERN = /^(?:env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:.{1,1024})$/;

/** Undefined where the text is no reference. */
export function parseSecretRef(text: string): SecretRef | undefined {
  if (!SECRET_REF_PATTERN.test(text)) return undefined;
  const colon = text.indexOf(':');
  return { kind: text.startsWith('env:') ? 'env' : 'file', name: text.slice(colon + 1) };
}
