import * as library from '@smithy/eventstream-codec';
import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUpstreamFault } from '../engine/ports.ts';
import type { Fault } from '../model/fault.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import { bedrockFrames } from './bedrock-frames.ts';
import { type EventMessage, EventStreamParser } from './event-stream-parser.ts';

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text, 'utf8'),
);

function message(headers: Record<string, string>, payload: string): Uint8Array {
  const typed: MessageHeaders = {};
  for (const [name, value] of Object.entries(headers)) typed[name] = { type: 'string', value };
  return codec.encode({ headers: typed, body: Buffer.from(payload, 'utf8') });
}

const event = (type: string, payload: unknown) =>
  message({ ':message-type': 'event', ':event-type': type }, JSON.stringify(payload));
const exception = (type: string, text: string) =>
  message({ ':message-type': 'exception', ':exception-type': type }, JSON.stringify({ message: text }));

const asIs = ({ kind, type, payload }: EventMessage): SseFrame => ({
  kind: 'sse',
  event: `${kind} ${type}`,
  data: payload,
});
const parser = (maxEventBytes = 4_096) => new EventStreamParser(library, asIs, maxEventBytes);

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (isUpstreamFault(error)) return error.fault;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an AWS event stream', () => {
  const stream = Buffer.concat([
    event('messageStart', { role: 'assistant' }),
    event('contentBlockDelta', { delta: { text: 'smörgås 🥪' } }),
    exception('throttlingException', 'slow down'),
    message({ ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'no "luck"' }, ''),
  ]);
  const frames = [
    { kind: 'sse', event: 'event messageStart', data: '{"role":"assistant"}' },
    { kind: 'sse', event: 'event contentBlockDelta', data: '{"delta":{"text":"smörgås 🥪"}}' },
    { kind: 'sse', event: 'exception throttlingException', data: '{"message":"slow down"}' },
    { kind: 'sse', event: 'exception InternalFailure', data: '{"message":"no \\"luck\\""}' },
  ];

  test('in one piece', () => expect(parser().push(stream)).toEqual(frames));

  test('in pieces of every kind gives the same', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 40 }), (cuts) => {
        const reader = parser();
        const out: SseFrame[] = [];
        let from = 0;
        for (const to of [...cuts.sort((a, b) => a - b), stream.length]) {
          out.push(...reader.push(stream.subarray(from, to)));
          from = to;
        }
        expect([...out, ...reader.end()]).toEqual(frames);
      }),
      { numRuns: 10_000 },
    );
  });

  test('one flipped bit anywhere breaks it, and never goes through as another message', () => {
    const good = parser()
      .push(stream)
      .map((frame) => frame.data);
    fc.assert(
      fc.property(fc.nat({ max: stream.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const bent = Buffer.from(stream);
        bent[at] = (bent[at] ?? 0) ^ (1 << bit);
        const reader = parser();
        let out: SseFrame[] = [];
        try {
          out = reader.push(bent);
        } catch (error) {
          if (!isUpstreamFault(error)) throw error;
        }
        expect(good.slice(0, out.length)).toEqual(out.map((frame) => frame.data));
        expect(out.length).toBeLessThan(good.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test('a message over the limit ends it before it has come', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(1_000_000);
    expect(faultOf(() => parser().push(head))).toMatchObject({ kind: 'bad-response', what: 'too-large' });
  });

  test('a length that no message has', () => {
    expect(faultOf(() => parser().push(Buffer.from([0, 0, 0, 15])))).toMatchObject({ what: 'malformed' });
  });

  test('a large message in single bytes is read in time', () => {
    const large = event('contentBlockDelta', { delta: { text: 'x'.repeat(300_000) } });
    const reader = parser(1_000_000);
    const started = performance.now();
    let frames = 0;
    for (const byte of large) frames += reader.push(Uint8Array.of(byte)).length;
    expect(frames).toBe(1);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('frames of Bedrock', () => {
  const claude = (bytes: Uint8Array): SseFrame[] => {
    const frameOf = bedrockFrames('anthropic-messages');
    if (!frameOf) throw new Error('no frames');
    return new EventStreamParser(library, frameOf, 4_096).push(bytes);
  };
  const chunk = (data: unknown) =>
    event('chunk', { bytes: Buffer.from(JSON.stringify(data)).toString('base64'), p: 'padding' });

  test('of Claude are the events of its vendor', () => {
    const inner = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hej' } };
    expect(claude(chunk(inner))).toEqual([{ kind: 'sse', event: 'content_block_delta', data: JSON.stringify(inner) }]);
  });

  test.each([
    ['throttlingException', 'rate_limit_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['modelStreamErrorException', 'api_error'],
    ['somethingNewException', 'api_error'],
  ])('%s ends a stream of Claude as %s, its own name kept', (type, told) => {
    const [frame] = claude(exception(type, 'no luck'));
    expect(frame?.event).toBe('error');
    expect(JSON.parse(frame?.data ?? '')).toEqual({
      type: 'error',
      error: { type: told, code: type, message: 'no luck' },
    });
  });

  test('are none in the dialects that Bedrock does not carry', () => {
    expect(bedrockFrames('gemini-generate')).toBeUndefined();
  });
});
