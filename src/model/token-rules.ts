/** What an image counts, as its vendor documents it. Sizes in pixels. */
export type ImageTokenRule =
  /** The same for every image. */
  | { readonly kind: 'flat'; readonly tokens: number }
  /** Area divided by `pixelsPerToken`; larger images are scaled down to `maxTokens`. */
  | { readonly kind: 'area'; readonly pixelsPerToken: number; readonly maxTokens: number }
  /**
   * Scaled to fit `maxSide` with a short side of at most `shortSide`, then cut into square tiles. `base` alone is what
   * an image of low detail counts.
   */
  | {
      readonly kind: 'tiles';
      readonly tileSide: number;
      readonly maxSide: number;
      readonly shortSide: number;
      readonly base: number;
      readonly perTile: number;
    }
  /** Squares of `side` pixels, at most `maxPatches`, each of `factor` tokens. */
  | { readonly kind: 'patches'; readonly side: number; readonly maxPatches: number; readonly factor: number };

/** How a model's tokens are counted where the text alone does not say. */
export interface TokenRules {
  /** Tokens of this model for one token of the base estimate, before anything was learned of it. */
  readonly textFactor: number;
  readonly image: ImageTokenRule;
  /** Of one page of a PDF, its text included. */
  readonly pdfPageTokens: number;
  readonly audioSecondTokens: number;
}

/** For models of which nobody says: in the middle of what the vendors document. */
export const DEFAULT_TOKEN_RULES: TokenRules = {
  textFactor: 1,
  image: { kind: 'flat', tokens: 1_000 },
  pdfPageTokens: 1_500,
  audioSecondTokens: 25,
};
