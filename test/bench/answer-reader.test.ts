import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AnswerReader, type Reading } from '../../bench/scenarios/answer-reader.ts';

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
const chunked = (...texts: readonly string[]) =>
  `${HEAD}transfer-encoding: chunked\r\n\r\n${texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join('')}0\r\n\r\n`;

interface Seen {
  readonly readings: readonly Reading[];
  readonly stamps: readonly number[];
  readonly status: number;
}

function readAll(reader: AnswerReader, pieces: readonly string[]): Seen {
  reader.restart();
  const stamps: number[] = [];
  const readings = pieces.map((piece) => {
    const reading = reader.read(Buffer.from(piece, 'latin1'));
    stamps.push(...reader.stamps);
    return reading;
  });
  return { readings, stamps, status: reader.status };
}

function cutAt(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % text.length))].filter((end) => end > 0).sort((a, b) => a - b);
  return [0, ...ends].map((from, at) => text.slice(from, ends[at]));
}

test.each([
  ['a length', `${HEAD}Content-Length: 5\r\n\r\nhello`],
  ['chunks', chunked('hello', 'again')],
  ['no body', `${HEAD}content-length: 0\r\n\r\n`],
])('an answer with %s is whole with its last byte, and not before', (_, text) => {
  const reader = new AnswerReader();
  const seen = readAll(reader, [text.slice(0, -1), text.slice(-1)]);
  expect(seen).toMatchObject({ readings: ['more', 'whole'], status: 200 });
});

test('a stream is read the same however its bytes arrive', () => {
  const text = chunked(
    'data: {"a":"@17@ b"}\n\n',
    'data: {"a":"no stamp"}\n\n',
    'data: @19@ @23@\n\n',
    'data: [DONE]\n\n',
  );
  fc.assert(
    fc.property(fc.array(fc.nat()), (places) => {
      const { readings, stamps, status } = readAll(new AnswerReader(), cutAt(text, places));
      expect(stamps).toEqual([17, 19, 23]);
      expect(readings.at(-1)).toBe('whole');
      expect(readings.slice(0, -1).every((reading) => reading === 'more')).toBe(true);
      expect(status).toBe(200);
    }),
  );
});

test('a stamp that two chunks share is no stamp of either', () => {
  expect(readAll(new AnswerReader(), [chunked('data: @1', '7@ x')]).stamps).toEqual([]);
});

test('a second answer on the same connection starts afresh', () => {
  const reader = new AnswerReader();
  readAll(reader, [chunked('@1@')]);
  const refused = 'HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno';
  expect(readAll(reader, [refused])).toEqual({ readings: ['whole'], stamps: [], status: 503 });
});

test.each([
  ['more than it said', `${HEAD}content-length: 2\r\n\r\nabc`],
  ['a size that is none', `${HEAD}transfer-encoding: chunked\r\n\r\nxyz\r\n`],
  ['no status line', 'ICY 200 OK\r\n\r\n'],
])('an answer with %s is broken', (_, text) => {
  expect(readAll(new AnswerReader(), [text]).readings).toEqual(['broken']);
});

test('a connection that closes ends an answer without a length, and breaks one with', () => {
  const reader = new AnswerReader();
  readAll(reader, [`${HEAD}\r\nsome`]);
  expect(reader.closed()).toBe('whole');
  readAll(reader, [`${HEAD}content-length: 9\r\n\r\nsome`]);
  expect(reader.closed()).toBe('broken');
});
