import fc from 'fast-check';
import OpenAI from 'openai';
import { Stream } from 'openai/core/streaming';
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { streamEncoder } from './stream-encoder.ts';
import { answerContext, chatRequest, chunk, decode, done, frame, summary } from './test-kit.ts';

const translated = (change: Partial<AnswerContext> = {}) => answerContext({ sameDialect: false, ...change });
const withUsage = { ...chatRequest(), streamUsage: true };
const failure: Failure = {
  code: 'stream_interrupted',
  status: 502,
  message: 'The answer broke off.',
  shouldRetry: false,
  targets: [],
};

function encode(events: readonly ChatEvent[], context: AnswerContext): SseFrame[] {
  const encoder = streamEncoder(context);
  return [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}
const json = (each: SseFrame | undefined) => JSON.parse(each?.data ?? 'null') as JsonObject;
const bodies = (frames: readonly SseFrame[]) => frames.filter((each) => each.data !== '[DONE]').map(json);

/** What OpenAI's own client makes of the frames. */
async function readBySdk(frames: readonly SseFrame[]): Promise<ChatCompletionChunk[]> {
  const text = frames.map(({ event, data }) => `${event ? `event: ${event}\n` : ''}data: ${data}\n\n`).join('');
  const chunks: ChatCompletionChunk[] = [];
  for await (const each of Stream.fromSSEResponse<ChatCompletionChunk>(new Response(text), new AbortController()))
    chunks.push(each);
  return chunks;
}

async function completeBySdk(frames: readonly SseFrame[]) {
  const chunks = await readBySdk(frames);
  const lines = chunks.map((each) => `${JSON.stringify(each)}\n`).join('');
  return ChatCompletionStream.fromReadableStream(new Blob([lines]).stream()).finalChatCompletion();
}

describe('frames of the same dialect', () => {
  const role = chunk({ role: 'assistant', content: '' });
  const text = frame(
    '{"id":"c1",  "choices":[{"index":0,"delta":{"content":"H\\u00e9"},"finish_reason":null}], "odd":1.0}',
  );
  const finish = chunk({}, 'stop');
  const usage = frame({ id: 'c1', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } });

  it('go on as they came, the end with one more key, the terminator once', () => {
    const out = encode(decode([role, text, finish, usage, done]), answerContext({ request: withUsage }));
    expect(out.slice(0, 2)).toEqual([role, text]);
    expect(json(out[2])).toEqual({
      ...json(finish),
      understudy: {
        request_id: 'req1',
        route: 'route-x',
        served_by: 'provider-x/model-x',
        attempts: 1,
        degraded: false,
      },
    });
    expect(out.slice(3)).toEqual([usage, done]);
  });

  it('keep the very text of the end but for that key', () => {
    const end = frame('{"id":"c1","created":1.0,  "choices":[{"index":0,"delta":{},"finish_reason":"stop"}] }  ');
    const [held] = encode(decode([chunk({ content: 'x' }), end]), answerContext()).slice(1);
    expect(
      held?.data.startsWith(
        '{"id":"c1","created":1.0,  "choices":[{"index":0,"delta":{},"finish_reason":"stop"}] ,"understudy":{',
      ),
    ).toBe(true);
    expect(json(held)).toHaveProperty('understudy.served_by');
  });

  it('without annotation are exactly the provider’s', () => {
    expect(
      encode(decode([role, text, finish, usage, done]), answerContext({ request: withUsage, annotate: false })),
    ).toEqual([role, text, finish, usage, done]);
  });

  it('leave out the usage chunk that the caller did not ask for, and nothing else with a usage', () => {
    const counted = chunk({ content: 'x' }, null, { usage: { prompt_tokens: 1 } });
    const out = encode(decode([role, counted, finish, usage, done]), answerContext({ annotate: false }));
    expect(out).toEqual([role, counted, finish, done]);
  });

  it('withhold the end and all after it until the answer is closed', () => {
    const encoder = streamEncoder(answerContext({ request: withUsage }));
    const early = decode([role, text, finish, usage, done]).flatMap((event) => encoder.push(event));
    expect(early).toEqual([role, text]);
    expect(encoder.close(summary).map((each) => each.data === '[DONE]')).toEqual([false, false, true]);
  });

  it('withhold text that stands in the finishing frame with it', () => {
    const encoder = streamEncoder(answerContext());
    const both = chunk({ content: 'x' }, 'stop');
    expect(decode([both]).flatMap((event) => encoder.push(event))).toEqual([]);
    expect(collectAnswer(decode(encoder.close(summary))).parts).toEqual([{ type: 'text', text: 'x' }]);
  });

  it('text that speaks of a finish_reason is not taken for one', () => {
    const tricky = chunk({ content: '"finish_reason":"stop"' });
    expect(decode([tricky, finish]).flatMap((event) => streamEncoder(answerContext()).push(event))[0]).toEqual(tricky);
  });

  it('that end twice are annotated once, and never doubled', () => {
    const again = chunk({}, 'stop', { usage: { prompt_tokens: 1 } });
    const out = bodies(encode(decode([text, finish, again, done]), answerContext()));
    expect(out).toHaveLength(3);
    expect(out.filter((each) => 'understudy' in each)).toHaveLength(1);
  });

  it('whose provider sent no [DONE] get one; whose provider names no end get one too', () => {
    expect(encode(decode([text, finish]), answerContext()).at(-1)).toEqual(done);
    const endless = encode(decode([text, done], { finishOptional: true }), answerContext());
    expect(endless).toHaveLength(3);
    expect(json(endless[1])).toMatchObject({
      id: 'c1',
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      understudy: {},
    });
    expect(endless[2]).toEqual(done);
  });

  it('that are none, because the server answered whole, are written anew', () => {
    const value = { id: 'c1', model: 'm1', choices: [] };
    const events: ChatEvent[] = [
      { type: 'start', id: 'c1', frame: { kind: 'body', value } },
      { type: 'text', text: 'x' },
      { type: 'finish', reason: 'stop' },
    ];
    expect(collectAnswer(decode(encode(events, answerContext()))).parts).toEqual([{ type: 'text', text: 'x' }]);
  });

  it('that the decoder rewrote (an answer by forced tool) are written anew', () => {
    const call = { tool_calls: [{ index: 0, id: 'a', function: { name: 'answer', arguments: '{"x":1}' } }] };
    const out = encode(decode([chunk(call), chunk({}, 'tool_calls'), done], { answerTool: 'answer' }), answerContext());
    expect(collectAnswer(decode(out))).toMatchObject({ finish: 'stop', parts: [{ type: 'text', text: '{"x":1}' }] });
  });
});

describe('a switch inside the answer', () => {
  const switched: ChatEvent = { type: 'switch', from: 'p/m', to: 'q/n/o', how: 'continue' };
  const rest: ChatEvent[] = [
    { type: 'text', text: ' world' },
    { type: 'finish', reason: 'stop' },
  ];

  it('is told in a chunk without content, and the answer goes on under the same id', async () => {
    const out = encode(
      [...decode([chunk({ role: 'assistant', content: 'Hello' })]).slice(0, 2), switched, ...rest],
      answerContext(),
    );
    expect(bodies(out)[1]).toMatchObject({
      id: 'c1',
      choices: [{ delta: {}, finish_reason: null }],
      understudy: { switched: { from: 'p/m', to: 'q/n/o', how: 'continue' } },
    });
    expect(bodies(out).slice(2)).toMatchObject([
      { id: 'c1', model: 'n/o' },
      { id: 'c1', understudy: {} },
    ]);
    const answer = await completeBySdk(out);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello world' } });
  });

  it('is not told where annotations are off, and frames of the second answer are never forwarded', () => {
    const second = decode([chunk({ content: ' world' }, 'stop')]);
    const out = encode(
      [...decode([chunk({ content: 'Hello' })]).slice(0, 2), switched, ...second],
      answerContext({ annotate: false }),
    );
    expect(JSON.stringify(bodies(out))).not.toContain('understudy');
    expect(collectAnswer(decode(out)).parts).toEqual([{ type: 'text', text: 'Hello world' }]);
    expect(out.filter((each) => each.data.includes('"m1"'))).toHaveLength(1);
  });
});

describe('a translated answer', () => {
  it.each(['length', 'content-filter'] as const)(
    'that ends without a word (%s) is whole to the SDK',
    async (reason) => {
      const frames = encode([{ type: 'start' }, { type: 'finish', reason }], translated());
      const answer = await completeBySdk(frames);
      expect(answer.choices[0]).toMatchObject({
        message: { role: 'assistant', content: null },
        finish_reason: reason.replace('-', '_'),
      });
    },
  );

  const events: ChatEvent[] = [
    { type: 'start', id: 'msg_1', model: 'other' },
    { type: 'reasoning', text: 'hm', opaque: { dialect: 'anthropic-messages', value: { signature: 's' } } },
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo' },
    { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
    { type: 'tool-call-delta', index: 0, json: '{"x"' },
    { type: 'tool-call-delta', index: 0, json: ':1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'tool-call-start', index: 1, id: 'b', name: 'g' },
    { type: 'tool-call-end', index: 1 },
    { type: 'usage', usage: { inputTokens: 3, outputTokens: 5 } },
    { type: 'finish', reason: 'tool-calls' },
  ];

  it('is what OpenAI’s own client reads as a completion', async () => {
    const out = encode(events, translated({ request: withUsage }));
    const answer = await completeBySdk(out);
    expect(answer).toMatchObject({
      id: 'chatcmpl-req1',
      model: 'model-x',
      created: 1_700_000_000,
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: 'Hello',
            tool_calls: [
              { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
              { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
            ],
          },
        },
      ],
    });
  });

  it('tells usage after the end and only to those who asked, the annotation with the end, and one terminator', () => {
    const asked = bodies(encode(events, translated({ request: withUsage })));
    expect(asked.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 8 } });
    expect(asked.at(-2)).toMatchObject({
      choices: [{ finish_reason: 'tool_calls' }],
      understudy: { served_by: 'provider-x/model-x' },
    });
    const unasked = encode(events, translated());
    expect(unasked.some((each) => each.data.includes('"usage"'))).toBe(false);
    expect(unasked.filter((each) => each.data === '[DONE]')).toHaveLength(1);
  });

  it('writes nothing for what means nothing', () => {
    const encoder = streamEncoder(translated());
    const silent: ChatEvent[] = [
      { type: 'start' },
      { type: 'note', frame: done },
      { type: 'text', text: '' },
      { type: 'reasoning', text: '' },
      { type: 'usage', usage: {} },
      { type: 'finish', reason: 'stop' },
    ];
    expect(silent.flatMap((event) => encoder.push(event))).toEqual([]);
    expect(encoder.close(summary)).toHaveLength(2);
    expect(encoder.close(summary)).toEqual([]);
    expect(encoder.push({ type: 'text', text: 'late' })).toEqual([]);
  });

  it('speaks the old form to a caller who wrote `functions`', () => {
    const request = chatRequest({ functions: [{ name: 'f' }] });
    const out = bodies(
      encode(events.slice(4, 8).concat({ type: 'finish', reason: 'tool-calls' }), translated({ request })),
    );
    expect(out).toMatchObject([
      { choices: [{ delta: { role: 'assistant', content: null, function_call: { name: 'f', arguments: '' } } }] },
      { choices: [{ delta: { function_call: { arguments: '{"x"' } } }] },
      { choices: [{ delta: { function_call: { arguments: ':1}' } } }] },
      { choices: [{ finish_reason: 'function_call' }] },
    ]);
  });

  it('of several choices ends each of them', () => {
    const out = encode(
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b', choice: 1 },
        { type: 'finish', reason: 'stop' },
        { type: 'finish', reason: 'length', choice: 1 },
      ],
      translated(),
    );
    const again = decode(out);
    expect(collectAnswer(again, 1)).toMatchObject({ finish: 'length', parts: [{ text: 'b' }] });
    expect(collectAnswer(again, 0)).toMatchObject({ finish: 'stop', parts: [{ text: 'a' }] });
  });

  it('read again is the same answer, whatever its text and calls, and however its text was cut', () => {
    const piece = fc.oneof(
      fc.record({
        type: fc.constantFrom('text' as const, 'refusal' as const, 'reasoning' as const),
        text: fc.string({ unit: 'grapheme', minLength: 1 }),
      }),
      fc.record({ type: fc.constant('call' as const), name: fc.stringMatching(/^[a-z_]{1,20}$/), json: fc.json() }),
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 7 }), (pieces, size) => {
        const told = pieces.flatMap((each, at) => eventsOf(each, at, pieces, size));
        const all: ChatEvent[] = [
          ...told,
          { type: 'finish', reason: pieces.some((each) => each.type === 'call') ? 'tool-calls' : 'stop' },
        ];
        const again = collectAnswer(decode(encode(all, translated())));
        const before = collectAnswer(all);
        expect(again.parts).toEqual(before.parts);
        expect(again.finish).toBe(before.finish);
      }),
    );
  });
});

type Piece = { type: 'text' | 'refusal' | 'reasoning'; text: string } | { type: 'call'; name: string; json: string };

function eventsOf(piece: Piece, at: number, pieces: readonly Piece[], size: number): ChatEvent[] {
  const cut = (text: string) => text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'gu')) ?? [];
  if (piece.type !== 'call') return cut(piece.text).map((text) => ({ type: piece.type, text }));
  const index = pieces.slice(0, at).filter((each) => each.type === 'call').length;
  return [
    { type: 'tool-call-start', index, id: `id${index}`, name: piece.name },
    ...cut(piece.json).map((json) => ({ type: 'tool-call-delta' as const, index, json })),
    { type: 'tool-call-end', index },
  ];
}

describe('an answer that failed on the way', () => {
  it('makes OpenAI’s own client throw, and has no clean end', async () => {
    const encoder = streamEncoder(answerContext());
    const sent = decode([chunk({ content: 'x' })])
      .slice(0, 2)
      .flatMap((event) => encoder.push(event));
    const out = [...sent, ...encoder.fail(failure)];
    expect(out.some((each) => each.data === '[DONE]')).toBe(false);
    await expect(readBySdk(out)).rejects.toThrow(OpenAI.APIError);
    await expect(readBySdk(out)).rejects.toThrow('The answer broke off.');
  });

  it('never tells the end that it withheld, and nothing more', () => {
    const encoder = streamEncoder(answerContext());
    for (const event of decode([chunk({ content: 'x' }, 'stop'), done])) encoder.push(event);
    expect(encoder.fail(failure)).toHaveLength(1);
    expect(encoder.close(summary)).toEqual([]);
    expect(encoder.fail(failure)).toEqual([]);
  });
});
