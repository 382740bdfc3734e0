import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectAnswer } from '../../model/answer.ts';
import type { ChatEvent, FinishReason } from '../../model/chat-event.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { Failure } from '../../model/failure.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { openSeal } from '../common/sealed-state.ts';
import { encodeAnswer } from './encode-answer.ts';
import { streamEncoder } from './stream-encoder.ts';
import { answerContext, created, decode, ended, eventsIn, frames, message, ownRequest, summary } from './test-kit.ts';

const text = (words: string): ChatEvent => ({ type: 'text', text: words });
const finish = (reason: FinishReason = 'stop'): ChatEvent => ({ type: 'finish', reason });
const call = (index: number, json = '{}'): ChatEvent[] => [
  { type: 'tool-call-start', index, id: `call_${index}`, name: 'find' },
  { type: 'tool-call-delta', index, json },
  { type: 'tool-call-end', index },
];

function write(events: readonly ChatEvent[], change: Partial<AnswerContext> = { sameDialect: false }): SseFrame[] {
  const encoder = streamEncoder(answerContext(change));
  return [...events.flatMap((event) => encoder.push(event)), ...encoder.close(summary)];
}

function responseIn(sent: readonly SseFrame[]): JsonObject {
  const response = eventsIn(sent).at(-1)?.response;
  return isJsonObject(response) ? response : {};
}

const failure: Failure = {
  code: 'stream_interrupted',
  status: 502,
  message: 'The stream broke off.',
  shouldRetry: false,
  targets: [],
  requestId: 'req1',
};

describe('in our own words', () => {
  it('thinking, text and calls are items, each added, told and done in its turn', () => {
    const events: ChatEvent[] = [
      { type: 'start', id: 'x' },
      { type: 'reasoning', text: 'Hm' },
      text('Hel'),
      text('lo'),
      ...call(0, '{"q":1}'),
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 2, cachedInputTokens: 1 } },
      finish('tool-calls'),
    ];
    const told = eventsIn(write(events));
    expect(told.map(({ sequence_number: number }) => number)).toEqual(told.map((_, at) => at));
    expect(told.map(({ type, output_index: item }) => `${type.replace('response.', '')} ${item ?? ''}`.trim())).toEqual(
      [
        'created',
        'in_progress',
        'output_item.added 0',
        'reasoning_summary_part.added 0',
        'reasoning_summary_text.delta 0',
        'reasoning_summary_text.done 0',
        'reasoning_summary_part.done 0',
        'output_item.done 0',
        'output_item.added 1',
        'content_part.added 1',
        'output_text.delta 1',
        'output_text.delta 1',
        'output_text.done 1',
        'content_part.done 1',
        'output_item.done 1',
        'output_item.added 2',
        'function_call_arguments.delta 2',
        'function_call_arguments.done 2',
        'output_item.done 2',
        'completed',
      ],
    );
    expect(responseIn(write(events))).toMatchObject({
      id: 'resp_req1',
      status: 'completed',
      model: 'model-x',
      store: false,
      output: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] },
        { type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
        { type: 'function_call', status: 'completed', call_id: 'call_0', name: 'find', arguments: '{"q":1}' },
      ],
      usage: { input_tokens: 3, input_tokens_details: { cached_tokens: 1 }, output_tokens: 2, total_tokens: 5 },
      understudy: { served_by: summary.servedBy },
    });
  });

  it('the end and the understudy object are held until the answer is known to be good', () => {
    const encoder = streamEncoder(answerContext({ sameDialect: false }));
    expect(encoder.push(text('Hi'))).not.toEqual([]);
    expect(encoder.push(finish())).toEqual([]);
    expect(eventsIn(encoder.close(summary)).at(-1)?.type).toBe('response.completed');
    expect(encoder.close(summary)).toEqual([]);
    expect(encoder.push(text('late'))).toEqual([]);
  });

  it.each<[FinishReason, JsonObject]>([
    ['length', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ['content-filter', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
    ['refusal', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }],
    ['pause', { status: 'completed', incomplete_details: null }],
  ])('finish reason %s', (reason, told) => {
    const sent = write([text('Hi'), finish(reason)]);
    expect(eventsIn(sent).at(-1)?.type).toBe(`response.${String(told.status)}`);
    expect(responseIn(sent)).toMatchObject({ ...told, output: [{ status: told.status }] });
  });

  it('a refusal in words is a part of its own, and a complete answer', () => {
    const sent = write([text('Well. '), { type: 'refusal', text: 'No' }, finish('refusal')]);
    expect(responseIn(sent)).toMatchObject({
      status: 'completed',
      output: [
        {
          content: [
            { type: 'output_text', text: 'Well. ' },
            { type: 'refusal', refusal: 'No' },
          ],
        },
      ],
    });
    const parts = eventsIn(sent).filter(({ content_index: index }) => index !== undefined);
    expect(new Set(parts.map(({ content_index: index }) => index))).toEqual(new Set([0, 1]));
  });

  it('a call without arguments has an empty object, and one that was cut is incomplete', () => {
    const [start, , end] = call(0);
    expect(responseIn(write([start, end, finish('tool-calls')].flatMap((event) => event ?? [])))).toMatchObject({
      output: [{ arguments: '{}' }],
    });
    const cut = write([...call(0, '{"q').slice(0, 2), finish('length')]);
    expect(responseIn(cut)).toMatchObject({ output: [{ status: 'incomplete', arguments: '{"q' }] });
  });

  it("a seal closes its piece of thinking, and carries another maker's state", () => {
    const opaque = { dialect: 'anthropic-messages' as const, value: { signature: 's' } };
    const { output } = responseIn(
      write([{ type: 'reasoning', text: 'One', opaque }, { type: 'reasoning', text: 'Two' }, text('Hi'), finish()]),
    );
    const items = Array.isArray(output) ? output.filter(isJsonObject) : [];
    expect(items.map(({ type }) => type)).toEqual(['reasoning', 'reasoning', 'message']);
    expect(openSeal(items[0]?.encrypted_content)).toEqual(opaque);
    expect(items[1]).not.toHaveProperty('encrypted_content');
    expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  });

  it('ids are within the limit of 64 characters', () => {
    const requestId = `req_${'0'.repeat(32)}`;
    const { output } = responseIn(write([text('Hi'), ...call(0), finish()], { sameDialect: false, requestId }));
    for (const item of Array.isArray(output) ? output : []) {
      expect(isJsonObject(item) && String(item.id).length).toBeLessThanOrEqual(64);
    }
  });

  it('an answer without a word, and without the understudy object where the gateway is not to show', () => {
    const sent = write([finish('length')], { sameDialect: false, annotate: false });
    expect(eventsIn(sent).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.incomplete',
    ]);
    expect(responseIn(sent)).not.toHaveProperty('understudy');
  });

  it("repeats the caller's own settings", () => {
    const request = ownRequest({
      instructions: 'Be brief.',
      temperature: 0.5,
      store: true,
      text: { verbosity: 'low' },
    });
    const response = encodeAnswer([text('Hi'), finish()], answerContext({ request, sameDialect: false }), summary);
    expect(response).toMatchObject({
      instructions: 'Be brief.',
      temperature: 0.5,
      store: false,
      text: { verbosity: 'low', format: { type: 'text' } },
      tools: [],
      tool_choice: 'auto',
    });
  });
});

describe('a failure after the first byte', () => {
  it('is one error that SDKs throw on, numbered on, and no end', () => {
    for (const sameDialect of [true, false]) {
      const encoder = streamEncoder(answerContext({ sameDialect }));
      const before = decode(frames(created, ...message(0, 'Hi'))).flatMap((event) => encoder.push(event));
      const [error, ...rest] = encoder.fail(failure);
      expect(rest).toEqual([]);
      expect(error?.event).toBe('error');
      expect(eventsIn(error ? [error] : [])).toMatchObject([
        {
          type: 'error',
          sequence_number: before.length,
          code: 'stream_interrupted',
          message: 'The stream broke off.',
          error: { code: 'stream_interrupted', understudy: { request_id: 'req1' } },
        },
      ]);
      expect(encoder.close(summary)).toEqual([]);
    }
  });
});

describe('forwarded frames', () => {
  const sent = frames(created, { type: 'keepalive' }, ...message(0, 'Hel', 'lo'), ended({ usage: { x: 1.5 } }));

  it('go as they came; the last one waits, and says who served inside its response', () => {
    const encoder = streamEncoder(answerContext());
    expect(decode(sent).flatMap((event) => encoder.push(event))).toEqual(sent.slice(0, -1));
    const [last, ...rest] = encoder.close(summary);
    expect(rest).toEqual([]);
    const { understudy, ...response } = responseIn(last ? [last] : []);
    expect(understudy).toMatchObject({ served_by: summary.servedBy });
    expect(response).toEqual(responseIn(sent));
  });

  it('an empty response object can say it too, and one in which a gateway behind this one has spoken', () => {
    const responses: JsonObject[] = [{}, { understudy: { request_id: 'theirs' } }];
    for (const response of responses) {
      const sent = frames(created, ...message(0, 'Hi'), { type: 'response.completed', response });
      expect(responseIn(write(decode(sent), {}))).toMatchObject({ understudy: { request_id: 'req1' } });
    }
  });

  it('a provider that names no end gets one written for it, with the items that it told', () => {
    const events = decode(frames(created, ...message(0, 'Hel', 'lo')), { finishOptional: true });
    const out = write(events, {});
    expect(eventsIn(out).at(-1)).toMatchObject({ type: 'response.completed', sequence_number: out.length - 1 });
    expect(responseIn(out)).toMatchObject({ id: 'resp_1', output: [{ id: 'msg_0', status: 'completed' }] });
  });

  it('after a switch the same item goes on, and the answer is whole at its end', () => {
    const encoder = streamEncoder(answerContext());
    const cut = frames(created, ...message(0, 'First. '), ...message(1, 'Hel', 'never').slice(0, 3));
    const out = decode(cut).flatMap((event) => encoder.push(event));
    const how = 'resume' as const;
    out.push(...encoder.push({ type: 'switch', from: 'a/m1', to: 'b/m2', how }));
    for (const event of [text('lo'), finish()]) out.push(...encoder.push(event));
    out.push(...encoder.close(summary));
    const told = eventsIn(out);
    expect(told.map(({ sequence_number: number }) => number)).toEqual(told.map((_, at) => at));
    // The one unknown-safe event of this dialect: the official SDK throws on types that it does not know.
    expect(told[cut.length]).toMatchObject({
      type: 'keepalive',
      understudy: { switched: { from: 'a/m1', to: 'b/m2', how: 'resume' } },
    });
    expect(told[cut.length + 1]).toMatchObject({
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      output_index: 1,
      content_index: 0,
      delta: 'lo',
    });
    expect(responseIn(out)).toMatchObject({
      id: 'resp_1',
      model: 'm2',
      output: [
        { id: 'msg_0', content: [{ text: 'First. ' }] },
        { id: 'msg_1', content: [{ text: 'Hello' }], status: 'completed' },
      ],
    });
    expect(collectAnswer(decode(out)).parts).toEqual([{ type: 'text', text: 'First. Hello' }]);
  });

  it('a whole body in answer to a stream is written as one', () => {
    const value = { id: 'resp_1', output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }] };
    const events: ChatEvent[] = [{ type: 'start', frame: { kind: 'body', value } }, text('Hi'), finish()];
    expect(responseIn(write(events, {}))).toMatchObject({ output: [{ content: [{ text: 'Hi' }] }] });
  });
});

describe('written and read again', () => {
  it('an answer says the same, whatever its parts, streamed and whole', () => {
    const words = fc.string({ minLength: 1, maxLength: 8 });
    const part = fc.oneof(
      words.map((said): ChatEvent[] => [text(said)]),
      words.map((said): ChatEvent[] => [{ type: 'refusal', text: said }]),
      words.map((said): ChatEvent[] => [{ type: 'reasoning', text: said }]),
      fc.constant<'call'>('call'),
    );
    const reasons = fc.constantFrom<FinishReason>('stop', 'length', 'content-filter');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), reasons, (parts, reason) => {
        let calls = -1;
        const events = parts.flatMap((each) => {
          if (each !== 'call') return each;
          calls += 1;
          return call(calls, `{"n":${calls}}`);
        });
        const end = reason === 'stop' && calls >= 0 ? 'tool-calls' : reason;
        const all = [...events, finish(end)];
        const { parts: said, finish: ended } = collectAnswer(decode(write(all)));
        expect({ said, ended }).toEqual({ said: collectAnswer(events).parts, ended: end });
      }),
      { numRuns: 300 },
    );
  });
});
