import { expect, test } from 'vitest';
import type { Caller, Shot } from '../../bench/overload/flood.ts';
import { judge, type Measured, type Offered } from '../../bench/overload/verdict.ts';

const CALLERS: readonly Caller[] = [
  { name: 'greedy', key: 'g', share: 0.9 },
  { name: 'modest', key: 'm', share: 0.1 },
];

const shot = (over: Partial<Shot> & { at: number }): Shot => ({
  caller: 'greedy',
  stream: false,
  endedAt: over.at + 50,
  ms: 50,
  status: 200,
  retryAfter: undefined,
  ...over,
});

/** So many shots a second for so many seconds, each as `make` says. */
function phase(seconds: number, rate: number, make: (at: number, nth: number) => Shot): Offered {
  const shots = Array.from({ length: seconds * rate }, (_, nth) => make((nth * 1000) / rate, nth));
  return { rate, ms: seconds * 1000, granted: 1, seen: { shots, unsent: 0, lost: 0, cpuMs: 1 } };
}

/** A third of what the greedy caller asks for is served, and all that the modest one does; 40 of 100 a second. */
function overload(at: number, nth: number): Shot {
  if (nth % 10 === 0) return shot({ at, caller: 'modest' });
  if (nth % 3 === 0) return shot({ at });
  return shot({ at, status: 503, retryAfter: 1 + (nth % 7), ms: 2 });
}

const GOOD: Measured = {
  callers: CALLERS,
  peak: 42,
  grantedAtPeak: 1,
  normal: phase(5, 20, (at) => shot({ at })),
  overload: phase(20, 100, overload),
  after: phase(15, 20, (at) => shot({ at })),
};

const broken = (measured: Measured) =>
  judge(measured)
    .filter(({ kept }) => !kept)
    .map(({ name }) => name.split(' ').slice(0, 2).join(' '));

test('a gateway that keeps every promise is told so', () => {
  expect(broken(GOOD)).toEqual([]);
});

test.each<[string, Partial<Measured>, string[]]>([
  ['half of the peak', { peak: 80 }, ['goodput is']],
  ['a peak that was measured on a quieter machine', { peak: 80, overload: { ...GOOD.overload, granted: 0.5 } }, []],
  [
    'answers that come after three seconds',
    { overload: phase(20, 100, (at, nth) => ({ ...overload(at, nth), ms: 3_000 })) },
    ['goodput is', 'p99 of', 'modest, which'],
  ],
  [
    'refusals that do not say when to come back',
    { overload: phase(20, 100, (at, nth) => ({ ...overload(at, nth), retryAfter: undefined })) },
    ['every refusal'],
  ],
  [
    'refusals that all say the same',
    { overload: phase(20, 100, (at, nth) => ({ ...overload(at, nth), retryAfter: 1 })) },
    ['every refusal'],
  ],
  [
    'a modest caller that is refused with the others',
    {
      overload: phase(20, 100, (at, nth) =>
        nth % 10 === 0 && nth % 4 === 0
          ? shot({ at, caller: 'modest', status: 503, retryAfter: 2 })
          : overload(at, nth),
      ),
    },
    ['goodput is', 'modest, which'],
  ],
  [
    'twelve slow seconds afterwards',
    { after: phase(16, 20, (at) => shot({ at, ms: at < 12_000 ? 400 : 50 })) },
    ['as before'],
  ],
  [
    'an answer that was cut',
    { after: phase(15, 20, (at, nth) => shot({ at, status: nth === 3 ? 0 : 200 })) },
    ['no error'],
  ],
])('%s', (_, change, lines) => {
  expect(broken({ ...GOOD, ...change })).toEqual(lines);
});
