import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { reading } from '../../src/dialects/common/test-kit.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import { SseParser } from '../../src/upstream/sse-parser.ts';
import { countedIds } from './counted-ids.ts';
import { DECODED_DIALECTS, type DecodedDialect, SEED_STREAMS } from './seed-streams.ts';
import { bytesOf, PLAIN, sliced, type WireStyle } from './stream-bytes.ts';

/** A failing run prints its seed; UNDERSTUDY_FUZZ_SEED repeats it. */
const seed = Number(process.env.UNDERSTUDY_FUZZ_SEED ?? Date.now() % 2 ** 31);
const RUNS = 10_000;

function read(dialect: DecodedDialect, pieces: readonly Buffer[]): ChatEvent[] {
  const parser = new SseParser(1 << 20);
  const decoder = dialectKits.target(dialect).streamDecoder(reading({ newId: countedIds() }));
  const events: ChatEvent[] = [];
  for (const bytes of pieces) for (const frame of parser.push(bytes)) events.push(...decoder.push(frame));
  for (const frame of parser.end()) events.push(...decoder.push(frame));
  events.push(...decoder.end());
  return events;
}

/** The text of a frame is the provider's own and differs where its JSON is written over several lines. */
function meaningOf(events: readonly ChatEvent[]): unknown[] {
  return events.map(({ frame: _, ...event }) => event);
}

const style: fc.Arbitrary<WireStyle> = fc.record({
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  byteOrderMark: fc.boolean(),
  comments: fc.boolean(),
  manyLines: fc.boolean(),
  spaceAfterColon: fc.boolean(),
});
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

describe.each(DECODED_DIALECTS)('a stream of %s', (dialect) => {
  const whole = SEED_STREAMS[dialect].map((frames) => meaningOf(read(dialect, [bytesOf(frames, PLAIN)])));

  test('means something to begin with', () => {
    for (const meaning of whole) expect(meaning.length).toBeGreaterThan(1);
  });

  test(`means the same however its bytes are written and sliced (${RUNS} runs)`, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), style, places, (which, written, cuts) => {
        const frames = SEED_STREAMS[dialect][which] ?? [];
        expect(meaningOf(read(dialect, sliced(bytesOf(frames, written), cuts)))).toEqual(whole[which]);
      }),
      { seed, numRuns: RUNS },
    );
  });

  test('means the same when every byte arrives alone', () => {
    for (const [which, frames] of SEED_STREAMS[dialect].entries()) {
      const bytes = bytesOf(frames, { ...PLAIN, lineEnd: '\r\n', byteOrderMark: true, comments: true });
      const alone = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
      expect(meaningOf(read(dialect, alone))).toEqual(whole[which]);
    }
  });
});
