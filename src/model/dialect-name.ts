/** The wire formats that Understudy speaks, as caller or as target. */
export const DIALECT_NAMES = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;

/** A wire format. */
export type DialectName = (typeof DIALECT_NAMES)[number];
