import type { DialectKit } from '../dialect-kit.ts';
import { openaiChatKit } from '../openai-chat/kit.ts';
import { responsesErrorFrame, responsesRefusal } from './errors.ts';
import { readOpenaiResponses } from './request.ts';
import { responsesOdd, responsesStreamed } from './streamed.ts';
import { responsesWhole } from './whole.ts';

/** The Responses API as OpenAI serves it to clients that keep their conversations themselves. */
export const openaiResponsesKit: DialectKit = {
  dialect: 'openai-responses',
  read: readOpenaiResponses,
  whole: responsesWhole,
  streamed: responsesStreamed,
  odd: responsesOdd,
  headers: openaiChatKit.headers,
  refusal: responsesRefusal,
  errorFrame: responsesErrorFrame,
  models: openaiChatKit.models,
};
