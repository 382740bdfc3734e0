import { describe, expect, it } from 'vitest';
import type { Message } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encodeRequest } from './encode-request.ts';
import { encodeContext, foreignRequest as foreign } from './test-kit.ts';

const hello: Message = { role: 'user', parts: [{ type: 'text', text: 'Hello' }] };
const fieldsOf = (encoded: { losses: readonly { field: string; matters: boolean }[] }) =>
  encoded.losses.map(({ field, matters }) => `${matters ? '!' : ''}${field}`);

describe('the conversation of another dialect', () => {
  const messagesOf = (messages: readonly Message[], quirks: Partial<Quirks> = {}) =>
    encodeRequest(foreign({ messages }), encodeContext(quirks));

  it('instructions in the target’s role, text joined', () => {
    const system: Message = {
      role: 'system',
      parts: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    };
    expect(messagesOf([system, hello], { systemRole: 'developer' }).body.messages).toEqual([
      { role: 'developer', content: 'a\n\nb' },
      { role: 'user', content: 'Hello' },
    ]);
  });

  it('images, files and sound', () => {
    const parts: Message['parts'] = [
      { type: 'text', text: 'Look:' },
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
      { type: 'image', source: { kind: 'url', url: 'https://x.test/a' }, detail: 'high' },
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }, name: 'a.pdf' },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/mpeg', data: 'SUQz' } },
    ];
    expect(messagesOf([{ role: 'user', parts }]).body.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'https://x.test/a', detail: 'high' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
          { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
        ],
      },
    ]);
  });

  it('what cannot be told is named and counts', () => {
    const parts: Message['parts'] = [
      { type: 'text', text: 'x' },
      { type: 'file', source: { kind: 'url', url: 'https://x.test/a.pdf' } },
      { type: 'file', source: { kind: 'provider-file', id: 'f', dialect: 'anthropic-messages' } },
      { type: 'image', source: { kind: 'provider-file', id: 'f', dialect: 'gemini-generate' } },
      { type: 'audio', source: { kind: 'base64', mediaType: 'audio/ogg', data: 'x' } },
      { type: 'foreign', dialect: 'anthropic-messages', kind: 'search_result', value: {} },
    ];
    const encoded = messagesOf([{ role: 'user', parts }]);
    expect(encoded.body.messages).toEqual([{ role: 'user', content: 'x' }]);
    expect(fieldsOf(encoded)).toEqual([1, 2, 3, 4, 5].map((at) => `!messages[0].content[${at}]`));
  });

  it('calls and results: one message a result, ids as the target accepts them', () => {
    const long = `toolu_${'x'.repeat(60)}`;
    const encoded = messagesOf([
      {
        role: 'assistant',
        parts: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool-call', id: long, name: 'f', arguments: '' },
          { type: 'tool-call', id: 'b', name: 'g', arguments: '{"x":1}' },
        ],
      },
      {
        role: 'tool',
        parts: [
          { type: 'tool-result', callId: long, content: [{ type: 'text', text: '1' }], isError: false },
          { type: 'tool-result', callId: 'b', content: [], isError: true },
        ],
      },
    ]);
    const sent = encoded.body.messages as JsonObject[];
    const id = sent[1]?.tool_call_id;
    expect(String(id).length).toBeLessThanOrEqual(40);
    expect(sent).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id, type: 'function', function: { name: 'f', arguments: '{}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{"x":1}' } },
        ],
      },
      { role: 'tool', tool_call_id: id, content: '1' },
      { role: 'tool', tool_call_id: 'b', content: 'Error: ' },
    ]);
    expect(fieldsOf(encoded)).toEqual(['messages[1].content[1].is_error']);
  });

  it('an image that a tool gave back follows after the last of the results', () => {
    const image = { type: 'image' as const, source: { kind: 'url' as const, url: 'https://x.test/a' } };
    const result = (callId: string, content: (typeof image)[]) => ({
      type: 'tool-result' as const,
      callId,
      content,
      isError: false,
    });
    const calls = ['a', 'b'].map((id) => ({ type: 'tool-call' as const, id, name: 'f', arguments: '{}' }));
    const called: Message = { role: 'assistant', parts: calls };
    const encoded = messagesOf([called, { role: 'tool', parts: [result('a', [image]), result('b', [])] }, hello]);
    expect(encoded.body.messages).toMatchObject([
      { role: 'assistant' },
      { role: 'tool', tool_call_id: 'a', content: expect.stringContaining('image') },
      { role: 'tool', tool_call_id: 'b' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://x.test/a' } }] },
      { role: 'user', content: 'Hello' },
    ]);
    expect(fieldsOf(encoded)).toEqual(['messages[1].content[0].content[0]']);
    const answered: Message = { role: 'assistant', parts: [{ type: 'text', text: 'Seen.' }] };
    const before = messagesOf([called, { role: 'tool', parts: [result('a', [image]), result('b', [])] }, answered]);
    const roles = (before.body.messages as { role: string }[]).map(({ role }) => role);
    expect(roles).toEqual(['assistant', 'tool', 'tool', 'user', 'assistant']);
  });

  it('thinking goes back to those who sealed it, and is named as lost elsewhere', () => {
    const details = [{ type: 'reasoning.text', text: 'hm', signature: 's' }];
    const sealed: Message = {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'hm', opaque: { dialect: 'openai-chat', value: details } },
        { type: 'text', text: 'x' },
      ],
    };
    expect(messagesOf([sealed]).body.messages).toEqual([
      { role: 'assistant', content: 'x', reasoning_details: details },
    ]);
    const other: Message = {
      role: 'assistant',
      parts: [
        { type: 'reasoning', text: 'hm', opaque: { dialect: 'anthropic-messages', value: { signature: 's' } } },
        { type: 'text', text: 'x' },
      ],
    };
    const encoded = messagesOf([other]);
    expect(encoded.body.messages).toEqual([{ role: 'assistant', content: 'x' }]);
    expect(fieldsOf(encoded)).toEqual(['messages[0].content[0]']);
  });

  it('refusals and turns that hold nothing', () => {
    const encoded = messagesOf([
      { role: 'assistant', parts: [{ type: 'refusal', text: 'No.' }] },
      { role: 'assistant', parts: [{ type: 'foreign', dialect: 'anthropic-messages', kind: 'web_search', value: {} }] },
    ]);
    expect(encoded.body.messages).toEqual([{ role: 'assistant', content: null, refusal: 'No.' }]);
    expect(fieldsOf(encoded)).toEqual(['!messages[1].content[0]']);
  });
});
