/** The wire formats that Understudy speaks with callers, and with providers too. */
export const DIALECT_NAMES = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;

/** A wire format in which callers ask. */
export type DialectName = (typeof DIALECT_NAMES)[number];

/** What callers ask in: a wire format of chat, or that of embeddings, which are served by the same loop. */
export type CallerDialectName = DialectName | 'openai-embeddings';

/** The wire formats in which targets can be reached: those of the callers, and those that providers alone speak. */
export const TARGET_DIALECTS = [...DIALECT_NAMES, 'bedrock-converse'] as const;

/** A wire format in which a target is reached; a target of chat is asked for embeddings in their own. */
export type TargetDialectName = (typeof TARGET_DIALECTS)[number] | 'openai-embeddings';
