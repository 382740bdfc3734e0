import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { JsonObject } from '../../model/json.ts';
import { decodeAnswer } from './decode-answer.ts';
import { encodeAnswer } from './encode-answer.ts';
import { answerContext, chatRequest, reading, summary } from './test-kit.ts';

const translated = answerContext({ sameDialect: false });
const finish: ChatEvent = { type: 'finish', reason: 'stop' };
const encode = (events: readonly ChatEvent[], context = translated) => encodeAnswer(events, context, summary);

describe('a whole answer', () => {
  it('of the same dialect is the provider’s own body with one more key', () => {
    const body: JsonObject = {
      id: 'c',
      odd: { x: 1 },
      choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }],
    };
    const events = decodeAnswer(body, reading());
    const { understudy, ...rest } = encodeAnswer(events, answerContext(), summary);
    expect(rest).toEqual(body);
    expect(understudy).toMatchObject({ request_id: 'req1', degraded: false });
    expect(encodeAnswer(events, answerContext({ annotate: false }), summary)).toEqual(body);
    expect(body).not.toHaveProperty('understudy');
  });

  it('of another dialect is built', () => {
    const events: ChatEvent[] = [
      { type: 'start', id: 'msg_1', model: 'other' },
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
      { type: 'usage', usage: { inputTokens: 4, outputTokens: 2, cachedInputTokens: 1, reasoningTokens: 1 } },
      finish,
    ];
    const { understudy, ...rest } = encode(events);
    expect(understudy).toMatchObject({ served_by: 'provider-x/model-x' });
    expect(rest).toEqual({
      id: 'chatcmpl-req1',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'model-x',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'ab', refusal: null, reasoning_content: 'hm' },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 4,
        completion_tokens: 2,
        total_tokens: 6,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    });
  });

  it('of calls has the content null, and arguments that are JSON', () => {
    const events: ChatEvent[] = [
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-end', index: 0 },
      { type: 'finish', reason: 'tool-calls' },
    ];
    expect(encode(events).choices).toMatchObject([
      {
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
      },
    ]);
    const request = chatRequest({ functions: [{ name: 'f' }] });
    const legacy = encode(events, { ...translated, request }).choices;
    expect(legacy).toMatchObject([
      { finish_reason: 'function_call', message: { function_call: { name: 'f', arguments: '{}' } } },
    ]);
    expect(JSON.stringify(legacy)).not.toContain('tool_calls');
  });

  it('that refuses has the content null', () => {
    expect(encode([{ type: 'refusal', text: 'No.' }, finish]).choices).toMatchObject([
      { message: { content: null, refusal: 'No.' } },
    ]);
  });

  it.each([
    ['length', 'length'],
    ['content-filter', 'content_filter'],
    ['refusal', 'content_filter'],
    ['pause', 'stop'],
    ['other', 'stop'],
  ] as const)('that ended by %s says %s', (reason, word) => {
    expect(
      encode([
        { type: 'text', text: 'x' },
        { type: 'finish', reason },
      ]).choices,
    ).toMatchObject([{ finish_reason: word }]);
  });

  it('of several choices has them in order; unknown usage is left out', () => {
    const body = encode([
      { type: 'text', text: 'b', choice: 1 },
      { type: 'text', text: 'a' },
      { ...finish, choice: 1 },
      finish,
    ]);
    expect(body.choices).toMatchObject([
      { index: 0, message: { content: 'a' } },
      { index: 1, message: { content: 'b' } },
    ]);
    expect(body).not.toHaveProperty('usage');
  });

  it('read again says the same', () => {
    const parts = fc.record({
      text: fc.string({ unit: 'grapheme' }),
      calls: fc.array(fc.record({ name: fc.stringMatching(/^[a-z]{1,9}$/), json: fc.json() }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(parts, ({ text, calls }) => {
        const events: ChatEvent[] = [
          { type: 'text', text },
          ...calls.flatMap((call, index): ChatEvent[] => [
            { type: 'tool-call-start', index, id: `i${index}`, name: call.name },
            { type: 'tool-call-delta', index, json: call.json },
            { type: 'tool-call-end', index },
          ]),
          { type: 'finish', reason: calls.length > 0 ? 'tool-calls' : 'stop' },
        ];
        const again = collectAnswer(decodeAnswer(encode(events), reading()));
        expect(again.parts).toEqual(collectAnswer(events).parts);
        expect(again.finish).toBe(collectAnswer(events).finish);
      }),
    );
  });
});
