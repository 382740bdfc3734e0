import { anthropicMessagesCaller, anthropicMessagesTarget } from './dialects/anthropic-messages/index.ts';
import { geminiGenerateCaller, geminiGenerateTarget } from './dialects/gemini-generate/index.ts';
import { openaiChatCaller, openaiChatTarget } from './dialects/openai-chat/index.ts';
import { openaiResponsesCaller, openaiResponsesTarget } from './dialects/openai-responses/index.ts';
import type { Dialects } from './engine/ports.ts';
import type { CallerDialect, TargetDialect } from './model/dialect.ts';
import type { DialectName } from './model/dialect-name.ts';

const TARGETS: Partial<Record<DialectName, TargetDialect>> = {
  'openai-chat': openaiChatTarget,
  'openai-responses': openaiResponsesTarget,
  'anthropic-messages': anthropicMessagesTarget,
  'gemini-generate': geminiGenerateTarget,
};

const CALLERS: Partial<Record<DialectName, CallerDialect>> = {
  'openai-chat': openaiChatCaller,
  'openai-responses': openaiResponsesCaller,
  'anthropic-messages': anthropicMessagesCaller,
  'gemini-generate': geminiGenerateCaller,
};

/** The dialects that are spoken, by name. Asking for one that is not is a mistake of ours, so it throws. */
export const dialectKits: Dialects = {
  target: (name) => TARGETS[name] ?? missing(name, 'providers'),
  caller: (name) => CALLERS[name] ?? missing(name, 'callers'),
};

function missing(name: DialectName, who: string): never {
  throw new Error(`dialect ${name} is not spoken with ${who}`);
}
