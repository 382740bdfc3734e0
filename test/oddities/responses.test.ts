import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { collectAnswer } from '../../src/model/answer.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { named, sayingOf, sse, streamed, whole } from './oddity.ts';

/** Hand-made after reference/wire-oddities.md, 37 to 46. */
const message = (text: string, more: JsonObject = {}): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});
const response = (output: JsonObject[], more: JsonObject = {}): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  model: 'm1',
  status: 'completed',
  output,
  usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
  ...more,
});
const item = (output_index: number, of: JsonObject, kind: 'added' | 'done'): JsonObject => ({
  type: `response.output_item.${kind}`,
  output_index,
  item: of,
});
const created: JsonObject = {
  type: 'response.created',
  response: response([], { status: 'in_progress', usage: null }),
};
const textDelta = (delta: string, output_index = 0): JsonObject => ({
  type: 'response.output_text.delta',
  output_index,
  content_index: 0,
  item_id: 'msg_1',
  delta,
});
const completed = (output: JsonObject[], more: JsonObject = {}): JsonObject => ({
  type: 'response.completed',
  response: response(output, more),
});
const hello = [
  created,
  item(0, message('', { content: [] }), 'added'),
  textDelta('Hello'),
  item(0, message('Hello'), 'done'),
];
const read = (...events: JsonObject[]) => streamed('openai-responses', named(...events));

describe('the Responses API', () => {
  test('37: one failure in two events, under status 200', () => {
    const error = { type: 'insufficient_quota', code: 'insufficient_quota', message: 'No more.' };
    const events = read(
      created,
      { type: 'error', error },
      { type: 'response.failed', response: response([], { status: 'failed', error }) },
    );
    expect(events.filter(({ type }) => type === 'fault')).toHaveLength(1);
    expect(sayingOf(events).fault).toMatchObject({ kind: 'quota-exhausted', complaint: { message: 'No more.' } });
    const tokens = {
      type: 'tokens',
      code: 'rate_limit_exceeded',
      message: 'Rate limit reached. Please try again in 2s.',
    };
    expect(sayingOf(read(created, { type: 'error', error: tokens })).fault).toMatchObject({
      kind: 'rate-limited',
      retryAfterMs: 2000,
    });
  });

  test('38: an answer cut by a limit ends as incomplete', () => {
    const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    const events = read(...hello, { type: 'response.incomplete', response: response([message('Hello')], cut) });
    expect(sayingOf(events)).toMatchObject({ text: 'Hello', finish: 'length', fault: undefined });
    expect(sayingOf(whole('openai-responses', response([message('Hello')], cut)))).toMatchObject({ finish: 'length' });
  });

  test('39: keepalives, as events and as comments', () => {
    const text = named(...hello, { type: 'keepalive', sequence_number: 7 }, completed([message('Hello')]));
    expect(sayingOf(streamed('openai-responses', `: keepalive\n\n${text}`))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      fault: undefined,
    });
  });

  test('40: the last event has no output; the items came before', () => {
    expect(sayingOf(read(...hello, completed([])))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      usage: { outputTokens: 2 },
    });
  });

  test('41: no names of events, comments, [DONE] at the end', () => {
    const text = `: OPENROUTER PROCESSING\n\n${sse(...hello, completed([message('Hello')]), '[DONE]')}`;
    expect(sayingOf(streamed('openai-responses', text))).toMatchObject({
      text: 'Hello',
      finish: 'stop',
      fault: undefined,
    });
  });

  test('42: thinking as text of its own instead of a summary', () => {
    const reasoning = { id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm' }] };
    const events = read(
      created,
      item(0, { ...reasoning, content: [] }, 'added'),
      { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, item_id: 'rs_1', delta: 'Hm' },
      item(0, reasoning, 'done'),
      item(1, message('', { content: [] }), 'added'),
      textDelta('Hello', 1),
      item(1, message('Hello'), 'done'),
      completed([reasoning, message('Hello')]),
    );
    expect(sayingOf(events)).toMatchObject({ reasoning: 'Hm', text: 'Hello' });
    expect(sayingOf(whole('openai-responses', response([reasoning, message('Hello')])))).toMatchObject({
      reasoning: 'Hm',
    });
  });

  test('43: thinking that is sealed and says nothing is kept', () => {
    const sealed = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'sealed' };
    const events = read(
      created,
      item(0, { ...sealed, encrypted_content: null }, 'added'),
      item(0, sealed, 'done'),
      ...hello.slice(1).map((each) => ({ ...each, output_index: 1 })),
      completed([sealed, message('Hello')]),
    );
    for (const each of [events, whole('openai-responses', response([sealed, message('Hello')]))]) {
      expect(sayingOf(each)).toMatchObject({ reasoning: '', text: 'Hello' });
      const part = collectAnswer(each).parts.find(({ type }) => type === 'reasoning');
      expect(JSON.stringify(part)).toContain('sealed');
    }
  });

  test('44: several messages with a phase each', () => {
    const output: JsonObject[] = [
      message('Wait. ', { phase: 'commentary' }),
      message('Hello', { id: 'msg_2', phase: 'final_answer' }),
    ];
    expect(sayingOf(whole('openai-responses', response(output))).text).toBe('Wait. Hello');
  });

  test('45: the result of a tool as a list of parts', () => {
    const caller = dialectKits.caller('openai-responses');
    const output: JsonObject[] = [
      { type: 'input_text', text: 'A cat' },
      { type: 'input_image', image_url: 'data:image/png;base64,AA==' },
    ];
    const request = caller.decodeRequest(
      {
        model: 'm',
        input: [
          { role: 'user', content: 'Look' },
          { type: 'function_call', call_id: 'a', name: 'look', arguments: '{}' },
          { type: 'function_call_output', call_id: 'a', output },
        ],
      },
      {},
    );
    const result = request.messages.flatMap(({ parts }) => parts).find(({ type }) => type === 'tool-result');
    expect(result).toMatchObject({ content: [{ type: 'text', text: 'A cat' }, { type: 'image' }] });
  });

  test.each(['web_search_call', 'mcp_call', 'mcp_approval_request', 'compaction', 'tool_search_call', 'shell_call'])(
    '46: %s has no counterpart and is kept as it came',
    (type) => {
      const foreign = {
        id: 'x_1',
        type,
        status: 'completed',
        input: 'free text',
        call_id: 'x',
        name: 'x',
        arguments: '{}',
      };
      const events = whole('openai-responses', response([foreign, message('Hello')]));
      expect(sayingOf(events)).toMatchObject({ text: 'Hello', fault: undefined, calls: [] });
      expect(collectAnswer(events).parts).toContainEqual(
        expect.objectContaining({ type: 'foreign', dialect: 'openai-responses' }),
      );
    },
  );
});
