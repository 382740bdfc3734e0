import { anthropicMessagesCaller, anthropicMessagesTarget } from './dialects/anthropic-messages/index.ts';
import { bedrockConverseTarget } from './dialects/bedrock-converse/index.ts';
import { geminiGenerateCaller, geminiGenerateTarget } from './dialects/gemini-generate/index.ts';
import { openaiChatCaller, openaiChatTarget } from './dialects/openai-chat/index.ts';
import { openaiEmbeddingsCaller, openaiEmbeddingsTarget } from './dialects/openai-embeddings/index.ts';
import { openaiResponsesCaller, openaiResponsesTarget } from './dialects/openai-responses/index.ts';
import type { Dialects } from './engine/ports.ts';
import type { CallerDialect, TargetDialect } from './model/dialect.ts';
import type { CallerDialectName, TargetDialectName } from './model/dialect-name.ts';

const TARGETS: Readonly<Record<TargetDialectName, TargetDialect>> = {
  'openai-chat': openaiChatTarget,
  'openai-responses': openaiResponsesTarget,
  'anthropic-messages': anthropicMessagesTarget,
  'gemini-generate': geminiGenerateTarget,
  'bedrock-converse': bedrockConverseTarget,
  'openai-embeddings': openaiEmbeddingsTarget,
};

const CALLERS: Readonly<Record<CallerDialectName, CallerDialect>> = {
  'openai-chat': openaiChatCaller,
  'openai-responses': openaiResponsesCaller,
  'anthropic-messages': anthropicMessagesCaller,
  'gemini-generate': geminiGenerateCaller,
  'openai-embeddings': openaiEmbeddingsCaller,
};

/** The dialects that are spoken, by name. */
export const dialectKits: Dialects = {
  target: (name) => TARGETS[name],
  caller: (name) => CALLERS[name],
};
