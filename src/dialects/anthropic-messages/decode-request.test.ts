import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import { decodeRequest } from './decode-request.ts';

const base: JsonObject = { model: 'support', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] };

function decode(fields: JsonObject): ChatRequest {
  return decodeRequest({ ...base, ...fields }, {});
}

function decodeUser(...content: JsonValue[]): ChatRequest {
  return decode({ messages: [{ role: 'user', content }] });
}

function fieldOf(body: JsonObject): string {
  try {
    decodeRequest(body, {});
  } catch (error) {
    if (isRequestError(error)) return error.field;
    throw error;
  }
  return 'nothing was refused';
}

describe('a request of the Messages API', () => {
  it('that goes on from history which the vendor holds is refused; one without a thread is not', () => {
    expect(fieldOf({ ...base, thread: { type: 'create' } })).toBe('thread');
    expect(fieldOf({ ...base, thread: { type: 'continue', previous_message_id: 'msg_1' } })).toBe('thread');
    expect(fieldOf({ ...base, thread: null })).toBe('nothing was refused');
  });

  it('with nothing but the necessary', () => {
    const request = decode({});
    expect(request).toMatchObject({
      dialect: 'anthropic-messages',
      model: 'support',
      maxOutputTokens: 100,
      stream: false,
      streamUsage: true,
      choices: 1,
      output: { kind: 'text' },
      unmapped: [],
      requires: [],
      conversationEdited: false,
    });
    expect(request.messages).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }]);
  });

  it('keeps the original without the gateway’s own object', () => {
    const request = decode({ understudy: { quality: 'strict' }, unknown_field: 1 });
    expect(request.original).toEqual({ ...base, unknown_field: 1 });
    expect(request.unmapped).toEqual([{ field: 'unknown_field', matters: true }]);
  });

  it('with system text, as a string and as blocks', () => {
    expect(decode({ system: 'Be brief.' }).messages[0]).toEqual({
      role: 'system',
      parts: [{ type: 'text', text: 'Be brief.' }],
    });
    const blocks = decode({ system: [{ type: 'text', text: 'A', cache_control: { type: 'ephemeral' } }] });
    expect(blocks.messages[0]?.parts).toEqual([{ type: 'text', text: 'A' }]);
    expect(blocks.unmapped).toEqual([{ field: 'cache_control', matters: false }]);
  });

  it('with the results of tools before the words of the user', () => {
    const request = decodeUser(
      {
        type: 'tool_result',
        tool_use_id: 't1',
        is_error: true,
        content: [
          { type: 'text', text: 'no' },
          { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' } },
          { type: 'tool_reference', tool_name: 'later' },
        ],
      },
      { type: 'tool_result', tool_use_id: 't2' },
      { type: 'text', text: 'Go on.' },
    );
    expect(request.messages.map(({ role }) => role)).toEqual(['tool', 'user']);
    expect(request.messages[0]?.parts).toEqual([
      {
        type: 'tool-result',
        callId: 't1',
        isError: true,
        content: [
          { type: 'text', text: 'no' },
          { type: 'image', source: { kind: 'url', url: 'https://x.test/a.png' } },
          { type: 'text', text: '{"type":"tool_reference","tool_name":"later"}' },
        ],
      },
      { type: 'tool-result', callId: 't2', isError: false, content: [] },
    ]);
  });

  it('with an assistant that thought, called a tool and used a server’s tool', () => {
    const server = { type: 'server_tool_use', id: 's1', name: 'web_search', input: {} };
    const request = decode({
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
            { type: 'redacted_thinking', data: 'xyz' },
            { type: 'thinking', thinking: 'Of another provider.', signature: '' },
            server,
            { type: 'tool_use', id: 't1', name: 'add', input: { a: 1 } },
          ],
        },
      ],
    });
    expect(request.messages[0]?.parts).toEqual([
      { type: 'reasoning', text: 'Hm.', opaque: { dialect: 'anthropic-messages', value: { signature: 'sig' } } },
      { type: 'reasoning', text: '', opaque: { dialect: 'anthropic-messages', value: { redacted: 'xyz' } } },
      { type: 'reasoning', text: 'Of another provider.' },
      { type: 'foreign', dialect: 'anthropic-messages', kind: 'server_tool_use', value: server },
      { type: 'tool-call', id: 't1', name: 'add', arguments: '{"a":1}' },
    ]);
  });

  it('with documents: a PDF, plain text, nested content, a file of the vendor, a search result', () => {
    const request = decodeUser(
      { type: 'document', title: 'T', source: { type: 'base64', media_type: 'application/pdf', data: 'AA==' } },
      { type: 'document', title: 'Notes', source: { type: 'text', media_type: 'text/plain', data: 'Plain.' } },
      { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'Inner.' }] } },
      { type: 'document', source: { type: 'file', file_id: 'f1' } },
      { type: 'search_result', title: 'S', source: 'https://s.test', content: [{ type: 'text', text: 'Found.' }] },
    );
    expect(request.messages[0]?.parts).toEqual([
      { type: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'AA==' }, name: 'T' },
      { type: 'text', text: 'Notes\n\nPlain.' },
      { type: 'text', text: 'Inner.' },
      { type: 'file', source: { kind: 'provider-file', id: 'f1', dialect: 'anthropic-messages' } },
      { type: 'text', text: 'S\nhttps://s.test\nFound.' },
    ]);
  });

  it('with tools of its own and tools of the vendor', () => {
    const schema = { type: 'object', properties: {} };
    const request = decode({
      tools: [
        { name: 'add', description: 'Adds.', input_schema: schema, strict: true },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });
    expect(request.tools).toEqual([{ name: 'add', description: 'Adds.', parameters: schema, strict: true }]);
    expect(request.toolChoice).toEqual({ kind: 'required' });
    expect(request.parallelToolCalls).toBe(false);
    expect(request.unmapped).toEqual([]);
    expect(request.requires).toEqual([
      { kind: 'ability', ability: 'web-search', only: 'anthropic-messages', field: 'tools[1]' },
    ]);
  });

  it.each<[JsonObject, JsonValue]>([
    [{ type: 'auto' }, { kind: 'auto' }],
    [{ type: 'none' }, { kind: 'none' }],
    [
      { type: 'tool', name: 'add' },
      { kind: 'named', name: 'add' },
    ],
  ])('with the tool choice %j', (given, expected) => {
    expect(decode({ tool_choice: given }).toolChoice).toEqual(expected);
  });

  it.each<[JsonObject, JsonValue | undefined]>([
    [{}, undefined],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { budgetTokens: 2000 }],
    [{ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } }, { effort: 'max' }],
    [{ thinking: { type: 'disabled' } }, { effort: 'none' }],
    [{ output_config: { effort: 'low' } }, { effort: 'low' }],
  ])('with thinking asked for as %j', (given, expected) => {
    expect(decode(given).reasoning).toEqual(expected);
  });

  it('with structured output, by its present and its former name', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const expected = { kind: 'json-schema', name: 'answer', schema: { type: 'object' }, strict: true };
    expect(decode({ output_config: { format } }).output).toEqual(expected);
    expect(decode({ output_format: format }).output).toEqual(expected);
  });

  it('with sampling, stop sequences and the end user; -1 is how older SDKs say "not set"', () => {
    const request = decode({
      temperature: 0.5,
      top_p: -1,
      top_k: 5,
      stop_sequences: ['END'],
      metadata: { user_id: 'u1', tenant: 'x' },
      stream: true,
    });
    expect(request.sampling).toEqual({ temperature: 0.5, topK: 5 });
    expect(request).toMatchObject({
      stop: ['END'],
      endUser: 'u1',
      unmapped: [{ field: 'metadata.tenant', matters: true }],
      stream: true,
    });
  });

  it.each<[string, JsonObject]>([
    ['max_tokens', { model: 'm', messages: base.messages ?? [] }],
    ['max_tokens', { ...base, max_tokens: 1.5 }],
    ['model', { max_tokens: 1, messages: base.messages ?? [] }],
    ['messages', { ...base, messages: 'x' }],
    ['messages', { ...base, messages: [] }],
    ['messages[0]', { ...base, messages: ['x'] }],
    ['messages[0].role', { ...base, messages: [{ role: 'robot', content: 'x' }] }],
    ['messages[0].content', { ...base, messages: [{ role: 'user', content: 1 }] }],
    [
      'messages[0].content[1].text',
      {
        ...base,
        messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'url', url: 'u' } }, { type: 'text' }] }],
      },
    ],
    [
      'messages[0].content[0].source.type',
      { ...base, messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'odd' } }] }] },
    ],
    ['tools[0].input_schema', { ...base, tools: [{ name: 'a' }] }],
    ['tool_choice.type', { ...base, tool_choice: { type: 'odd' } }],
    ['thinking.budget_tokens', { ...base, thinking: { type: 'enabled', budget_tokens: 'many' } }],
    ['output_config.format.schema', { ...base, output_config: { format: { type: 'json_schema' } } }],
    ['temperature', { ...base, temperature: 'hot' }],
    ['system[0].text', { ...base, system: [{ type: 'text' }] }],
    ['anthropic_beta[0]', { ...base, anthropic_beta: [1] }],
  ])('that is wrong at %s is refused with that name', (field, body) => {
    expect(fieldOf(body)).toBe(field);
  });

  it('of any shape is read or refused, and never breaks the reader', () => {
    const block = fc.oneof(
      fc.record(
        {
          type: fc.constantFrom('text', 'image', 'document', 'tool_use', 'tool_result', 'thinking', 'odd'),
          text: fc.jsonValue(),
          source: fc.jsonValue(),
          content: fc.jsonValue(),
          id: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
      fc.jsonValue(),
    );
    const message = fc.record({
      role: fc.constantFrom('user', 'assistant', 'system', 'x'),
      content: fc.oneof(fc.string(), fc.array(block), fc.jsonValue()),
    });
    const body = fc.record(
      {
        model: fc.string(),
        max_tokens: fc.nat(),
        messages: fc.oneof(fc.array(message), fc.jsonValue()),
        system: fc.oneof(fc.string(), fc.array(block)),
        tools: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        tool_choice: fc.jsonValue(),
        thinking: fc.jsonValue(),
        output_config: fc.jsonValue(),
        metadata: fc.jsonValue(),
      },
      { requiredKeys: ['model', 'max_tokens', 'messages'] },
    );
    fc.assert(
      fc.property(body, (given) => {
        const json = JSON.parse(JSON.stringify(given)) as JsonObject;
        expect(typeof fieldOf(json)).toBe('string');
      }),
    );
  });
});
