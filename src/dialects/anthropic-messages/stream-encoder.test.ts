import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { encodeAnswer } from './encode-answer.ts';
import { streamDecoder } from './stream-decoder.ts';
import { streamEncoder } from './stream-encoder.ts';
import { call, context, data, failure, finalMessage, names, read, reading, summary, write } from './test-kit.ts';

describe('an answer of another dialect as a stream', () => {
  const events: ChatEvent[] = [
    { type: 'start', id: 'chatcmpl-1', model: 'other' },
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo' },
    ...call(0, 'call/1', 'add', '{"a"', ':1}'),
    ...call(1, 'call2', 'now'),
    { type: 'finish', reason: 'tool-calls', native: 'tool_calls' },
    { type: 'usage', usage: { inputTokens: 12, outputTokens: 7 } },
  ];

  it('satisfies the official SDK', async () => {
    const message = await finalMessage(write(events));
    expect(message).toMatchObject({
      id: 'msg_req1',
      model: 'model-x',
      role: 'assistant',
      stop_reason: 'tool_use',
      usage: { input_tokens: 10, cache_read_input_tokens: 2, output_tokens: 7 },
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'Hello' },
        { type: 'tool_use', id: expect.stringMatching(/^[a-zA-Z0-9_-]{1,64}$/), name: 'add', input: { a: 1 } },
        { type: 'tool_use', id: 'call2', name: 'now', input: {} },
      ],
    });
  });

  it('holds the end back until the answer is verified, and tells there who served', () => {
    const encoder = streamEncoder(context());
    const early = events.flatMap((event) => encoder.push(event));
    expect(names(early)).not.toContain('message_delta');
    const late = encoder.close(summary);
    expect(names(late)).toEqual(['message_delta', 'message_stop']);
    expect(data(late[0]).understudy).toMatchObject({ request_id: 'req1', degraded: true, primary: 'q/m' });
    expect(encoder.close(summary)).toEqual([]);
    expect(encoder.push({ type: 'text', text: 'late' })).toEqual([]);
  });

  it('says nothing of the gateway when it is told not to', () => {
    expect(JSON.stringify(write(events, { annotate: false }))).not.toContain('understudy');
  });

  it('whose parallel calls come in turns keeps their arguments apart', () => {
    const [startA, , endA] = call(0, 'a', 'f', '');
    const [startB, , endB] = call(1, 'b', 'g', '');
    const piece = (index: number, json: string): ChatEvent => ({ type: 'tool-call-delta', index, json });
    const mixed = [
      startA,
      startB,
      piece(0, '{"x":'),
      piece(1, '{"y":'),
      piece(0, '1}'),
      piece(1, '2}'),
      endA,
      endB,
    ].filter((event) => event !== undefined);
    const parts = collectAnswer(read(write([...mixed, { type: 'finish', reason: 'stop' }]))).parts;
    expect(parts).toMatchObject([{ arguments: '{"x":1}' }, { arguments: '{"y":2}' }]);
  });

  it.each<[string, ChatEvent[], string]>([
    ['stop beside a tool call', [...call(0, 'a', 'f'), { type: 'finish', reason: 'stop' }], 'tool_use'],
    [
      'a refusal',
      [
        { type: 'refusal', text: 'No.' },
        { type: 'finish', reason: 'stop' },
      ],
      'refusal',
    ],
    ['a content filter', [{ type: 'finish', reason: 'content-filter' }], 'refusal'],
    ['length', [{ type: 'finish', reason: 'length' }], 'max_tokens'],
    ['a stop sequence', [{ type: 'finish', reason: 'stop', stopSequence: 'END' }], 'stop_sequence'],
    ['no reason at all', [{ type: 'text', text: 'x' }], 'end_turn'],
  ])('that ends with %s', (_, given, expected) => {
    const delta = write(given).find(({ event }) => event === 'message_delta');
    expect(data(delta)).toMatchObject({ delta: { stop_reason: expected } });
    expect(encodeAnswer(given, context(), summary).stop_reason).toBe(expected);
  });

  it('with alternatives gives the first one only', () => {
    const frames = write([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b', choice: 1 },
      { type: 'finish', reason: 'stop', choice: 1 },
    ]);
    expect(collectAnswer(read(frames))).toMatchObject({ parts: [{ type: 'text', text: 'a' }], finish: 'stop' });
  });

  it('that breaks off ends with the error on which the official SDK throws, and with nothing else', async () => {
    const encoder = streamEncoder(context());
    const frames = [...encoder.push({ type: 'text', text: 'a' }), ...encoder.fail(failure)];
    expect(names(frames)).toEqual(['message_start', 'content_block_start', 'content_block_delta', 'error']);
    await expect(finalMessage(frames)).rejects.toThrow('Broken off.');
    expect([...encoder.close(summary), ...encoder.fail(failure)]).toEqual([]);
  });
});

describe('an answer of the same dialect as a stream', () => {
  const raw = (event: string, fields: JsonObject): SseFrame => ({
    kind: 'sse',
    event,
    data: `${JSON.stringify({ type: event, ...fields })}  `,
  });
  const begin = raw('message_start', {
    message: {
      id: 'msg_9',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  });
  const block = [
    raw('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    raw('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'One, ' } }),
  ];
  const shut = raw('content_block_stop', { index: 0 });
  const ping = raw('ping', {});
  const end = raw('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 3 },
    extra: true,
  });
  const stop = raw('message_stop', { metrics: 1 });

  it('is forwarded as it came, and its last words are held back', () => {
    const encoder = streamEncoder(context({ sameDialect: true, annotate: false }));
    const frames = [begin, ping, ...block, shut, end, stop];
    const early = read(frames).flatMap((event) => encoder.push(event));
    expect(early).toEqual([begin, ping, ...block, shut]);
    expect(encoder.close(summary)).toEqual([end, stop]);
  });

  it('gets the gateway’s word into the frame that carries the finish, and into no other', () => {
    const frames = write(read([begin, ...block, shut, end, ping, stop]), { sameDialect: true });
    expect(names(frames).slice(-3)).toEqual(['message_delta', 'ping', 'message_stop']);
    expect(data(frames.at(-3))).toMatchObject({ extra: true, understudy: { served_by: 'p/model-x' } });
    expect(frames.filter(({ data: text }) => text.includes('understudy'))).toHaveLength(1);
  });

  it('that never said its end gets one', async () => {
    const events = read([begin, ...block, shut, end]);
    expect(names(write(events, { sameDialect: true })).slice(-2)).toEqual(['message_delta', 'message_stop']);
    const optional = streamDecoder({ ...reading, finishOptional: true });
    const silent = [begin, ...block, stop].flatMap((frame) => optional.push(frame));
    const frames = write(silent, { sameDialect: true });
    expect(names(frames).slice(-3)).toEqual(['content_block_stop', 'message_delta', 'message_stop']);
    expect(await finalMessage(frames)).toMatchObject({ content: [{ text: 'One, ' }], stop_reason: 'end_turn' });
  });

  it('does not forward the error frame of a provider: the gateway tells its own', () => {
    const encoder = streamEncoder(context({ sameDialect: true }));
    const error = raw('error', { error: { type: 'overloaded_error', message: 'x' } });
    expect(read([begin, error]).flatMap((event) => encoder.push(event))).toEqual([begin]);
  });

  it('goes on in the same text block after a switch, tells of it, and satisfies the official SDK', async () => {
    const encoder = streamEncoder(context({ sameDialect: true }));
    const frames = [
      ...read([begin, ...block])
        .slice(0, -1)
        .flatMap((event) => encoder.push(event)),
      ...encoder.push({ type: 'switch', from: 'p/a', to: 'q/b', how: 'continue' }),
      ...encoder.push({ type: 'start', id: 'other' }),
      ...encoder.push({ type: 'text', text: 'two.' }),
      ...call(0, 'c1', 'f', '{}').flatMap((event) => encoder.push(event)),
      ...encoder.push({ type: 'finish', reason: 'stop' }),
      ...encoder.close(summary),
    ];
    expect(names(frames)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'understudy',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(data(frames[3])).toEqual({
      type: 'ping',
      understudy: { switched: { from: 'p/a', to: 'q/b', how: 'continue' } },
    });
    expect(await finalMessage(frames)).toMatchObject({
      content: [
        { type: 'text', text: 'One, two.' },
        { type: 'tool_use', id: 'c1' },
      ],
      stop_reason: 'tool_use',
    });
  });

  it('closes what is open and is not text before a switch goes on', async () => {
    const encoder = streamEncoder(context({ sameDialect: true }));
    const thinking = [
      raw('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
      raw('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } }),
    ];
    const frames = [
      ...read([begin, ...thinking])
        .slice(0, -1)
        .flatMap((event) => encoder.push(event)),
      ...encoder.push({ type: 'switch', from: 'p/a', to: 'q/b', how: 'resume' }),
      ...encoder.push({ type: 'text', text: 'Done.' }),
      ...encoder.push({ type: 'finish', reason: 'stop' }),
      ...encoder.close(summary),
    ];
    expect(await finalMessage(frames)).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hm' },
        { type: 'text', text: 'Done.' },
      ],
    });
  });
});
