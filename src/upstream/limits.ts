/** What the upstream client takes from a provider at most. */
export interface UpstreamLimits {
  /** One server-sent event, its framing included. Images that Gemini streams inline may need more than the default. */
  readonly maxEventBytes: number;
  /** One whole JSON answer. */
  readonly maxBodyBytes: number;
  /** Kept of a refusal's body; the rest is dropped with its socket. */
  readonly maxErrorBytes: number;
  /** Longest wait for a refusal's body: the status is known by then and matters more. */
  readonly errorBodyMs: number;
  /** Longest wait for a token, or for credentials that sign; a request never hangs on whoever gives them. */
  readonly credentialMs: number;
  /** Response headers of one answer. */
  readonly maxHeaderBytes: number;
  /** Received but not yet read by the consumer; beyond it the socket is paused. */
  readonly maxUnreadBytes: number;
  /** A pooled socket that breaks within this time after a request was written was already dead when it was written to. */
  readonly staleWithinMs: number;
  /** How long an unused socket is kept where the provider says nothing. */
  readonly keepAliveMs: number;
  /** How long it is kept at most, whatever the provider says. */
  readonly keepAliveMaxMs: number;
}

export const DEFAULT_UPSTREAM_LIMITS: UpstreamLimits = {
  maxEventBytes: 1024 * 1024,
  maxBodyBytes: 64 * 1024 * 1024,
  maxErrorBytes: 64 * 1024,
  errorBodyMs: 2_000,
  credentialMs: 5_000,
  maxHeaderBytes: 32 * 1024,
  maxUnreadBytes: 64 * 1024,
  staleWithinMs: 2_000,
  keepAliveMs: 4_000,
  keepAliveMaxMs: 15_000,
};

/** The defaults with `changes` applied. Throws a `RangeError` that names the limit and its value. */
export function upstreamLimits(changes: Partial<UpstreamLimits> = {}): UpstreamLimits {
  const limits = { ...DEFAULT_UPSTREAM_LIMITS, ...changes };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isInteger(value) || value <= 0) {
      throw new RangeError(`limits.${name} must be a positive whole number, got ${value}`);
    }
  }
  return limits;
}
