/** How a provider answers from now on. */
export type Behaviour =
  /** After `delayMs`: whole, or as a stream of `pieces`, one every `paceMs`, each with a stamp. */
  | { readonly kind: 'answers'; readonly delayMs: number; readonly pieces: number; readonly paceMs: number }
  | { readonly kind: 'refuses'; readonly status: number }
  /** Closes the connection once it has the request. */
  | { readonly kind: 'hangs-up' }
  /** Takes the request and says nothing. */
  | { readonly kind: 'is-silent' };

export type ProviderOrder =
  | { readonly kind: 'listen' }
  | { readonly kind: 'behave'; readonly behaviour: Behaviour }
  /** How many requests came since the last time this was asked. */
  | { readonly kind: 'count' };

/** A port, a number of requests, or nothing. */
export type ProviderResult = number;

/** A request that holds this is answered with a stream as fast as its reader takes it, and without end. */
export const FLOOD_USER = 'bench-flood';
