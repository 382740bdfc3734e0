import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Script } from '../../src/simulator/index.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { systemChance } from '../../src/system-clock.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askBySdk, type Heard, SURFACES } from '../kit/sdk-caller.ts';

const WAYS = SURFACES.flatMap((surface) => [true, false].map((stream) => ({ surface, stream })));
type Way = (typeof WAYS)[number];
const HOSTS = ['alpha', 'beta', 'gamma'] as const;
type Host = (typeof HOSTS)[number];
const PRICE = { inputPerMillion: 1_000, outputPerMillion: 10_000 };

/** Each is the example of a section of docs/plans.md, or that with one thing changed. */
const CASES = {
  'hot-cold': { section: 'hot-cold' },
  single: { section: 'single' },
  quorum: { section: 'quorum' },
  best: { section: 'quorum', failover: { quorum: { size: 3, pick: 'best', share: 1, patience: '5s' } } },
  cascade: { section: 'cascade' },
  doubted: { section: 'cascade' },
  'same-model': { section: 'same-model' },
  hedge: { section: 'same-model', failover: { sameModel: { hedge: { after: '150ms', budget: 1 } } } },
  crowd: { section: 'quorum' },
} as const satisfies Record<string, { readonly section: string; readonly failover?: Record<string, unknown> }>;
type CaseName = keyof typeof CASES;

const page = readFileSync(new URL('../../docs/plans.md', import.meta.url), 'utf8');

interface Shown {
  readonly targets: readonly (string | { readonly weight?: number })[];
  readonly failover: Record<string, unknown>;
}

/** What is shown is what runs: the route of the example, with simulated providers in the place of the vendors'. */
function shownRoute(section: string): Shown {
  const found = page.split(/^## /m).find((text) => text.startsWith(`${section}\n`)) ?? '';
  const [, yaml = ''] = /```yaml fragment\n([\s\S]*?)```/.exec(found) ?? [];
  const [route] = Object.values<Shown>(parse(yaml)?.routes ?? {});
  if (!route) throw new Error(`docs/plans.md shows no route under ${section}`);
  return route;
}

/** Every request has lanes of its own. */
const routeName = (name: CaseName, way: Way) => `${name}.${way.surface}.${way.stream ? 'stream' : 'whole'}`;
const modelOf = (name: CaseName, way: Way) => `steady-${routeName(name, way)}`;

function routeOf(name: CaseName, way: Way) {
  const { section, failover = {} }: { section: string; failover?: Record<string, unknown> } = CASES[name];
  const shown = shownRoute(section);
  const targets = shown.targets.map((entry, at) => {
    const target = `${HOSTS[at]}/${modelOf(name, way)}`;
    return typeof entry === 'string' ? target : { ...entry, target };
  });
  const timeouts = { headers: '8s', firstContent: '8s', gap: '8s' };
  return { targets, failover: { ...shown.failover, ...failover }, timeouts };
}

let house: House;

beforeAll(async () => {
  const names = Object.keys(CASES) as CaseName[];
  const every = names.flatMap((name) => WAYS.map((way) => ({ name, way })));
  const models = Object.fromEntries(every.map(({ name, way }) => [modelOf(name, way), { price: PRICE }]));
  house = await startHouse({
    routes: Object.fromEntries(every.map(({ name, way }) => [routeName(name, way), routeOf(name, way)])),
    providers: { alpha: { models }, beta: { models }, gamma: { models } },
    // Every draw is low: each request is in the share of a quorum, and the first host of a balance is drawn.
    chance: { next: () => 0.01, newId: systemChance.newId },
  });
});
afterAll(() => house.close());

const says = (answer: string, delayMs = 0): Script => ({ fault: 'none', answer, delayMs });
const slow: Script = { fault: 'slow-first-content', ms: 6_000 };
const refuses: Script = { fault: 'status', status: 401 };

/** One request of a case, with what the providers do about it. */
class Play {
  readonly #name: CaseName;
  readonly #way: Way;
  readonly #before = billed();

  constructor(name: CaseName, way: Way, scripts: Partial<Record<Host, Script | readonly Script[]>>) {
    this.#name = name;
    this.#way = way;
    for (const [host, script] of Object.entries(scripts)) house.simulator.script(host, script, { model: this.model });
  }

  get model(): string {
    return modelOf(this.#name, this.#way);
  }

  ask(): Promise<Heard> {
    const { surface, stream } = this.#way;
    const extra = surface === 'openai-chat' ? {} : { max_tokens: 100 };
    return askBySdk(house.gateway.url, {
      surface,
      stream,
      model: routeName(this.#name, this.#way),
      prompt: 'Say it.',
      extra,
    });
  }

  /** What the provider saw of it. */
  log(host: Host) {
    return house.simulator.meter(host).requestLog.filter(({ model }) => model === this.model);
  }

  /** Waits until the provider has seen its one request closed before its end. */
  closedAt(host: Host) {
    return eventually(
      () => this.log(host).map(({ closedByClientAfterMs }) => closedByClientAfterMs !== undefined),
      [true],
    );
  }

  async stored(): Promise<StoredRequest> {
    const look = () => house.reader.requests({ limit: 1, route: routeName(this.#name, this.#way) });
    const { rows } = await eventually(look, (seen) => seen.rows.length === 1);
    const found = await house.reader.request(rows[0]?.requestId ?? '');
    if (!found) throw new Error('the request is not in the ledger');
    return found;
  }

  /** By the providers' own meters. */
  get cost(): number {
    return billed() - this.#before;
  }
}

function billed(): number {
  return HOSTS.reduce((sum, host) => {
    const { inputTokens, outputTokens } = house.simulator.meter(host);
    return sum + (inputTokens * PRICE.inputPerMillion + outputTokens * PRICE.outputPerMillion) / 1e6;
  }, 0);
}

describe.each(WAYS)('$surface, stream: $stream', (way) => {
  it('hot-cold: the next target answers, and the answer is degraded', async () => {
    const play = new Play('hot-cold', way, { alpha: refuses, beta: says('from beta') });
    const heard = await play.ask();
    expect(heard).toMatchObject({ text: 'from beta', thrown: undefined });
    expect(heard.understudy).toMatchObject({ served_by: `beta/${play.model}`, degraded: true });
  });

  it('single: the primary alone is asked', async () => {
    const play = new Play('single', way, { alpha: refuses });
    expect((await play.ask()).thrown).toMatchObject({ status: 503 });
    expect(play.log('alpha')).toHaveLength(1);
  });

  it('quorum: the first to answer is taken, the socket of the other is closed, and it is no fault', async () => {
    const play = new Play('quorum', way, { alpha: slow, beta: says('from beta') });
    const heard = await play.ask();
    expect(heard).toMatchObject({ text: 'from beta', thrown: undefined });
    expect(heard.understudy).toMatchObject({ served_by: `beta/${play.model}`, attempts: 2 });
    expect(heard.understudy?.degraded).not.toBe(true);
    await play.closedAt('alpha');
    const { attemptRows, decisions } = await play.stored();
    const verdict = `outrun by beta/${play.model}`;
    expect(attemptRows).toMatchObject([
      { target: `alpha/${play.model}`, state: 'unknown', fault: { kind: 'outrun' }, verdict },
      { target: `beta/${play.model}`, state: 'settled' },
    ]);
    expect(decisions).toContainEqual(expect.objectContaining({ type: 'quorum', size: 2, asked: 2 }));
    expect(play.log('gamma')).toEqual([]);
  });

  it('quorum, best: all are heard, one is given, and the bill is what the providers counted', async () => {
    const scripts = { alpha: says('one', 100), beta: says('two', 50), gamma: says('three') };
    const play = new Play('best', way, scripts);
    expect(await play.ask()).toMatchObject({ text: 'one', thrown: undefined });
    const row = await play.stored();
    expect(row.attemptRows.map(({ state }) => state)).toEqual(['settled', 'settled', 'settled']);
    expect(row.costUsd).toBeCloseTo(play.cost, 9);
    expect(row.costUsd).toBeGreaterThan(0);
  });

  it('cascade: an answer that its own target doubts is not given; it is billed and shown', async () => {
    const scripts = { alpha: [says('a guess'), says('No.')], beta: [says('surely'), says('Yes.')] };
    const play = new Play('cascade', way, scripts);
    const heard = await play.ask();
    expect(heard).toMatchObject({ text: 'surely', thrown: undefined });
    expect(heard.understudy).toMatchObject({ served_by: `beta/${play.model}`, attempts: 4 });
    expect(heard.understudy?.degraded).not.toBe(true);
    const row = await play.stored();
    expect(row.attemptRows[0]).toMatchObject({ state: 'settled', verdict: 'rejected: self-check: No.' });
    expect(row.costUsd).toBeCloseTo(play.cost, 9);
    expect(play.log('gamma')).toEqual([]);
  });

  it('cascade: a doubted answer is given after all when nobody else serves', async () => {
    const scripts = { alpha: [says('a guess'), says('No.')], beta: refuses, gamma: refuses };
    const heard = await new Play('doubted', way, scripts).ask();
    expect(heard).toMatchObject({ text: 'a guess', thrown: undefined });
    expect(heard.understudy).toMatchObject({ degraded: true, degraded_reason: 'unconfident' });
  });

  it('same-model: the other host takes over, and the answer is not degraded', async () => {
    const play = new Play('same-model', way, { alpha: refuses, beta: says('from beta') });
    const heard = await play.ask();
    expect(heard).toMatchObject({ text: 'from beta', thrown: undefined });
    expect(heard.understudy?.degraded).not.toBe(true);
    expect((await play.stored()).failover).toMatchObject({ target: `beta/${play.model}` });
  });

  it('same-model: a hedge answers for a host that is late, whose socket is closed', async () => {
    const play = new Play('hedge', way, { alpha: slow, beta: says('from beta') });
    expect(await play.ask()).toMatchObject({ text: 'from beta', thrown: undefined });
    await play.closedAt('alpha');
    const { attemptRows, decisions } = await play.stored();
    expect(attemptRows[0]).toMatchObject({ state: 'unknown', verdict: `outrun by beta/${play.model}` });
    expect(decisions).toContainEqual(
      expect.objectContaining({ type: 'hedged', target: `beta/${play.model}`, afterMs: 150 }),
    );
  });
});

describe('the lanes after requests whose losers were cancelled', () => {
  it('carry nothing, and are open', async () => {
    const play = new Play('crowd', { surface: 'openai-chat', stream: true }, { alpha: slow, beta: says('from beta') });
    const heard = await Promise.all(Array.from({ length: 20 }, () => play.ask()));
    expect(heard.every(({ text }) => text === 'from beta')).toBe(true);
    const { lanes, clock } = house.gateway.engine;
    const own = () => lanes.snapshots(clock.now()).filter(({ lane }) => lane.includes(play.model));
    const idle = await eventually(own, (seen) => seen.every(({ active, waiting }) => active === 0 && waiting === 0));
    expect(idle.length).toBeGreaterThanOrEqual(2);
    expect(new Set(idle.map(({ breaker }) => breaker.state))).toEqual(new Set(['closed']));
  });
});
