import * as library from '@smithy/eventstream-codec';
import { describe, expect, test } from 'vitest';
import { decodeAnswer as anthropicAnswer } from '../../src/dialects/anthropic-messages/decode-answer.ts';
import { decodeFault as anthropicFault } from '../../src/dialects/anthropic-messages/decode-fault.ts';
import { streamDecoder as anthropicStream } from '../../src/dialects/anthropic-messages/stream-decoder.ts';
import { bedrockConverseTarget } from '../../src/dialects/bedrock-converse/index.ts';
import { answerText, collectAnswer } from '../../src/model/answer.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../src/model/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { bedrockFrames } from '../../src/upstream/bedrock-frames.ts';
import { EventStreamParser } from '../../src/upstream/event-stream-parser.ts';
import { type Recording, recordings, recordingsPresent } from '../kit/recordings.ts';
import { seededChance } from '../kit/seeded-chance.ts';

const reading: ReadingContext = { toolNames: new Map(), finishOptional: false, newId: () => 'a1b2c3d4e5f6g7h8' };
const all = (file: 'bedrock-converse' | 'bedrock-invoke'): Recording[] => (recordingsPresent ? recordings(file) : []);
const named = (list: Recording[]): [string, Recording][] => list.map((recording) => [recording.id, recording]);
const good = ({ response }: Recording) => response.status === 200;

const converse = all('bedrock-converse');
const invoke = all('bedrock-invoke');
const claude = invoke.filter(({ request }) => request?.body.anthropic_version !== undefined);

const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

/** The frames of a recorded stream, its bytes cut in a way that follows from its id. */
function framesOf({ id, response }: Recording, dialect: 'bedrock-converse' | 'anthropic-messages'): SseFrame[] {
  const bytes = Buffer.from(response.eventstream_base64 ?? '', 'base64');
  const frameOf = bedrockFrames(dialect);
  if (!frameOf) throw new Error('no frames');
  const parser = new EventStreamParser(library, frameOf, 1_048_576);
  const chance = seededChance(id.length);
  const frames: SseFrame[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + Math.floor(chance.next() * 200);
    frames.push(...parser.push(bytes.subarray(from, to)));
    from = to;
  }
  return [...frames, ...parser.end()];
}

function decode(decoder: StreamDecoder, frames: readonly SseFrame[]): ChatEvent[] {
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}
const faultsOf = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'fault' ? [event.fault] : []));

describe.runIf(recordingsPresent)('recorded Converse', () => {
  const whole = converse.filter((each) => good(each) && each.response.body !== undefined);
  const streams = converse.filter(({ response }) => response.events !== undefined);
  const refused = converse.filter((each) => !good(each));

  test('88 exchanges: 60 whole, 16 streamed, 12 refused', () => {
    expect([whole.length, streams.length, refused.length]).toEqual([60, 16, 12]);
  });

  test.each(named(whole))('%s: text, calls, usage and end as recorded', (_id, { response }) => {
    const body = objectOf(response.body as JsonValue);
    const blocks = objectOf(objectOf(body.output).message).content;
    const content = Array.isArray(blocks) ? blocks.map(objectOf) : [];
    const events = bedrockConverseTarget.decodeAnswer(body, reading);
    expect(faultsOf(events)).toEqual([]);
    const answer = collectAnswer(events);
    const cited = (block: JsonObject) => objectOf(block.citationsContent).content;
    const said = content.flatMap((block) => {
      const pieces = cited(block);
      return Array.isArray(pieces) ? pieces.map((piece) => textOf(objectOf(piece).text)) : [textOf(block.text)];
    });
    expect(answerText(answer)).toBe(said.join(''));
    const calls = content
      .map(({ toolUse }) => objectOf(toolUse))
      .filter(({ name, type }) => name !== undefined && (type === undefined || type === 'tool_use'));
    expect(
      answer.parts.flatMap((part) =>
        part.type === 'tool-call' ? [[part.id, part.name, JSON.parse(part.arguments)]] : [],
      ),
    ).toEqual(calls.map(({ toolUseId, name, input }) => [toolUseId, name, input]));
    expect(answer.nativeFinish).toBe(body.stopReason);
    expect(answer.finish).not.toBe('other');
    const usage = objectOf(body.usage);
    expect((answer.usage.inputTokens ?? 0) + (answer.usage.outputTokens ?? 0)).toBe(usage.totalTokens);
  });

  test.each(named(streams.filter(({ response }) => response.eventstream_base64 !== undefined)))(
    '%s: the bytes give the messages that its recorder read',
    (_id, recording) => {
      const frames = framesOf(recording, 'bedrock-converse');
      expect(frames.map(({ event, data }) => ({ type: event, payload: JSON.parse(data) }))).toEqual(
        recording.response.events?.map(({ type, payload }) => ({ type, payload })),
      );
    },
  );

  test.each(named(streams))('%s: the stream is complete and says what its messages say', (_id, { response }) => {
    const events = response.events ?? [];
    const frames = events.map(
      ({ type, payload }): SseFrame => ({ kind: 'sse', event: type, data: JSON.stringify(payload) }),
    );
    const decoded = decode(bedrockConverseTarget.streamDecoder(reading), frames);
    expect(faultsOf(decoded)).toEqual([]);
    const answer = collectAnswer(decoded);
    const deltas = events.map(({ payload }) => objectOf(payload.delta));
    expect(answerText(answer)).toBe(deltas.map(({ text }) => textOf(text)).join(''));
    const thought = answer.parts.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('');
    expect(thought).toBe(deltas.map(({ reasoningContent }) => textOf(objectOf(reasoningContent).text)).join(''));
    const stop = events.find(({ type }) => type === 'messageStop')?.payload.stopReason;
    expect([answer.nativeFinish, answer.finish !== 'other']).toEqual([stop, true]);
    const usage = objectOf(events.find(({ type }) => type === 'metadata')?.payload.usage);
    expect((answer.usage.inputTokens ?? 0) + (answer.usage.outputTokens ?? 0)).toBe(usage.totalTokens);
  });

  test.each(named(refused))('%s: the refusal has a kind that leads somewhere', (_id, { response }) => {
    const { status, headers, body } = response;
    const fault = bedrockConverseTarget.decodeFault({ status, headers, body: JSON.stringify(body) });
    const kinds: Record<number, string[]> = {
      400: ['provider-rejected', 'context-too-long'],
      403: ['credential-refused'],
      404: ['model-not-found'],
    };
    expect(kinds[status]).toContain(fault.kind);
    expect(fault.complaint?.message).toBe(objectOf(body as JsonValue).message);
  });
});

describe.runIf(recordingsPresent)('recorded InvokeModel of Claude', () => {
  const whole = claude.filter((each) => good(each) && each.response.body !== undefined);
  const streams = claude.filter(({ response }) => response.eventstream_base64 !== undefined);
  const refused = invoke.filter((each) => !good(each));

  test('there are some of each', () => {
    expect([whole.length, streams.length, refused.length].map((count) => count > 0)).toEqual([true, true, true]);
  });

  test.each(named(whole))('%s: whole', (_id, { response }) => {
    const events = anthropicAnswer(response.body as JsonValue, reading);
    expect(faultsOf(events)).toEqual([]);
    expect(collectAnswer(events).finish).toBeDefined();
  });

  test.each(named(streams))('%s: the frames are the vendor’s own events, and complete', (_id, recording) => {
    const frames = framesOf(recording, 'anthropic-messages');
    expect(frames.map(({ data }) => JSON.parse(data))).toEqual(
      recording.response.events?.map(({ payload }) => payload),
    );
    expect(frames.every(({ event, data }) => event === JSON.parse(data).type)).toBe(true);
    const events = decode(anthropicStream(reading), frames);
    expect(faultsOf(events)).toEqual([]);
    expect(collectAnswer(events).usage.outputTokens).toBeGreaterThan(0);
  });

  test.each(named(refused))('%s: the refusal has a kind', (_id, { response }) => {
    const { status, headers, body, text } = response;
    const fault = anthropicFault({ status, headers, body: text ?? JSON.stringify(body) });
    expect(['credential-refused', 'model-not-found', 'provider-rejected', 'invalid-request']).toContain(fault.kind);
  });
});
