import type { DialectName } from '../../../src/model/dialect-name.ts';
import { readAnthropicMessages } from './anthropic-messages.ts';
import { readGeminiGenerate } from './gemini-generate.ts';
import { readOpenaiChat } from './openai-chat.ts';
import { readOpenaiResponses } from './openai-responses.ts';
import type { SdkReader } from './sdk-answer.ts';

/** The official SDK of each dialect, as a reader of answers. */
export const SDK_READERS: Readonly<Record<DialectName, SdkReader>> = {
  'openai-chat': readOpenaiChat,
  'openai-responses': readOpenaiResponses,
  'anthropic-messages': readAnthropicMessages,
  'gemini-generate': readGeminiGenerate,
};
