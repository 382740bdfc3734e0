import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUpstreamFault } from '../engine/ports.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import { SseParser } from './sse-parser.ts';

function parse(pieces: readonly Uint8Array[], maxEventBytes = 1024 * 1024): SseFrame[] {
  const parser = new SseParser(maxEventBytes);
  return [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()];
}
const whole = (text: string) => parse([Buffer.from(text)]);
const sse = (data: string, event?: string): SseFrame => ({ kind: 'sse', data, ...(event !== undefined && { event }) });

function sliced(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const marks = [0, ...[...cuts].sort((a, b) => a - b).map((cut) => cut % (bytes.length + 1)), bytes.length];
  marks.sort((a, b) => a - b);
  return marks.slice(1).map((end, index) => bytes.subarray(marks[index], end));
}

test('CR, LF and CR LF end lines alike, even when CR LF is split', () => {
  const expected = [sse('one', 'a'), sse('two\nthree')];
  for (const end of ['\n', '\r', '\r\n']) {
    const text = ['event: a', 'data: one', '', ': comment', 'data: two', 'data:three', '', ''].join(end);
    expect(whole(text)).toEqual(expected);
    expect(parse([...Buffer.from(text)].map((byte) => Buffer.from([byte])))).toEqual(expected);
  }
});

test('an event that ends in CR is given at once, not held for the next read', () => {
  const parser = new SseParser(1024);
  expect(parser.push(Buffer.from('data: x\r\r'))).toEqual([sse('x')]);
  expect(parser.push(Buffer.from('\ndata: y\r\n\r'))).toEqual([sse('y')]);
});

test('a byte order mark, unknown fields, ids, retry times and broken UTF-8 do no harm', () => {
  const bytes = Buffer.concat([
    Buffer.from('\ufeffid: 7\nretry: soon\nnonsense\ndata: a'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('b\n\n'),
  ]);
  expect(parse([bytes])).toEqual([sse('a\ufffd\ufffdb')]);
});

test('an event without data is none', () => {
  expect(whole('event: ping\n\n: only a comment\n\ndata: x\n\n')).toEqual([sse('x')]);
  expect(whole('data:\n\n')).toEqual([sse('')]);
});

test('a last event that lacks its blank line, or even its line end, counts', () => {
  expect(whole('data: a\n\ndata: [DONE]\n')).toEqual([sse('a'), sse('[DONE]')]);
  expect(whole('data: a\n\ndata: [DONE]\r')).toEqual([sse('a'), sse('[DONE]')]);
  expect(whole('data: a\n\ndata: [DONE]')).toEqual([sse('a'), sse('[DONE]')]);
});

test('any slicing gives what the whole gives', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
    fc.constantFrom('', '', 'event: delta', ': keep-alive', 'id: 1', 'data', 'data:', 'retry: 5', 'x: y', 'data:é😀'),
  );
  const stream = fc
    .tuple(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 30 }), fc.boolean())
    .map(([lines, mark]) => (mark ? '\ufeff' : '') + lines.map(([text, end]) => text + end).join(''));
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
      const bytes = Buffer.from(text);
      expect(parse(sliced(bytes, cuts))).toEqual(parse([bytes]));
    }),
    { numRuns: 1_000 },
  );
});

test('no bytes make the parser throw anything but a fault', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 10 }), (pieces) => {
      try {
        parse(pieces, 64);
      } catch (error) {
        expect(isUpstreamFault(error)).toBe(true);
      }
    }),
  );
});

test.each([
  ['a line without an end', () => Buffer.from('x'.repeat(1_000))],
  ['an event of many lines without an end', () => Buffer.from('data: 0123456789\n'.repeat(100))],
  ['a comment without an end', (n: number) => Buffer.from((n === 0 ? ':' : '') + 'c'.repeat(1_000))],
])('%s is refused as soon as it is over the limit', (_name, chunk) => {
  const parser = new SseParser(10_000);
  let pushed = 0;
  const flood = () => {
    for (; pushed < 1_000; pushed += 1) parser.push(chunk(pushed));
  };
  expect(flood).toThrow(expect.objectContaining({ fault: expect.objectContaining({ what: 'too-large' }) }));
  expect(pushed).toBeLessThanOrEqual(12);
});

test('the limit counts bytes, not characters', () => {
  const under = `data: ${'€'.repeat(33)}\n\n`;
  expect(parse([Buffer.from(under)], 99)).toHaveLength(1);
  expect(() => parse([Buffer.from(`data: ${'€'.repeat(34)}\n\n`)], 99)).toThrow(/limit of 99 bytes/);
});

test('hostile line ends cost no more than honest ones', () => {
  const parser = new SseParser(1024 * 1024);
  const start = performance.now();
  for (let read = 0; read < 16; read += 1) parser.push(Buffer.from('\r'.repeat(65_536)));
  for (let read = 0; read < 16; read += 1) parser.push(Buffer.from(`${'\n'.repeat(65_535)}\r`));
  expect(performance.now() - start).toBeLessThan(4_000);
});

const wire = process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire');
const recordings = existsSync(wire) ? readdirSync(wire).filter((name) => name.endsWith('.jsonl')) : [];
if (recordings.length === 0) process.stdout.write(`recorded streams skipped: nothing in ${wire}\n`);

test.skipIf(recordings.length === 0)(
  'recorded streams read the same whole, byte by byte and by their own reads',
  () => {
    let streams = 0;
    for (const name of recordings) {
      for (const row of readFileSync(join(wire, name), 'utf8').split('\n')) {
        if (row === '') continue;
        const { response } = JSON.parse(row) as { response?: { sse?: string; chunk_bytes?: number[] } };
        if (typeof response?.sse !== 'string') continue;
        streams += 1;
        const bytes = Buffer.from(response.sse);
        const frames = parse([bytes]);
        const blocks = response.sse.replace(/\r\n?/g, '\n').split('\n\n');
        expect(frames.length).toBe(blocks.filter((block) => /^data/m.test(block)).length);
        if (bytes.length < 20_000) expect(parse([...bytes].map((byte) => Buffer.from([byte])))).toEqual(frames);
        const cuts: number[] = [];
        for (const size of response.chunk_bytes ?? [1000]) cuts.push((cuts.at(-1) ?? 0) + size);
        expect(parse(sliced(bytes, cuts))).toEqual(frames);
      }
    }
    expect(streams).toBeGreaterThan(300);
  },
  120_000,
);
