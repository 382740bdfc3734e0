import { describe, expect, it } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { structuralGrades } from '../../src/engine/grader.ts';
import type { StatusNote } from '../../src/engine/ports.ts';
import type { Route } from '../../src/engine/route.ts';
import type { RunResult } from '../../src/engine/run.ts';
import type { ScorePolicy } from '../../src/resilience/score.ts';
import { chatRequest, engine, route, routeTarget } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const ok = (text: string, afterMs = 100): Act => ({ kind: 'answer', text, afterMs });
const DOWN: Act = { kind: 'status', status: 503 };
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const MINUTE = 60_000;
const SCORE: ScorePolicy = {
  weights: { latency: 0.9, failure: 3, cost: 0.1 },
  gain: 0.25,
  dwellMs: 3 * MINUTE,
  windowMs: 5 * MINUTE,
  samples: 10,
};

/** Two targets whose behaviour a test changes as it goes, and the pages of their vendors. */
function world() {
  const acts: Record<string, () => Act> = { alpha: () => ok('alpha'), beta: () => ok('beta') };
  const pages: Record<string, StatusNote['state']> = {};
  const made = engine({
    'alpha/one': () => acts.alpha?.() ?? DOWN,
    'beta/two': () => acts.beta?.() ?? DOWN,
  });
  const { clock } = made;
  const of = ({ provider }: { provider: string }): StatusNote | undefined => {
    const state = pages[provider];
    return state && { state, about: 'Chat', readAt: clock.now() };
  };
  Object.assign(made.deps, { status: { of } });
  return { ...made, acts, pages };
}

type World = ReturnType<typeof world>;

interface Served {
  readonly by: string;
  readonly cause: string | undefined;
  readonly text: string;
}

async function ask(of: World, house: Route, messages?: readonly object[], options = {}): Promise<Served> {
  const seen = of.send(house, chatRequest(messages ? { messages } : {}, options));
  return told(await of.clock.until(seen.result), seen.events);
}

function told(result: RunResult, events: readonly { readonly type: string }[]): Served {
  if (result.kind !== 'served') throw new Error(`not served: ${JSON.stringify(result)}`);
  const text = events.map((event) => ('text' in event ? String(event.text) : '')).join('');
  return { by: result.summary.servedBy, cause: result.summary.degraded?.cause, text };
}

/** A request each `everyMs`, each a conversation of its own. Gives who served them. */
async function load(of: World, house: Route, forMs: number, everyMs = 1_000): Promise<Served[]> {
  const served: Promise<Served>[] = [];
  for (let at = 0; at < forMs; at += everyMs) {
    const seen = of.send(house);
    served.push(seen.result.then((result) => told(result, seen.events)));
    await of.clock.advance(everyMs);
  }
  return of.clock.until(Promise.all(served));
}

const lastDecision = (of: World) => of.ledger.ended.at(-1)?.decisions.find((decision) => decision.type === 'preferred');
const share = (served: readonly Served[], by: string) => served.filter((one) => one.by === by).length / served.length;

/** The messages of a conversation so far, with one more of its user's. */
class Talk {
  readonly messages: object[] = [];

  async say(of: World, house: Route, content: string, options = {}): Promise<Served> {
    this.messages.push({ role: 'user', content });
    const served = await ask(of, house, this.messages, options);
    this.messages.push({ role: 'assistant', content: served.text });
    return served;
  }
}

describe('the score', () => {
  const house = route([A, B], { score: SCORE });

  it('moves new conversations from a primary that is slow for minutes, and says why', async () => {
    const here = world();
    await load(here, house, 6 * MINUTE);
    here.acts.alpha = () => ok('alpha', 500);
    const slow = await load(here, house, 6 * MINUTE);
    expect(slow.slice(0, 100).every((one) => one.by === 'alpha/one' || one.cause === 'score')).toBe(true);
    const after = await load(here, house, MINUTE);
    expect(share(after, 'beta/two')).toBeGreaterThan(0.9);
    expect(after.filter((one) => one.by === 'beta/two').every((one) => one.cause === 'score')).toBe(true);
    const row = here.ledger.ended.findLast(({ servedBy }) => servedBy === 'beta/two');
    const moved = row?.decisions.find((decision) => decision.type === 'preferred');
    expect(moved).toMatchObject({ why: 'score', target: 'beta/two' });
    expect(moved?.type === 'preferred' && moved.numbers.latency).toBeGreaterThan(3);
    expect(row?.failover).toMatchObject({ primary: 'alpha/one', error: 'score' });
  });

  it('brings them back once the primary is well for a dwell', async () => {
    const here = world();
    await load(here, house, 6 * MINUTE);
    here.acts.alpha = () => ok('alpha', 500);
    await load(here, house, 8 * MINUTE);
    here.acts.alpha = () => ok('alpha');
    await load(here, house, 10 * MINUTE);
    expect(share(await load(here, house, MINUTE), 'alpha/one')).toBeGreaterThan(0.9);
  });

  it('asks no more than one request in twenty elsewhere while all is well', async () => {
    const here = world();
    const served = await load(here, house, 20 * MINUTE);
    const elsewhere = served.filter((one) => one.by !== 'alpha/one');
    expect(elsewhere.length).toBeGreaterThan(40);
    expect(elsewhere.length / served.length).toBeLessThanOrEqual(1 / 20);
    expect(elsewhere.every((one) => one.cause === 'score')).toBe(true);
  });

  it('moves nothing where the traffic is too little to know', async () => {
    const here = world();
    here.acts.alpha = () => ok('alpha', 600);
    const served = await load(here, house, 60 * MINUTE, 20_000);
    expect(share(served, 'alpha/one')).toBeGreaterThan(0.9);
  });

  it('measures and moves nothing where it is off', async () => {
    const here = world();
    here.acts.alpha = () => ok('alpha', 600);
    const off = route([A, B]);
    expect(share(await load(here, off, 15 * MINUTE), 'alpha/one')).toBe(1);
    expect(here.deps.preference.scoresOf(off, here.clock.now())).toBeUndefined();
  });

  it('is nothing degraded between hosts of one model', async () => {
    const here = world();
    const same = route(
      [routeTarget('alpha/one', { of: { sameModel: 'm' } }), routeTarget('beta/two', { of: { sameModel: 'm' } })],
      { score: SCORE },
    );
    here.acts.alpha = () => ok('alpha', 600);
    const served = await load(here, same, 12 * MINUTE);
    expect(share(served.slice(-60), 'beta/two')).toBeGreaterThan(0.9);
    expect(served.every((one) => one.cause === undefined)).toBe(true);
    expect(here.ledger.ended.every((row) => row.failover === undefined)).toBe(true);
  });

  it('leaves running conversations where they are', async () => {
    const here = world();
    const talk = new Talk();
    await talk.say(here, house, 'Hello');
    here.acts.alpha = () => ok('alpha', 600);
    await load(here, house, 12 * MINUTE);
    expect((await talk.say(here, house, 'And now?')).by).toBe('alpha/one');
    expect((await ask(here, house)).by).toBe('beta/two');
  });

  it('of a route that was reloaded is the same as long as its targets are', async () => {
    const here = world();
    const at = here.clock.now();
    const scores = here.deps.preference.scoresOf(house, at);
    expect(here.deps.preference.scoresOf({ ...house, reserve: 0.5 }, at)).toBe(scores);
    expect(here.deps.preference.scoresOf({ ...house, targets: [B, A] }, at)).not.toBe(scores);
  });
});

describe('a status page', () => {
  const house = route([A, B]);

  it('that tells of an outage puts the others first', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    expect(await ask(here, house)).toMatchObject({ by: 'beta/two', cause: 'status-page' });
    expect(lastDecision(here)).toMatchObject({
      why: 'status-page',
      detail: expect.stringMatching(/alpha\/one: outage \(Chat\)/),
    });
    expect(here.upstream.to('alpha/one')).toHaveLength(0);
  });

  it('is no verdict: where nobody else can, the target is asked', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    here.acts.beta = () => DOWN;
    expect(await ask(here, route([A, B], { attempts: 1 }))).toMatchObject({ by: 'alpha/one', cause: undefined });
  });

  it('that speaks against everybody changes nothing', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    here.pages.beta = 'partial';
    expect(await ask(here, house)).toMatchObject({ by: 'alpha/one', cause: undefined });
    expect(lastDecision(here)).toBeUndefined();
  });

  it('is contradicted by answers: a healthy lane stays where it is', async () => {
    const here = world();
    await load(here, house, 10_000);
    here.pages.alpha = 'outage';
    expect(share(await load(here, house, 10 * MINUTE), 'alpha/one')).toBe(1);
  });

  it('that is wrong holds a lane no longer than until its next probe', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    const served = await load(here, house, 2 * MINUTE);
    expect(served.slice(0, 30).every((one) => one.by === 'beta/two')).toBe(true);
    expect(share(served.slice(32), 'alpha/one')).toBe(1);
  });

  it('that is right costs one request in half a minute', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    here.acts.alpha = () => DOWN;
    const served = await load(here, route([A, B], { attempts: 1 }), 5 * MINUTE);
    expect(share(served, 'beta/two')).toBe(1);
    expect(here.upstream.to('alpha/one').length).toBeLessThanOrEqual(10);
  });

  it('that clears gives the order back at once', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    expect((await ask(here, house)).by).toBe('beta/two');
    here.pages.alpha = 'operational';
    expect((await ask(here, house)).by).toBe('alpha/one');
  });

  it('that can no longer be read says nothing', async () => {
    const here = world();
    here.pages.alpha = 'unknown';
    expect((await ask(here, house)).by).toBe('alpha/one');
  });

  it('moves a running conversation too: its target is in doubt', async () => {
    const here = world();
    const talk = new Talk();
    await talk.say(here, house, 'Hello');
    await here.clock.advance(5 * MINUTE);
    here.pages.alpha = 'outage';
    expect(await talk.say(here, house, 'And now?')).toMatchObject({ by: 'beta/two', cause: 'status-page' });
  });

  it('counts among hosts of one model, whatever their balance', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    const of = { sameModel: 'm' };
    const policy = { kind: 'same-model', balance: 'weighted' } as const;
    const hosts = [routeTarget('alpha/one', { of, weight: 9 }), routeTarget('beta/two', { of, weight: 1 })];
    const served = await load(here, route(hosts, { policy }), 20_000);
    expect(share(served, 'beta/two')).toBe(1);
    expect(served.every((one) => one.cause === undefined)).toBe(true);
  });

  it('counts in a cascade', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    const policy = { kind: 'cascade', stepBudgetMs: 8_000, onRefusal: 'serve' } as const;
    expect((await ask(here, route([A, B], { policy }))).by).toBe('beta/two');
  });

  it('does not move who asked for one target', async () => {
    const here = world();
    here.pages.alpha = 'outage';
    expect((await ask(here, house, undefined, { pin: 'alpha/one' })).by).toBe('alpha/one');
  });
});

describe('a running conversation', () => {
  const house = route([A, B], { attempts: 1 });

  /** One that came to the second target in an outage that is over, and its breaker closed. */
  async function moved(over: Partial<Route> = {}) {
    const here = world();
    const talk = new Talk();
    const at = { ...house, ...over };
    await talk.say(here, at, 'Hello');
    here.acts.alpha = () => DOWN;
    expect(await talk.say(here, at, 'Still there?')).toMatchObject({ by: 'beta/two', cause: 'server-error' });
    here.acts.alpha = () => ok('alpha');
    return { here, talk, at };
  }

  it('stays with the target that came to serve it; new ones go to the primary', async () => {
    const { here, talk, at } = await moved();
    expect(await talk.say(here, at, 'And now?')).toMatchObject({ by: 'beta/two', cause: 'affinity' });
    expect(lastDecision(here)).toMatchObject({ why: 'affinity', numbers: { turns: 1 } });
    expect((await ask(here, at)).by).toBe('alpha/one');
    await talk.say(here, at, 'And now?');
    expect(lastDecision(here)).toMatchObject({ why: 'affinity', numbers: { turns: 2 } });
  });

  it('goes to the next target when its own fails, and stays with the primary then', async () => {
    const { here, talk, at } = await moved();
    here.acts.beta = () => DOWN;
    expect(await talk.say(here, at, 'And now?')).toMatchObject({ by: 'alpha/one', cause: undefined });
    here.acts.beta = () => ok('beta');
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
  });

  it('goes back when it was away for long', async () => {
    const { here, talk, at } = await moved();
    for (let turn = 0; turn < 5; turn += 1) {
      await here.clock.advance(5 * MINUTE);
      expect((await talk.say(here, at, 'And now?')).by).toBe('beta/two');
    }
    await here.clock.advance(5 * MINUTE);
    expect(await talk.say(here, at, 'And now?')).toMatchObject({ by: 'alpha/one', cause: undefined });
    expect(lastDecision(here)).toMatchObject({ why: 'failback', target: 'alpha/one' });
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
  });

  it('goes back when that is cheaper, its cold prompt cache included', async () => {
    const { here, talk, at } = await moved();
    const dollars: Record<string, number> = { alpha: 1, beta: 3 };
    const price: typeof here.deps.price = ({ provider }, { outputTokens = 0 }) =>
      outputTokens * (dollars[provider] ?? 0);
    Object.assign(here.deps, { price });
    expect(await talk.say(here, at, 'And now?')).toMatchObject({ by: 'alpha/one', cause: undefined });
    expect(lastDecision(here)).toMatchObject({ why: 'failback', numbers: { turns: 1 } });
  });

  it('does not go back to a primary that is just coming back: the ramp is for new ones', async () => {
    const { here, talk, at } = await moved({ affinity: { keepMs: 3_600_000, maxAgeMs: 1 } });
    const lane = here.deps.lanes.of(A, here.clock.now());
    lane.openFor(here.clock.now(), 1_000);
    await here.clock.advance(1_000);
    expect(lane.breakerState(here.clock.now())).toBe('half-open');
    expect(await talk.say(here, at, 'And now?')).toMatchObject({ by: 'beta/two', cause: 'affinity' });
    await ask(here, at);
    expect(lane.breakerState(here.clock.now())).toBe('ramping');
    expect((await talk.say(here, at, 'And now?')).by).toBe('beta/two');
    await here.clock.advance(MINUTE);
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
  });

  it('that was silent for too long is the primary’s', async () => {
    const { here, talk, at } = await moved({ affinity: { keepMs: MINUTE, maxAgeMs: 3_600_000 } });
    await here.clock.advance(MINUTE + 1);
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
  });

  it('has no more time at its target than it would have at the primary', async () => {
    const { here, talk, at } = await moved();
    here.acts.beta = () => ({ kind: 'hang' });
    const from = here.clock.now();
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
    expect(here.clock.now() - from).toBeLessThan(9_000);
  });

  it('that one of several served which were asked at once is not moved by it', async () => {
    const here = world();
    here.acts.alpha = () => ok('alpha', 900);
    const talk = new Talk();
    const policy = {
      kind: 'quorum',
      size: 2,
      pick: 'first',
      share: 1,
      patienceMs: 0,
      grader: structuralGrades,
    } as const;
    const asked = { ...house, policy };
    expect((await talk.say(here, asked, 'Hello')).by).toBe('beta/two');
    expect((await talk.say(here, house, 'And now?')).by).toBe('alpha/one');
  });

  it('follows the order of the route where affinity is off', async () => {
    const { here, talk, at } = await moved({ affinity: 'off' });
    expect((await talk.say(here, at, 'And now?')).by).toBe('alpha/one');
  });

  it('is known by the name that its caller gives it, even where the history was rewritten', async () => {
    const here = world();
    here.acts.alpha = () => DOWN;
    const named = { conversation: 'c-1' };
    expect((await ask(here, house, [{ role: 'user', content: 'Hello' }], named)).by).toBe('beta/two');
    here.acts.alpha = () => ok('alpha');
    const rewritten = [
      { role: 'user', content: 'Summary.' },
      { role: 'assistant', content: 'Noted.' },
      { role: 'user', content: 'And now?' },
    ];
    expect((await ask(here, house, rewritten)).by).toBe('alpha/one');
    expect(await ask(here, house, rewritten, named)).toMatchObject({ by: 'beta/two', cause: 'affinity' });
    here.acts.beta = () => DOWN;
    expect((await ask(here, house, rewritten, named)).by).toBe('alpha/one');
    here.acts.beta = () => ok('beta');
    expect((await ask(here, house, rewritten, named)).by).toBe('alpha/one');
  });

  it('that has a name is found by it alone, whatever of it is sent', async () => {
    const here = world();
    here.acts.alpha = () => DOWN;
    const named = { conversation: 'c-1' };
    await ask(here, house, [{ role: 'user', content: 'Hello' }], named);
    here.acts.alpha = () => ok('alpha');
    const news = [{ role: 'user', content: 'And now?' }];
    expect((await ask(here, house, news, named)).by).toBe('beta/two');
    expect((await ask(here, house, news, { conversation: 'c-2' })).by).toBe('alpha/one');
  });

  it('of a caller that refuses degraded answers goes to the primary', async () => {
    const { here, talk, at } = await moved();
    expect((await talk.say(here, at, 'And now?', { quality: 'strict' })).by).toBe('alpha/one');
  });

  it('in another dialect is the same conversation', async () => {
    const here = world();
    here.acts.alpha = () => DOWN;
    const messages: object[] = [{ role: 'user', content: 'Hello' }];
    const asked = (list: object[]) => {
      const body = { model: 'reply', max_tokens: 9, messages: list };
      const seen = here.send(
        house,
        dialectKits.caller('anthropic-messages').decodeRequest(JSON.parse(JSON.stringify(body)), {}),
      );
      return here.clock.until(seen.result).then((result) => told(result, seen.events));
    };
    const first = await asked(messages);
    expect(first.by).toBe('beta/two');
    here.acts.alpha = () => ok('alpha');
    messages.push({ role: 'assistant', content: [{ type: 'text', text: first.text }] }, { role: 'user', content: 'x' });
    expect(await asked(messages)).toMatchObject({ by: 'beta/two', cause: 'affinity' });
  });
});
