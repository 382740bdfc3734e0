import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { collectAnswer } from '../../src/model/answer.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { named, sayingOf, streamed, whole } from './oddity.ts';

/** Hand-made after reference/wire-oddities.md, 47 to 60 and 99. */
const start = (usage: JsonObject = { input_tokens: 9, output_tokens: 1 }): JsonObject => ({
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm1', content: [], stop_reason: null, usage },
});
const open = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const piece = (index: number, delta: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta });
const close = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const end = (stop_reason: string, usage: JsonObject = { output_tokens: 5 }, more: JsonObject = {}): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null, ...more },
  usage,
});
const stop: JsonObject = { type: 'message_stop' };
const hello = [open(0, { type: 'text', text: '' }), piece(0, { type: 'text_delta', text: 'Hello' }), close(0)];
const read = (...events: JsonObject[]) => streamed('anthropic-messages', named(...events));
const body = (content: JsonObject[], stop_reason = 'end_turn', more: JsonObject = {}): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm1',
  content,
  stop_reason,
  usage: { input_tokens: 9, output_tokens: 5 },
  ...more,
});

describe('the stream', () => {
  test('47: data padded with spaces', () => {
    const text = named(start(), ...hello, end('end_turn'), stop)
      .replaceAll('}\n', '}       \n')
      .replaceAll('}}', '}  }');
    expect(sayingOf(streamed('anthropic-messages', text))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      fault: undefined,
    });
  });

  test('48: a ping at any place', () => {
    const ping = { type: 'ping' };
    const events = read(start(), ping, ...hello, ping, end('end_turn'), ping, stop);
    expect(sayingOf(events)).toMatchObject({ text: 'Hello', ends: 1, fault: undefined });
  });

  test('49: output tokens are cumulative, and newer versions repeat the input', () => {
    const again = end('end_turn', {
      input_tokens: 9,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      output_tokens: 5,
    });
    expect(sayingOf(read(start(), ...hello, again, stop)).usage).toMatchObject({ inputTokens: 9, outputTokens: 5 });
  });

  test('50: a call without arguments has an empty object', () => {
    const events = read(
      start(),
      open(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
      piece(0, { type: 'input_json_delta', partial_json: '' }),
      close(0),
      end('tool_use'),
      stop,
    );
    const [call] = sayingOf(events).calls;
    expect(JSON.parse(call?.[1] || '{}')).toEqual({});
    expect(sayingOf(events)).toMatchObject({ finish: 'tool-calls', fault: undefined });
  });

  test('51: thinking that is hidden, with a signature alone', () => {
    const events = read(
      start(),
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      piece(0, { type: 'signature_delta', signature: 'sig' }),
      close(0),
      ...hello.map((each) => ({ ...each, index: 1 })),
      end('end_turn'),
      stop,
    );
    expect(sayingOf(events)).toMatchObject({ reasoning: '', text: 'Hello' });
    expect(JSON.stringify(collectAnswer(events).parts[0])).toContain('sig');
  });

  test('52: blocks that come whole in their start', () => {
    const redacted = { type: 'redacted_thinking', data: 'sealed' };
    const found = {
      type: 'web_search_tool_result',
      tool_use_id: 's',
      content: [{ type: 'web_search_result', url: 'https://example.org', title: 'x', encrypted_content: 'y' }],
    };
    const events = read(
      start(),
      open(0, redacted),
      close(0),
      open(1, found),
      close(1),
      ...hello.map((each) => ({ ...each, index: 2 })),
      end('end_turn'),
      stop,
    );
    expect(sayingOf(events)).toMatchObject({ text: 'Hello', fault: undefined });
    const told = JSON.stringify(collectAnswer(events).parts);
    expect(told).toContain('sealed');
    expect(told).toContain('web_search_result');
  });

  test('53: an answer without content, and a text block without a delta', () => {
    expect(sayingOf(whole('anthropic-messages', body([])))).toMatchObject({
      text: '',
      finish: 'stop',
      fault: undefined,
    });
    const silent = read(start(), open(0, { type: 'text', text: '' }), close(0), end('end_turn'), stop);
    expect(sayingOf(silent)).toMatchObject({ text: '', finish: 'stop', fault: undefined });
  });

  test.each([
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
  ])('54: %s', (native, finish) => {
    expect(sayingOf(read(start(), ...hello, end(native), stop)).finish).toBe(finish);
    expect(sayingOf(whole('anthropic-messages', body([{ type: 'text', text: 'Hello' }], native))).finish).toBe(finish);
  });

  test('55: input tokens leave out what the cache served and took', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 20,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 5,
    };
    const expected = { inputTokens: 60, cachedInputTokens: 20, cacheWriteTokens: 30, outputTokens: 5 };
    expect(
      sayingOf(whole('anthropic-messages', body([{ type: 'text', text: 'x' }], 'end_turn', { usage }))).usage,
    ).toMatchObject(expected);
    expect(sayingOf(read(start(usage), ...hello, end('end_turn'), stop)).usage).toMatchObject(expected);
  });

  test('59: OpenRouter adds an event of its own and [DONE] after the end, and costs to usage', () => {
    const text = `${named(start({ input_tokens: 9, output_tokens: 0, cost: 0.01 }), ...hello, end('end_turn'), stop)}event: data\ndata: [DONE]\n\n`;
    expect(sayingOf(streamed('anthropic-messages', text))).toMatchObject({ text: 'Hello', ends: 1, fault: undefined });
  });

  test.each([
    ['as the first event', []],
    ['in the middle', [start(), ...hello]],
  ])('99: overload under status 200, %s', (_where, before) => {
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    expect(sayingOf(read(...before, error)).fault).toMatchObject({ kind: 'bad-response', what: 'overloaded' });
  });
});

describe('requests', () => {
  const caller = dialectKits.caller('anthropic-messages');
  const decode = (messages: JsonObject[], more: JsonObject = {}) =>
    caller.decodeRequest({ model: 'm', max_tokens: 9, messages, ...more }, {});

  test('56: a system message in the middle', () => {
    const { messages } = decode([
      { role: 'user', content: 'a' },
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'b' },
    ]);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'system', 'user']);
  });

  test('57: several results in one message of the user', () => {
    const use = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'f', input: {} });
    const result = (id: string): JsonObject => ({ type: 'tool_result', tool_use_id: id, content: id });
    const { messages } = decode([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [use('x'), use('y')] },
      { role: 'user', content: [result('x'), result('y')] },
    ]);
    const results = messages.flatMap(({ parts }) => parts).filter(({ type }) => type === 'tool-result');
    expect(results).toMatchObject([{ callId: 'x' }, { callId: 'y' }]);
  });

  test('58: the result of a tool holds an image and says that it failed', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
    const { messages } = decode([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'x', name: 'f', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'x', is_error: true, content: [image, { type: 'text', text: 'no' }] },
        ],
      },
    ]);
    const result = messages.flatMap(({ parts }) => parts).find(({ type }) => type === 'tool-result');
    expect(result).toMatchObject({ isError: true, content: [{ type: 'image' }, { type: 'text', text: 'no' }] });
  });

  test('60: what a coding agent sends', () => {
    const request = decode(
      [{ role: 'user', content: [{ type: 'text', text: 'Go', cache_control: { type: 'ephemeral', ttl: '1h' } }] }],
      {
        system: [{ type: 'text', text: 'You code.', cache_control: { type: 'ephemeral' } }],
        tools: [{ name: 'edit', description: 'Edits.', input_schema: { type: 'object', properties: {} } }],
        thinking: { type: 'adaptive' },
        context_management: { edits: [] },
        output_config: { effort: 'high' },
        metadata: { user_id: '{"device":"a","session":"b"}' },
      },
    );
    expect(request.tools.map(({ name }) => name)).toEqual(['edit']);
    expect(request.endUser).toBe('{"device":"a","session":"b"}');
    expect(request.reasoning).toBeDefined();
  });
});
