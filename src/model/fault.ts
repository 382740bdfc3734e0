/** The four clocks of an attempt, the throughput floor, and the limit on a whole stream. */
export const CLOCK_NAMES = ['connect', 'headers', 'first-content', 'gap', 'throughput', 'total'] as const;
export type ClockName = (typeof CLOCK_NAMES)[number];

/** What a provider itself said of the fault. Never shown to a caller before it went through the redactor. */
export interface ProviderComplaint {
  readonly message: string;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
}

interface Said {
  /** One line for an engineer, in our words, without secrets. */
  readonly message: string;
  readonly status?: number;
  readonly complaint?: ProviderComplaint;
}

/** A normalised failure of one attempt: a closed list. What each leads to stands in the verdict table of the engine. */
export type Fault =
  /** A pooled socket that the provider had closed: nothing was received, the request may be sent again at once. */
  | (Said & { readonly kind: 'stale-connection' })
  | (Said & { readonly kind: 'connection-failed'; readonly stage: 'refused' | 'dns' | 'tls' | 'reset' | 'other' })
  /** `retryAfterMs` absent: the provider did not say how long. */
  | (Said & { readonly kind: 'rate-limited'; readonly retryAfterMs?: number })
  | (Said & { readonly kind: 'quota-exhausted'; readonly retryAfterMs?: number })
  | (Said & { readonly kind: 'server-error'; readonly retryAfterMs?: number })
  | (Said & { readonly kind: 'timed-out'; readonly clock: ClockName })
  | (Said & {
      readonly kind: 'bad-response';
      readonly what: 'html' | 'wrong-type' | 'error-body' | 'empty' | 'overloaded' | 'malformed' | 'cut' | 'too-large';
    })
  | (Said & { readonly kind: 'context-too-long'; readonly limitTokens?: number })
  | (Said & { readonly kind: 'invalid-request' })
  /**
   * A 4xx that is about this provider, not about the request (Groq's `failed_generation`, an unsupported option).
   * `opaque-state`: a signature or encrypted item of an earlier turn, which it takes for somebody else's.
   */
  | (Said & { readonly kind: 'provider-rejected'; readonly about?: 'opaque-state' })
  | (Said & { readonly kind: 'content-policy' })
  | (Said & { readonly kind: 'credential-refused' })
  | (Said & { readonly kind: 'model-not-found' })
  /** `rule`: the first one that the answer breaks, absent where no rule of a contract was at stake. */
  | (Said & { readonly kind: 'contract-broken'; readonly rule?: string })
  /** It answers as another model than the one that was measured, and its route wants only what was. */
  | (Said & { readonly kind: 'unproven-model' })
  | (Said & { readonly kind: 'caller-gone' })
  /** Cancelled by us, because the answer of another target was taken. */
  | (Said & { readonly kind: 'outrun' })
  | (Said & { readonly kind: 'deadline-exceeded' })
  | (Said & { readonly kind: 'unknown' });

export type FaultKind = Fault['kind'];

/** Every kind once; the compiler holds this list and the union together. */
export const FAULT_KINDS = [
  'stale-connection',
  'connection-failed',
  'rate-limited',
  'quota-exhausted',
  'server-error',
  'timed-out',
  'bad-response',
  'context-too-long',
  'invalid-request',
  'provider-rejected',
  'content-policy',
  'credential-refused',
  'model-not-found',
  'contract-broken',
  'unproven-model',
  'caller-gone',
  'outrun',
  'deadline-exceeded',
  'unknown',
] as const satisfies readonly FaultKind[];
