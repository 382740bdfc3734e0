import { describe, expect, it } from 'vitest';
import { drawCall, MISTAKES, wireOf } from '../../bench/soak/calls.ts';
import { complaintsIn } from '../../bench/soak/house.ts';
import { type RequestRow, reconcile } from '../../bench/soak/ledger-rows.ts';
import { OUTCOMES, type Outcome, outcomeOf } from '../../bench/soak/outcome.ts';
import { influenceOn, type Phase, timetableOf } from '../../bench/soak/phases.ts';
import { readMetrics, sampleOf, sumOf } from '../../bench/soak/sample.ts';
import { slopeOf } from '../../bench/soak/slope.ts';
import { checksOf, passed, type Soaked } from '../../bench/soak/verdict.ts';
import { AILING, weatherOf } from '../../bench/soak/weather.ts';
import { drawsFor } from '../../experiments/random.ts';

const MINUTE_MS = 60_000;
const HALF_HOUR_MS = 30 * MINUTE_MS;

describe('the slope of a figure', () => {
  /** Every two minutes; `leak` is what is added in ten minutes to 100, `noise` how far single values lie beside it. */
  const rests = (leak: number, noise: number, seed = 1) => {
    const draw = drawsFor(seed, 'noise');
    return Array.from({ length: 12 }, (_, at) => {
      const atMs = at * 2 * MINUTE_MS;
      return { atMs, value: 100 + (leak * atMs) / 600_000 + (draw() - 0.5) * 2 * noise };
    });
  };

  it('is what leaks, and nothing where nothing does', () => {
    for (const leak of [0, 2, -3]) expect(slopeOf(rests(leak, 0.3))?.grown).toBeCloseTo(leak, 0);
  });

  it('has limits that hold what is true in nine of ten cases, and shut out nothing where a leak is plain', () => {
    const seeds = Array.from({ length: 200 }, (_, seed) => slopeOf(rests(1, 3, seed)));
    const held = seeds.filter((slope) => slope && slope.least <= 0.01 && slope.most >= 0.01);
    expect(held.length).toBeGreaterThan(170);
    expect(slopeOf(rests(5, 2))?.least).toBeGreaterThan(0.01);
  });

  it('is not bent by a quarter of the points', () => {
    const points = Array.from({ length: 20 }, (_, at) => ({
      atMs: at * MINUTE_MS,
      value: at % 4 === 0 ? 900 : 100 + at,
    }));
    expect(slopeOf(points)?.grown).toBeCloseTo(10, 0);
  });

  it('is unknown of four points', () => {
    expect(slopeOf(rests(0, 1).slice(0, 4))).toBeUndefined();
    expect(slopeOf(rests(0, 1).slice(0, 5))).toBeDefined();
  });
});

describe('the weather', () => {
  it('is the same for the same seed, another for another, and has no gaps', () => {
    expect(weatherOf(1, 'alpha', MINUTE_MS)).toEqual(weatherOf(1, 'alpha', MINUTE_MS));
    expect(weatherOf(2, 'alpha', MINUTE_MS)).not.toEqual(weatherOf(1, 'alpha', MINUTE_MS));
    for (const provider of AILING) {
      const spells = weatherOf(1, provider, HALF_HOUR_MS);
      for (const [at, spell] of spells.entries()) expect(spell.fromMs).toBe(spells[at - 1]?.untilMs ?? 0);
      expect(spells.at(-1)?.untilMs).toBe(HALF_HOUR_MS);
      expect(new Set(spells.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('the calls', () => {
  it('are of every dialect and manner, leave in every phase, and make every mistake', () => {
    const draw = drawsFor(1, 'calls');
    const calls = Array.from({ length: 5_000 }, () => drawCall(draw));
    expect(new Set(calls.map(({ manner }) => manner.is)).size).toBe(5);
    expect(new Set(calls.map(({ dialect, stream }) => `${dialect} ${stream}`)).size).toBe(6);
    const mistakes = calls.flatMap(({ manner }) => (manner.is === 'mistaken' ? [manner.how] : []));
    expect(new Set(mistakes)).toEqual(new Set(Object.keys(MISTAKES)));
    const leftMs = calls.flatMap(({ manner }) => (manner.is === 'leaver' ? [manner.afterMs] : []));
    expect([Math.min(...leftMs) < 5, Math.max(...leftMs) > 1_000]).toEqual([true, true]);
    for (const call of calls.slice(0, 100)) expect(() => JSON.parse(wireOf(call).body)).not.toThrow();
  });
});

describe('what became of a call', () => {
  const call = (over: object) => ({ ...drawCall(drawsFor(1, 'one')), manner: { is: 'ordinary' as const }, ...over });
  const stream = call({ dialect: 'openai-chat', stream: true });
  const whole = call({ dialect: 'openai-chat', stream: false });
  const error = (code: string) => JSON.stringify({ error: { message: 'm', type: 't', param: null, code } });
  const EVERY: readonly [string, ReturnType<typeof call>, Parameters<typeof outcomeOf>[1], Outcome][] = [
    ['a whole answer', whole, { status: 200, text: '{}', ended: true }, 'whole'],
    ['a whole answer that was cut', whole, { status: 200, text: '{"a":', ended: false }, 'odd'],
    ['a stream with its end', stream, { status: 200, text: 'data: {}\n\ndata: [DONE]\n\n', ended: true }, 'whole'],
    ['a stream that just ends', stream, { status: 200, text: 'data: {}\n\n', ended: true }, 'odd'],
    [
      'a stream that is told to end',
      stream,
      { status: 200, text: `data: ${error('stream_interrupted')}\n\n`, ended: false },
      'broken',
    ],
    [
      'an error and a clean end',
      stream,
      { status: 200, text: `data: ${error('stream_interrupted')}\n\ndata: [DONE]\n\n`, ended: true },
      'odd',
    ],
    ['nobody could serve', whole, { status: 503, text: error('all_targets_failed'), ended: true }, 'refused'],
    ['too busy', whole, { status: 503, text: error('overloaded'), ended: true }, 'shed'],
    ['an internal error', whole, { status: 500, text: error('internal_error'), ended: true }, 'odd'],
    ['no answer at all', whole, { text: '', ended: false, error: 'ECONNRESET' }, 'odd'],
    [
      'a mistake',
      call({ manner: { is: 'mistaken', how: 'wrong-key' } }),
      { status: 401, text: '{}', ended: true },
      'mistaken',
    ],
    [
      'a mistake that was served',
      call({ manner: { is: 'mistaken', how: 'wrong-key' } }),
      { status: 200, text: '{}', ended: true },
      'odd',
    ],
  ];
  it.each(EVERY)('%s', (_, made, seen, outcome) => {
    expect(outcomeOf(made, seen).outcome).toBe(outcome);
  });
});

describe('the ledger beside what callers saw', () => {
  const book = (...seen: Outcome[]) => Uint8Array.from(seen.map((outcome) => OUTCOMES.indexOf(outcome)));
  const row = (tag: string, outcome: string | undefined, durationMs = 5): RequestRow => ({ tag, outcome, durationMs });

  it('fits', () => {
    const rows = [
      row('c0', 'served'),
      row('c1', 'failed'),
      row('c2', 'interrupted'),
      row('c3', 'caller-gone'),
      row('h0', 'served'),
    ];
    const found = reconcile(rows, book('whole', 'refused', 'broken', 'left', 'mistaken', 'shed', 'left'), 'c');
    expect(found).toEqual({
      rows: 5,
      doubled: 0,
      unended: 0,
      missing: 0,
      uncalledFor: 0,
      contradicting: 0,
      negative: 0,
      examples: [],
    });
  });

  it.each([
    ['missing', [], book('whole')],
    ['doubled', [row('c0', 'served'), row('c0', 'served')], book('whole')],
    ['unended', [row('c0', undefined)], book('odd')],
    ['contradicting', [row('c0', 'failed')], book('whole')],
    ['contradicting', [row('c0', 'served')], book('broken')],
    ['uncalledFor', [row('c0', 'served')], book('mistaken')],
    ['uncalledFor', [row('c7', 'served')], book('unsent')],
    ['negative', [row('h0', 'served', -1)], book()],
  ] as const)('%s', (what, rows, seen) => {
    expect(reconcile(rows, seen, 'c')[what]).toBe(1);
  });
});

describe('a sample', () => {
  it('is read from the text of /metrics, and a figure that is not told stops the soak', () => {
    const metrics = readMetrics(
      '# HELP a b\nunderstudy_x_total{route="a b"} 3\nunderstudy_x_total{route="c"} 4\nunderstudy_x_totals 9\n',
    );
    expect(sumOf(metrics, 'understudy_x_total')).toBe(7);
    expect(() => sampleOf(metrics, '/nowhere', 0)).toThrow(
      'the gateway does not tell understudy_process_resident_memory_bytes',
    );
  });
});

describe('a line of the log', () => {
  it('is a complaint where it is loud and about the gateway', () => {
    const line = (level: number, more: object) => JSON.stringify({ level, ...more });
    const quiet = [
      line(40, { msg: 'fault' }),
      line(50, { alert: 'breaker-open', msg: 'x' }),
      line(50, { msg: 'failed' }),
    ];
    const loud = [line(50, { msg: 'internal error' }), '(node:1) MaxListenersExceededWarning: Possible memory leak'];
    expect(complaintsIn([...quiet, ...loud].join('\n'))).toEqual(loud);
  });
});

describe('the verdict', () => {
  const timetable = timetableOf(30);
  const sample = (atMs: number, over: object = {}) => ({
    ...{ atMs, rssBytes: 150e6, heapBytes: 60e6, externalBytes: 9e6, fileDescriptors: 90, sockets: 60, timers: 20 },
    ...{ resources: 90, openRequests: 0, queuedRows: 0, lostRows: 0, ledgerBytes: 1e6, logBytes: 4e6, loopP99Ms: 12 },
    ...over,
  });
  const healthy = { events: 9, eventP50Ms: 1, eventP99Ms: 8, firstContentP99Ms: 9, whole: 10, failed: 0, shed: 0 };
  const phase = (at: number, over: object = {}): Phase => ({
    ...healthy,
    ...{
      fromMs: at * timetable.phaseMs,
      untilMs: (at + 1) * timetable.phaseMs,
      stalled: at % 2 === 1,
      settling: healthy,
    },
    ...over,
  });
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<Outcome, number>;
  const good = (): Soaked => ({
    timetable,
    samples: Array.from({ length: 360 }, (_, at) => sample(at * 5_000)),
    rests: growing('rssBytes', 150e6, 0),
    phases: Array.from({ length: 30 }, (_, at) => phase(at, { eventP99Ms: 8 + (at % 3) })),
    callers: { sent: 10, open: 0, outcomes: { ...outcomes, whole: 10 }, odd: [] },
    reconciled: {
      rows: 10,
      doubled: 0,
      unended: 0,
      missing: 0,
      uncalledFor: 0,
      contradicting: 0,
      negative: 0,
      examples: [],
    },
    counted: 10,
    stalledReaders: { opened: 6, cut: 6, outlived: 0 },
    rest: { before: sample(0), after: sample(0) },
    complaints: [],
    exit: { code: 0, ms: 300 },
  });
  const failed = (soaked: Soaked) =>
    checksOf(soaked).flatMap(({ verdict, what }) => (verdict === 'fail' ? [what] : []));
  const growing = (figure: string, from: number, share: number) =>
    Array.from({ length: timetable.rounds }, (_, at) => {
      const atMs = ((at + 1) * timetable.totalMs) / timetable.rounds;
      return sample(atMs, { [figure]: from * (1 + (share * atMs) / 600_000) });
    });

  it('is good where nothing grew, nobody was moved and every call has its row', () => {
    expect(failed(good())).toEqual([]);
    expect(passed(checksOf(good()))).toBe(true);
  });

  it.each([
    [
      'RSS that grows by two per cent',
      { rests: growing('rssBytes', 150e6, 0.02), samples: growing('rssBytes', 151e6, 0.02) },
      'growth of RSS (MiB)',
    ],
    ['timers that grow', { rests: growing('timers', 20, 0.5) }, 'growth of timers beyond those of open requests'],
    [
      'healthy streams that are moved',
      { phases: Array.from({ length: 30 }, (_, at) => phase(at, { eventP99Ms: at % 2 === 1 ? 30 : 8 + (at % 3) })) },
      'p99 of a healthy event beside stalled readers',
    ],
    [
      'a stalled reader that stays',
      { stalledReaders: { opened: 6, cut: 5, outlived: 1 } },
      'stalled readers cut by the gateway',
    ],
    [
      'an odd end',
      { callers: { ...good().callers, outcomes: { ...outcomes, odd: 1 } } },
      'calls with an end that nobody expects',
    ],
    ['a row too many', { reconciled: { ...good().reconciled, doubled: 1 } }, 'ledger beside what callers saw'],
    ['metrics that count otherwise', { counted: 11 }, 'requests that /metrics counted'],
    ['sockets left', { rest: { before: sample(0), after: sample(0, { sockets: 66 }) } }, 'sockets at rest'],
    [
      'a request left',
      { rest: { before: sample(0), after: sample(0, { openRequests: 1 }) } },
      'open requests at the end',
    ],
    ['a loud log', { complaints: ['{"msg":"internal error"}'] }, 'complaints in the log'],
    ['a slow end', { exit: { code: 0, ms: 40_000 } }, 'SIGTERM'],
    ['another exit code', { exit: { code: 130, ms: 10 } }, 'SIGTERM'],
  ])('%s', (_, over, what) => {
    expect(failed({ ...good(), ...over })).toEqual([what]);
  });

  it('judges no slope in a run of two minutes', () => {
    const short = { ...good(), timetable: timetableOf(2), rests: growing('rssBytes', 150e6, 9) };
    expect(
      checksOf(short)
        .filter(({ what }) => what.startsWith('growth'))
        .map(({ verdict }) => verdict),
    ).not.toContain('fail');
  });

  it('says by how much stalled readers moved the others', () => {
    const phases = [phase(0, { eventP99Ms: 10 }), phase(1, { eventP99Ms: 12 }), phase(2, { eventP99Ms: 14 })];
    expect(influenceOn(phases, ({ eventP99Ms }) => eventP99Ms)).toEqual({
      withoutMs: [10, 14],
      withMs: [12],
      ratio: 1,
      withinSpread: true,
    });
  });
});
