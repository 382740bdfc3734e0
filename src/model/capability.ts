/** What is known of a model: `unknown` is a value, not a gap (see eligibility for what it leads to). */
export type Tri = 'yes' | 'no' | 'unknown';

/** Abilities that a request may need. */
export const CAPABILITY_NAMES = [
  'tools',
  'parallel-tools',
  'json-schema',
  'vision',
  'audio',
  'pdf',
  'reasoning',
  'prefill',
] as const;
export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

export interface Capabilities {
  readonly abilities: Readonly<Record<CapabilityName, Tri>>;
  /** Tokens of input and output together; absent when nobody knows. */
  readonly contextWindow?: number;
  readonly maxOutputTokens?: number;
}

export const UNKNOWN_CAPABILITIES: Capabilities = {
  abilities: {
    tools: 'unknown',
    'parallel-tools': 'unknown',
    'json-schema': 'unknown',
    vision: 'unknown',
    audio: 'unknown',
    pdf: 'unknown',
    reasoning: 'unknown',
    prefill: 'unknown',
  },
};
