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
  'streaming',
  'several-answers',
  'video',
  'audio-output',
  'image-output',
  'custom-tools',
  'web-search',
  'web-fetch',
  'code-execution',
  'file-search',
  'computer-use',
  'mcp',
  'editor-tools',
  'server-tools',
  'moderation',
  'compaction',
  'inference-region',
] as const;
export type CapabilityName = (typeof CAPABILITY_NAMES)[number];

export interface Capabilities {
  readonly abilities: Readonly<Record<CapabilityName, Tri>>;
  /** Tokens of input and output together; absent when nobody knows. */
  readonly contextWindow?: number;
  /** Tokens of input alone, where the vendor limits them apart. */
  readonly maxInputTokens?: number;
  readonly maxOutputTokens?: number;
}

/**
 * Where a model stands in its maker's own line, which is no measurement: `frontier` is sold as the most capable,
 * `small` as the fast and cheap one, `standard` stands between. Models of one tier are comparable, not equal.
 */
export const MODEL_TIERS = ['frontier', 'standard', 'small', 'embedding'] as const;
export type ModelTier = (typeof MODEL_TIERS)[number];

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
    streaming: 'unknown',
    'several-answers': 'unknown',
    video: 'unknown',
    'audio-output': 'unknown',
    'image-output': 'unknown',
    'custom-tools': 'unknown',
    'web-search': 'unknown',
    'web-fetch': 'unknown',
    'code-execution': 'unknown',
    'file-search': 'unknown',
    'computer-use': 'unknown',
    mcp: 'unknown',
    'editor-tools': 'unknown',
    'server-tools': 'unknown',
    moderation: 'unknown',
    compaction: 'unknown',
    'inference-region': 'unknown',
  },
};
