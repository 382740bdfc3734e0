/** Parts a message from its fix where both must travel in one string; appears in no text that people write. */
const SEPARATOR = '\u0000';

/** One string out of what is wrong and what to write instead. */
export function withFix(message: string, fix: string): string {
  return `${message}${SEPARATOR}${fix}`;
}

/** The inverse of `withFix`; a message without a fix stays as it is. */
export function splitFix(text: string): { readonly message: string; readonly fix?: string } {
  const at = text.indexOf(SEPARATOR);
  return at < 0 ? { message: text } : { message: text.slice(0, at), fix: text.slice(at + SEPARATOR.length) };
}
