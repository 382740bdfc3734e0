import type { DialectKit } from '../dialect-kit.ts';
import { anthropicOdd, anthropicStreamed, anthropicWhole } from './answer.ts';
import { anthropicErrorFrame, anthropicRefusal } from './errors.ts';
import { readAnthropicMessages } from './request.ts';

/** The Messages API as Anthropic serves it. */
export const anthropicMessagesKit: DialectKit = {
  dialect: 'anthropic-messages',
  read: readAnthropicMessages,
  whole: anthropicWhole,
  streamed: anthropicStreamed,
  odd: anthropicOdd,
  headers: (stamp) => ({
    'request-id': `req_${stamp.id}`,
    'anthropic-ratelimit-requests-limit': '4000',
    'anthropic-ratelimit-requests-remaining': '3999',
    'anthropic-ratelimit-requests-reset': new Date(stamp.at + 1000).toISOString(),
    'anthropic-ratelimit-tokens-limit': '4000000',
    'anthropic-ratelimit-tokens-remaining': '3999000',
    'anthropic-ratelimit-tokens-reset': new Date(stamp.at + 1000).toISOString(),
  }),
  refusal: anthropicRefusal,
  errorFrame: anthropicErrorFrame,
  models: (names) => ({
    data: names.map((id) => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' })),
    has_more: false,
    first_id: names[0] ?? null,
    last_id: names.at(-1) ?? null,
  }),
};
