import type { DialectKit } from '../dialect-kit.ts';
import { openaiOdd, openaiStreamed, openaiWhole } from './answer.ts';
import { openaiErrorFrame, openaiRefusal } from './errors.ts';
import { readOpenaiChat } from './request.ts';

/** The Chat Completions API as OpenAI serves it. */
export const openaiChatKit: DialectKit = {
  dialect: 'openai-chat',
  read: readOpenaiChat,
  whole: openaiWhole,
  streamed: openaiStreamed,
  odd: openaiOdd,
  headers: (stamp) => ({
    'x-request-id': `req_${stamp.id}`,
    'openai-version': '2020-10-01',
    'openai-processing-ms': '1',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-reset-requests': '6ms',
    'x-ratelimit-limit-tokens': '30000000',
    'x-ratelimit-remaining-tokens': '29999000',
    'x-ratelimit-reset-tokens': '2ms',
  }),
  refusal: openaiRefusal,
  errorFrame: openaiErrorFrame,
  models: (names) => ({
    object: 'list',
    data: names.map((id) => ({ id, object: 'model', created: 1_767_225_600, owned_by: 'simulator' })),
  }),
};
