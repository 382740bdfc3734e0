/**
 * Cuts text into what one stream frame carries: a word of at most twelve characters with the space before it. One piece
 * counts as one token. Joined again the pieces are the text.
 */
export function splitPieces(text: string): string[] {
  return text.match(/\s*\S{1,12}|\s+/gu) ?? [];
}

/** The usual estimate of four bytes a token; at least one. */
export function estimateTokens(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 4));
}
