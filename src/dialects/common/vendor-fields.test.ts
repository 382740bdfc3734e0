import { describe, expect, it } from 'vitest';
import type { ChatRequest, ServiceTier } from '../../model/chat-request.ts';
import type { DialectName } from '../../model/dialect-name.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { anthropicMessagesTarget } from '../anthropic-messages/index.ts';
import { geminiGenerateTarget } from '../gemini-generate/index.ts';
import { openaiChatTarget } from '../openai-chat/index.ts';
import { openaiResponsesTarget } from '../openai-responses/index.ts';
import { encodeContextFor, foreignRequest } from './test-kit.ts';

const KITS = {
  'openai-chat': openaiChatTarget,
  'openai-responses': openaiResponsesTarget,
  'anthropic-messages': anthropicMessagesTarget,
  'gemini-generate': geminiGenerateTarget,
};
const VENDOR = { vendorFields: true } as const;

/** As a caller of yet another dialect would have it sent. */
function encode(dialect: DialectName, change: Partial<ChatRequest>, quirks: Partial<Quirks> = VENDOR) {
  const caller = dialect === 'gemini-generate' ? 'anthropic-messages' : 'gemini-generate';
  const encoded = KITS[dialect].encodeRequest(
    foreignRequest({ dialect: caller, ...change }),
    encodeContextFor(dialect, quirks),
  );
  const ignored = ['max_tokens', 'generationConfig.maxOutputTokens'];
  return { body: encoded.body, lost: encoded.losses.filter(({ field }) => !ignored.includes(field)) };
}

describe('service tiers', () => {
  it.each<[DialectName, string, readonly (string | undefined)[], readonly ServiceTier[]]>([
    ['openai-chat', 'service_tier', ['auto', 'default', 'flex', 'priority'], []],
    ['openai-responses', 'service_tier', ['auto', 'default', 'flex', 'priority'], []],
    ['anthropic-messages', 'service_tier', ['auto', 'standard_only', 'standard_only', 'auto'], ['flex', 'priority']],
    ['gemini-generate', 'serviceTier', [undefined, 'standard', 'flex', 'priority'], []],
  ])('of %s: %s is %j', (dialect, field, words, changed) => {
    const tiers: ServiceTier[] = ['auto', 'standard', 'flex', 'priority'];
    for (const [at, serviceTier] of tiers.entries()) {
      const { body, lost } = encode(dialect, { serviceTier });
      expect(body[field]).toBe(words[at]);
      expect(lost.map(({ matters }) => matters)).toEqual(changed.includes(serviceTier) ? [false] : []);
    }
  });

  it.each(['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const)(
    'are kept from hosts that only imitate %s, and named',
    (dialect) => {
      const { body, lost } = encode(dialect, { serviceTier: 'flex' }, {});
      expect([body.service_tier, body.serviceTier]).toEqual([undefined, undefined]);
      expect(lost).toHaveLength(1);
    },
  );
});

describe('labels', () => {
  const short = { team: 'support' };
  it.each<[DialectName, Record<string, string>, JsonObject, number]>([
    ['openai-responses', short, { metadata: short }, 0],
    ['openai-responses', { ['x'.repeat(65)]: 'a' }, {}, 1],
    ['openai-responses', { a: 'x'.repeat(513) }, {}, 1],
    ['openai-chat', short, {}, 1],
    ['anthropic-messages', short, {}, 1],
    ['gemini-generate', short, { labels: short }, 0],
    ['gemini-generate', { Team: 'support' }, {}, 1],
    ['gemini-generate', { team: 'Über' }, {}, 1],
  ])('%s given %j', (dialect, metadata, expected, losses) => {
    const { body, lost } = encode(dialect, { metadata });
    expect({ ...(body.metadata && { metadata: body.metadata }), ...(body.labels && { labels: body.labels }) }).toEqual(
      expected,
    );
    expect(lost).toHaveLength(losses);
  });
});

describe('a list of allowed tools', () => {
  const tools = ['a', 'b', 'c'].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));
  const allowed = (required: boolean) =>
    ({ tools, toolChoice: { kind: 'allowed', names: ['a', 'b'], required } }) as const;
  const countOf = ({ tools: sent }: JsonObject) => (Array.isArray(sent) ? sent.length : 0);

  it('goes to those whose choice knows lists', () => {
    const chat = encode('openai-chat', allowed(true)).body;
    expect(countOf(chat)).toBe(3);
    expect(chat.tool_choice).toMatchObject({ type: 'allowed_tools', allowed_tools: { mode: 'required' } });
    const responses = encode('openai-responses', allowed(false)).body;
    expect(responses.tool_choice).toMatchObject({
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ name: 'a' }, { name: 'b' }],
    });
    expect(encode('gemini-generate', allowed(true)).body.toolConfig).toEqual({
      functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['a', 'b'] },
    });
  });

  it('becomes the list of tools where it does not', () => {
    const chat = encode('openai-chat', allowed(true), {}).body;
    expect([countOf(chat), chat.tool_choice]).toEqual([2, 'required']);
    const anthropic = encode('anthropic-messages', allowed(false)).body;
    expect([countOf(anthropic), anthropic.tool_choice]).toEqual([2, { type: 'auto' }]);
    const gemini = encode('gemini-generate', allowed(false)).body;
    expect(JSON.stringify(gemini.tools)).not.toContain('"c"');
    expect(gemini.toolConfig).toEqual({ functionCallingConfig: { mode: 'AUTO' } });
  });
});

describe('log probabilities', () => {
  const logprobs = { top: 3 };
  it.each<[DialectName, JsonObject]>([
    ['openai-chat', { logprobs: true, top_logprobs: 3 }],
    ['openai-responses', { include: ['message.output_text.logprobs'], top_logprobs: 3 }],
    ['gemini-generate', { generationConfig: { responseLogprobs: true, logprobs: 3 } }],
  ])('are asked of %s', (dialect, expected) => {
    expect(encode(dialect, { logprobs }).body).toMatchObject(expected);
    const without = encode(dialect, { logprobs }, { logprobs: false });
    expect(JSON.stringify(without.body)).not.toMatch(/logprobs/i);
    expect(without.lost).toMatchObject([{ matters: true }]);
  });

  it('of Anthropic there are none, which matters', () => {
    expect(encode('anthropic-messages', { logprobs }).lost).toMatchObject([{ matters: true }]);
  });
});

describe('whether thinking is shown', () => {
  const shown = { effort: 'high', display: 'shown' } as const;
  const hidden = { effort: 'high', display: 'hidden' } as const;
  it.each<[DialectName, Quirks['thinking'], ChatRequest['reasoning'], JsonObject, number]>([
    ['openai-responses', 'effort', shown, { reasoning: { effort: 'high', summary: 'auto' } }, 0],
    ['openai-responses', 'effort', hidden, { reasoning: { effort: 'high' } }, 0],
    ['openai-chat', 'effort', shown, { reasoning_effort: 'high' }, 1],
    ['anthropic-messages', 'adaptive', shown, { thinking: { type: 'adaptive', display: 'summarized' } }, 0],
    ['anthropic-messages', 'adaptive', hidden, { thinking: { type: 'adaptive', display: 'omitted' } }, 0],
    ['anthropic-messages', 'effort', shown, { output_config: { effort: 'high' } }, 1],
    ['gemini-generate', 'effort', hidden, { generationConfig: { thinkingConfig: { thinkingLevel: 'HIGH' } } }, 0],
  ])('%s, %s, %j', (dialect, thinking, reasoning, expected, losses) => {
    const { body, lost } = encode(dialect, { reasoning, maxOutputTokens: 30_000 }, { ...VENDOR, thinking });
    expect(body).toMatchObject(expected);
    expect(lost).toHaveLength(losses);
  });
});
