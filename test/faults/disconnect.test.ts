import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Chance } from '../../src/engine/ports.ts';
import type { Meter, Script } from '../../src/simulator/index.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { systemChance } from '../../src/system-clock.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { parseResponses, post } from '../kit/raw-http.ts';
import { SURFACES } from '../kit/sdk-caller.ts';
import { until, watch } from '../kit/watch.ts';

const ROUNDS = 4;
/** Longest time from the caller's leaving to the provider's noticing. */
const CLOSED_WITHIN_MS = 100;
const PATHS = { 'openai-chat': '/v1/chat/completions', 'anthropic-messages': '/v1/messages' } as const;
const WAYS = SURFACES.flatMap((surface) =>
  (['stream', 'whole'] as const).flatMap((mode) =>
    (['alpha', 'beta'] as const).map((primary) => ({ surface, mode, primary })),
  ),
);
type Way = (typeof WAYS)[number];

/** What is to be seen of a request before its caller leaves. */
interface Sight {
  readonly received: string;
  /** Of the primary's model. */
  readonly meter: Meter;
  readonly hits: number;
  readonly lane: { readonly active: number; readonly waiting: number } | undefined;
}

interface Phase {
  readonly name: string;
  readonly script: Script;
  readonly modes?: readonly ('stream' | 'whole')[];
  reached(sight: Sight): boolean;
  /** The only attempt, if there was one. */
  readonly attempt: Record<string, unknown> | undefined;
  /** A request is open at the provider, and has to be closed there. */
  readonly upstreamOpen: boolean;
}

const GONE = { fault: { kind: 'caller-gone' }, verdict: 'stop: caller-gone', committed: false };
const PHASES: readonly Phase[] = [
  {
    name: 'in a backoff',
    script: { fault: 'status', status: 503 },
    reached: ({ hits, meter, lane }) => hits === 1 && meter.concurrent === 0 && lane?.active === 0,
    attempt: { fault: { kind: 'server-error' }, verdict: expect.stringMatching(/^retry-same after \d+ ms/) },
    upstreamOpen: false,
  },
  {
    name: 'before the headers of the provider',
    script: { fault: 'hang-before-headers' },
    reached: ({ hits }) => hits === 1,
    attempt: GONE,
    upstreamOpen: true,
  },
  {
    name: 'before the first content',
    script: { fault: 'stall', afterChunks: 0 },
    reached: ({ hits }) => hits === 1,
    attempt: GONE,
    upstreamOpen: true,
  },
  {
    name: 'in the middle of a stream',
    script: { fault: 'stall', afterChunks: 3 },
    modes: ['stream'],
    reached: ({ received }) => received.includes('three'),
    attempt: { ...GONE, verdict: 'after the commit point: error', committed: true, state: 'unknown' },
    upstreamOpen: true,
  },
  {
    name: 'in the middle of a stream that flows',
    script: { fault: 'slow-drip', msPerChunk: 150 },
    modes: ['stream'],
    reached: ({ received }) => received.includes('two'),
    attempt: { ...GONE, verdict: 'after the commit point: error', committed: true, state: 'unknown' },
    upstreamOpen: true,
  },
  {
    name: 'in the middle of a whole answer',
    script: { fault: 'stall', afterChunks: 1 },
    modes: ['whole'],
    reached: ({ hits }) => hits === 1,
    attempt: GONE,
    upstreamOpen: true,
  },
];
const EVERY = PHASES.flatMap((phase) =>
  WAYS.filter(({ mode }) => phase.modes?.includes(mode) ?? true).map((way) => ({ phase, way })),
);

/** Backoff of nearly a second: time enough to leave in it. */
const chance: Chance = { next: () => 0.9, newId: systemChance.newId };
const seen = watch();
let house: House;
let atStart: number;

const nameOf = ({ surface, mode, primary }: Way) => `${primary}.${surface === 'openai-chat' ? 'o' : 'a'}.${mode}`;
const routeOf = (phase: string, way: Way, round: number) => `${phase.replaceAll(' ', '-')}.${nameOf(way)}.${round}`;
const modelOf = (route: string) => `steady-${route}`;

/** Sockets of this process, of both sides. */
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

beforeAll(async () => {
  const routes: Record<string, unknown> = {};
  const phases = [...PHASES.map(({ name }) => name), 'in the queue', 'after the last byte'];
  for (const phase of phases) {
    for (const way of WAYS) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const route = routeOf(phase, way, round);
        const limits = { concurrency: 1, queue: 10, queueWait: '60s' };
        routes[route] = {
          targets: [{ target: `${way.primary}/${modelOf(route)}`, limits }, `gamma/${modelOf(route)}`],
          timeouts: { headers: '60s', firstContent: '60s', gap: '60s' },
          failover: { primaryBudget: '60s', deadline: '120s' },
        };
      }
    }
  }
  house = await startHouse({ chance, observer: seen.observer, routes });
  atStart = sockets();
});

afterAll(() => house.close());

/** A request over a socket of its own. */
class RawCaller {
  readonly socket: Socket;
  received = '';

  constructor(at: House, way: Way, route: string) {
    const { hostname, port } = new URL(at.gateway.url);
    this.socket = connect({ host: hostname, port: Number(port) });
    this.socket.on('error', () => {});
    this.socket.on('data', (data) => {
      this.received += data.toString('latin1');
    });
    const body = {
      model: route,
      stream: way.mode === 'stream',
      max_tokens: 500,
      messages: [{ role: 'user', content: '[[answer: one two three four five six seven eight]]' }],
    };
    this.socket.write(post(PATHS[way.surface], JSON.stringify(body)));
  }

  /** Gone without a word, or with a reset. Gives the moment, in milliseconds since 1970. */
  leave(round: number): number {
    if (round % 2 === 0) this.socket.destroy();
    else this.socket.resetAndDestroy();
    return Date.now();
  }
}

function look(way: Way, route: string, caller: RawCaller): Sight {
  const { clock, lanes } = house.gateway.engine;
  const meter = house.simulator.meter(way.primary);
  const lane = lanes.find(`${way.primary}/${modelOf(route)}`)?.snapshot(clock.now());
  return { received: caller.received, meter, hits: meter.byModel[modelOf(route)] ?? 0, lane };
}

async function rowOf(route: string, outcome: StoredRequest['outcome']): Promise<StoredRequest> {
  const page = await until(
    () => house.reader.requests({ limit: 10, route }),
    ({ rows }) => rows.some((row) => row.outcome === outcome),
  );
  const id = page.rows.find((row) => row.outcome === outcome)?.requestId ?? '';
  const row = await house.reader.request(id);
  if (!row) throw new Error(`no row for ${route}`);
  return row;
}

function expectUntouched(way: Way, route: string, hits: number): void {
  const { clock, lanes } = house.gateway.engine;
  const primary = `${way.primary}/${modelOf(route)}`;
  expect(house.simulator.meter(way.primary).byModel[modelOf(route)] ?? 0, 'requests at the primary').toBe(hits);
  expect(house.simulator.meter('gamma').byModel[modelOf(route)], 'requests at the secondary').toBeUndefined();
  expect(lanes.find(primary)?.snapshot(clock.now())).toMatchObject({
    active: 0,
    waiting: 0,
    breaker: { state: 'closed' },
  });
  expect(seen.moves.filter((move) => move.startsWith(primary))).toEqual([]);
}

/** How long the provider's side of the connection stood after the caller had left, as the provider tells it. */
async function lagOf(way: Way, route: string, leftAt: number): Promise<number> {
  const mine = await until(
    () => house.simulator.meter(way.primary).requestLog.find(({ model }) => model === modelOf(route)),
    (entry) => entry?.closedByClientAfterMs !== undefined,
  );
  return (mine?.at ?? 0) + (mine?.closedByClientAfterMs ?? 0) - leftAt;
}

async function leaveIn(phase: Phase, way: Way, round: number): Promise<number> {
  const route = routeOf(phase.name, way, round);
  house.simulator.script(way.primary, phase.script, { model: modelOf(route) });
  const caller = new RawCaller(house, way, route);
  await until(() => look(way, route, caller), phase.reached);
  // The provider has the request; what it sent at once has to arrive as well.
  await new Promise((later) => setTimeout(later, 15));
  const leftAt = caller.leave(round);
  const row = await rowOf(route, 'caller-gone');
  expect(row.attemptRows).toMatchObject(phase.attempt ? [phase.attempt] : []);
  expect(row.attemptRows).toHaveLength(phase.attempt ? 1 : 0);
  expect(row.failover).toBeUndefined();
  const lag = phase.upstreamOpen ? await lagOf(way, route, leftAt) : 0;
  if (phase.upstreamOpen) measured.push(lag);
  expectUntouched(way, route, 1);
  const { clock, lanes } = house.gateway.engine;
  const failed = phase.upstreamOpen ? 0 : 1;
  const lane = lanes.find(`${way.primary}/${modelOf(route)}`)?.snapshot(clock.now());
  expect(lane?.breaker.windowFailed, 'failures that the breaker has counted').toBe(failed);
  return lag;
}

/** Every lag that was measured, for the figure at the end. */
const measured: number[] = [];

describe('a caller that leaves', () => {
  it.each(EVERY)(
    '$phase.name ($way.primary, $way.surface, $way.mode): everything upstream ends at once',
    async ({ phase, way }) => {
      const lags: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) lags.push(await leaveIn(phase, way, round));
      const median = lags.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)];
      expect(median, `of ${lags.join(', ')} ms`).toBeLessThanOrEqual(CLOSED_WITHIN_MS);
    },
  );

  it.each(WAYS)('in the queue of a lane ($primary, $surface, $mode): nothing is ever sent', async (way) => {
    const route = routeOf('in the queue', way, 0);
    house.simulator.script(way.primary, { fault: 'hang-before-headers' }, { model: modelOf(route) });
    const first = new RawCaller(house, way, route);
    await until(
      () => look(way, route, first),
      ({ hits }) => hits === 1,
    );
    const waiting = Array.from({ length: ROUNDS }, () => new RawCaller(house, way, route));
    await until(
      () => look(way, route, first),
      ({ lane }) => lane?.waiting === ROUNDS,
    );
    for (const [round, caller] of waiting.entries()) caller.leave(round);
    await until(
      () => look(way, route, first),
      ({ lane }) => lane?.waiting === 0,
    );
    const row = await rowOf(route, 'caller-gone');
    expect(row).toMatchObject({ attempts: 0, attemptRows: [] });
    expect(row.decisions).toContainEqual(expect.objectContaining({ type: 'waited', why: 'gate' }));
    // The place that the first one held is free again, and was given to nobody who had left.
    first.leave(0);
    await until(
      () => house.reader.requests({ limit: 10, route, outcome: 'caller-gone' }),
      ({ rows }) => rows.length === ROUNDS + 1,
    );
    expectUntouched(way, route, 1);
  });

  it.each(WAYS)('after the last byte ($primary, $surface, $mode): it was served, and nothing is cut', async (way) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const route = routeOf('after the last byte', way, round);
      const caller = new RawCaller(house, way, route);
      await until(
        () => parseResponses(caller.received).responses.length,
        (complete) => complete === 1,
      );
      caller.leave(round);
      const row = await rowOf(route, 'served');
      expect(row.attemptRows).toMatchObject([{ state: 'settled', committed: way.mode === 'stream' }]);
      const log = house.simulator.meter(way.primary).requestLog.find(({ model }) => model === modelOf(route));
      expect(log).toMatchObject({ outcome: 'served' });
      expect(log?.closedByClientAfterMs).toBeUndefined();
      expectUntouched(way, route, 1);
    }
  });

  it('no request, place, stream or socket is left behind by any of them', async () => {
    const ordered = measured.sort((a, b) => a - b).map(Math.round);
    const at = (share: number) => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))];
    console.log(
      `upstream closed after the caller left, ms: n ${ordered.length}, median ${at(0.5)}, p95 ${at(0.95)}, most ${at(1)}`,
    );
    const { clock, lanes } = house.gateway.engine;
    const busy = lanes.snapshots(clock.now()).filter(({ active, waiting }) => active + waiting > 0);
    expect(busy).toEqual([]);
    for (const provider of ['alpha', 'beta', 'gamma']) {
      expect(house.simulator.meter(provider)).toMatchObject({ concurrent: 0, openStreams: 0 });
    }
    // Kept connections to the providers would stay for a while, and are no loss.
    house.simulator.closeIdleConnections();
    await until(sockets, (count) => count <= atStart);
    expect((await house.reader.requests({ limit: 1, outcome: 'running' })).rows).toEqual([]);
    expect(await house.gateway.drain(0, 1_000), 'all requests had ended').toBe(true);
  });
});
