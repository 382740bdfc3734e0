import Anthropic from '@anthropic-ai/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { AnswerContext, ReadingContext } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { decodeAnswer } from './decode-answer.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeAnswer } from './encode-answer.ts';
import { encodeFailure } from './encode-failure.ts';
import { streamDecoder } from './stream-decoder.ts';
import { streamEncoder } from './stream-encoder.ts';

const reading: ReadingContext = { toolNames: new Map(), finishOptional: false, newId: () => 'a1b2c3d4e5f6g7h8' };
const request = decodeRequest({ model: 'route', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }, {});
const context = (fields: Partial<AnswerContext> = {}): AnswerContext => ({
  request,
  requestId: 'req1',
  createdAt: 0,
  sameDialect: false,
  model: 'model-x',
  annotate: true,
  ...fields,
});
const summary: ServedSummary = {
  requestId: 'req1',
  route: 'route',
  servedBy: 'p/model-x',
  attempts: 2,
  degraded: { reason: 'fallback', cause: 'server-error', primary: 'q/m' },
  adapted: [],
  usage: { inputTokens: 12, cachedInputTokens: 2, outputTokens: 7 },
};
const failure: Failure = {
  code: 'stream_interrupted',
  status: 502,
  message: 'Broken off.',
  shouldRetry: false,
  targets: [],
  requestId: 'req1',
};

function write(events: readonly ChatEvent[], fields: Partial<AnswerContext> = {}): SseFrame[] {
  const encoder = streamEncoder(context(fields));
  return [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}

function read(frames: readonly SseFrame[]): ChatEvent[] {
  const decoder = streamDecoder(reading);
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

const data = (frame: SseFrame | undefined): JsonObject => JSON.parse(frame?.data ?? 'null') as JsonObject;
const names = (frames: readonly SseFrame[]): (string | undefined)[] => frames.map(({ event }) => event);

/** The official SDK as the client of these frames. */
async function finalMessage(frames: readonly SseFrame[]): Promise<Anthropic.Message> {
  const text = frames.map(({ event, data: line }) => `event: ${event}\ndata: ${line}\n\n`).join('');
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const stream = client.messages.stream({ model: 'route', max_tokens: 9, messages: [{ role: 'user', content: 'x' }] });
  return await stream.finalMessage();
}

const call = (index: number, id: string, name: string, ...json: string[]): ChatEvent[] => [
  { type: 'tool-call-start', index, id, name },
  ...json.map((piece): ChatEvent => ({ type: 'tool-call-delta', index, json: piece })),
  { type: 'tool-call-end', index },
];

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
    expect(JSON.stringify(frames)).not.toContain('"b"');
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

describe('any answer', () => {
  const signed = (value: JsonObject) => ({ dialect: 'anthropic-messages' as const, value });
  const piece = fc.oneof(
    fc.string({ minLength: 1 }).map((text): ChatEvent[] => [{ type: 'text', text }]),
    fc.tuple(fc.string(), fc.string({ minLength: 1 })).map(([text, signature]): ChatEvent[] => [
      { type: 'reasoning', text },
      { type: 'reasoning', text: '', opaque: signed({ signature }) },
    ]),
    fc.string().map((redacted): ChatEvent[] => [{ type: 'reasoning', text: '', opaque: signed({ redacted }) }]),
    fc
      .tuple(fc.stringMatching(/^[a-z]{1,9}$/), fc.dictionary(fc.string(), fc.jsonValue()))
      .map(([name, input]): ChatEvent[] => call(0, `id_${name}`, name, JSON.stringify(input))),
    fc.jsonValue().map((content): ChatEvent[] => [
      {
        type: 'foreign',
        part: {
          type: 'foreign',
          dialect: 'anthropic-messages',
          kind: 'odd_result',
          value: JSON.parse(JSON.stringify({ type: 'odd_result', content })),
        },
      },
    ]),
  );

  it('written and read again is the same, as a stream and as a whole', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.constantFrom('stop', 'length', 'pause'), (pieces, reason) => {
        let calls = 0;
        const events = pieces.flatMap((list) => {
          const renumbered = list.map((event): ChatEvent => ('index' in event ? { ...event, index: calls } : event));
          if (list.some(({ type }) => type === 'tool-call-start')) calls += 1;
          return renumbered;
        });
        const whole = [
          ...events,
          { type: 'finish' as const, reason: calls > 0 && reason === 'stop' ? ('tool-calls' as const) : reason },
        ];
        const plain = (answer: Answer): unknown => ({ parts: answer.parts, finish: answer.finish });
        // A tool's arguments are compared as values: the whole form holds an object, and JSON knows no -0.
        const expected = JSON.stringify(plain(collectAnswer(whole)));
        expect(JSON.stringify(plain(collectAnswer(read(write(whole)))))).toBe(expected);
        const body = JSON.parse(JSON.stringify(encodeAnswer(whole, context(), summary)));
        expect(JSON.parse(JSON.stringify(plain(collectAnswer(decodeAnswer(body, reading)))), parsedArguments)).toEqual(
          JSON.parse(expected, parsedArguments),
        );
      }),
    );
  });
});

function parsedArguments(key: string, value: unknown): unknown {
  return key === 'arguments' && typeof value === 'string' ? JSON.parse(value) : value;
}

describe('a failure in the shape of the Messages API', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [503, 'overloaded_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
    [415, 'invalid_request_error'],
  ])('of status %i is an %s', (status, type) => {
    expect(encodeFailure({ ...failure, status })).toMatchObject({
      type: 'error',
      error: { type, message: 'Broken off.' },
      request_id: 'req1',
    });
  });

  it('names the code, the field and what became of every target', () => {
    const targets = [
      { target: 'p/m', reason: 'rate-limited', message: 'slow down', retryAfterMs: 900 },
      { target: 'q/n', reason: 'breaker-open' },
    ];
    expect(
      encodeFailure({ ...failure, code: 'all_targets_failed', targets, field: 'tools', retryAfterMs: 900 }),
    ).toMatchObject({
      error: {
        understudy: {
          code: 'all_targets_failed',
          request_id: 'req1',
          field: 'tools',
          retry_after_ms: 900,
          targets: [
            { target: 'p/m', reason: 'rate-limited', message: 'slow down', retry_after_ms: 900 },
            { target: 'q/n', reason: 'breaker-open' },
          ],
        },
      },
    });
  });

  it('passes a provider’s own refusal on', () => {
    const complaint = { message: 'tools.0: Field required', type: 'invalid_request_error', code: 'c', param: 'tools' };
    const refused: Failure = {
      ...failure,
      code: 'upstream_refused',
      status: 400,
      fault: { kind: 'invalid-request', message: 'x', complaint },
    };
    expect(encodeFailure(refused)).toMatchObject({
      error: {
        type: 'invalid_request_error',
        message: 'tools.0: Field required',
        understudy: { code: 'c', field: 'tools' },
      },
    });
    expect(encodeFailure({ ...refused, code: 'all_targets_failed' })).toMatchObject({
      error: { message: 'Broken off.' },
    });
  });
});
