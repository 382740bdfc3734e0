import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Script } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { post } from '../kit/raw-http.ts';
import { until, watch } from '../kit/watch.ts';

const CROWD = 100;
const PATHS = ['/v1/chat/completions', '/v1/messages'] as const;

/** Where a crowd stands when it leaves, all at once. */
interface Phase {
  readonly name: string;
  readonly script: Script;
  readonly stream: boolean;
  /** Places of the lane; who finds none waits. */
  readonly places: number;
  /** Requests that the provider gets. */
  readonly sent: number;
  /** What each has read before it leaves. */
  readonly read?: string;
}

const PHASES: readonly Phase[] = [
  { name: 'in a queue', script: { fault: 'hang-before-headers' }, stream: true, places: 1, sent: 1 },
  { name: 'before headers', script: { fault: 'hang-before-headers' }, stream: false, places: CROWD, sent: CROWD },
  { name: 'before content', script: { fault: 'stall', afterChunks: 0 }, stream: true, places: CROWD, sent: CROWD },
  {
    name: 'within a stream',
    script: { fault: 'stall', afterChunks: 2 },
    stream: true,
    places: CROWD,
    sent: CROWD,
    read: 'two',
  },
  { name: 'within a body', script: { fault: 'stall', afterChunks: 1 }, stream: false, places: CROWD, sent: CROWD },
];
const modelOf = ({ name }: Phase) => `steady-${name.replaceAll(' ', '-')}`;

const seen = watch();
const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
let house: House;
let atStart: number;

beforeAll(async () => {
  const routes = PHASES.map((phase) => {
    const limits = { concurrency: phase.places, queue: CROWD, queueWait: '60s' };
    const targets = [{ target: `alpha/${modelOf(phase)}`, limits }, `gamma/${modelOf(phase)}`];
    const timeouts = { headers: '60s', firstContent: '60s', gap: '60s' };
    return [modelOf(phase), { targets, timeouts, failover: { primaryBudget: '60s', deadline: '120s' } }];
  });
  house = await startHouse({ observer: seen.observer, routes: Object.fromEntries(routes) });
  atStart = sockets();
});

afterAll(() => house.close());

/** Asks over a socket of its own; `heard` is what came back. */
function caller(phase: Phase, at: number): { readonly socket: Socket; heard: string } {
  const { hostname, port } = new URL(house.gateway.url);
  const socket = connect({ host: hostname, port: Number(port) });
  const asking = { socket, heard: '' };
  socket.on('error', () => {});
  socket.on('data', (data) => {
    asking.heard += data.toString('latin1');
  });
  const messages = [{ role: 'user', content: '[[answer: one two three four]]' }];
  const body = { model: modelOf(phase), stream: phase.stream, max_tokens: 100, messages };
  socket.write(post(PATHS[at % 2] ?? PATHS[0], JSON.stringify(body)));
  return asking;
}

describe(`${CROWD} callers that leave at once`, () => {
  it.each(PHASES)(
    '$name: everything upstream ends, nobody is asked again or blamed, each has its row',
    async (phase) => {
      const model = modelOf(phase);
      house.simulator.script('alpha', phase.script, { model });
      const callers = Array.from({ length: CROWD }, (_, at) => caller(phase, at));
      const { clock, lanes } = house.gateway.engine;
      const lane = () => lanes.find(`alpha/${model}`)?.snapshot(clock.now());
      const hits = () => house.simulator.meter('alpha').byModel[model] ?? 0;
      await until(
        () => [hits(), lane()?.waiting ?? 0],
        ([sent, waiting]) => sent === phase.sent && (phase.places === 1 ? waiting === CROWD - 1 : true),
      );
      const { read } = phase;
      if (read !== undefined) await until(() => callers.every(({ heard }) => heard.includes(read)), Boolean);
      else await new Promise((later) => setTimeout(later, 30));

      const leftAt = performance.now();
      for (const [at, { socket }] of callers.entries()) {
        if (at % 2 === 0) socket.destroy();
        else socket.resetAndDestroy();
      }
      await until(
        () => [house.simulator.meter('alpha').concurrent, lane()?.active, lane()?.waiting],
        (left) => left.every((count) => count === 0),
      );
      const tookMs = performance.now() - leftAt;
      console.log(
        `${phase.name}: everything upstream had ended ${tookMs.toFixed(0)} ms after ${CROWD} callers had left`,
      );
      expect(tookMs).toBeLessThan(2_000);
      const gone = await until(
        () => house.reader.requests({ limit: 200, route: model, outcome: 'caller-gone' }),
        ({ rows }) => rows.length === CROWD,
      );
      expect(gone.rows.every(({ attempts }) => attempts <= 1)).toBe(true);
      expect(hits()).toBe(phase.sent);
      expect(house.simulator.meter('gamma').byModel[model]).toBeUndefined();
      expect(seen.moves).toEqual([]);
    },
  );

  it('and not a socket of them is left', async () => {
    house.simulator.closeIdleConnections();
    await until(sockets, (count) => count <= atStart);
    for (const provider of ['alpha', 'gamma']) {
      expect(house.simulator.meter(provider)).toMatchObject({ concurrent: 0, openStreams: 0 });
    }
  });
});
