import { describe, expect, it } from 'vitest';
import { route, routeTarget } from '../../test/kit/engine-kit.ts';
import type { Target } from '../model/target.ts';
import type { Usage } from '../model/usage.ts';
import { NO_DEMANDS, type RouteSpending, type UseLimits } from './demands.ts';
import type { Candidate } from './eligibility.ts';
import type { Needs } from './needs.ts';
import { ASSUMED_OUTPUT_TOKENS, type Purse } from './purse.ts';
import { Spending } from './spending.ts';

/** Dollars for a million tokens of output; input is free, so that a request costs what its output does. */
const PRICES: Readonly<Record<string, number>> = { 'alpha/one': 1_000, 'beta/two': 3_000, 'gamma/cheap': 100 };
const price = (target: Target, usage: Usage) => {
  const perMillion = PRICES[target.id];
  return perMillion === undefined || usage.outputTokens === undefined
    ? undefined
    : (usage.outputTokens * perMillion) / 1e6;
};

const targets = ['alpha/one', 'beta/two', 'gamma/cheap', 'delta/unpriced'].map((id) => routeTarget(id));
const at = (rank: number): Candidate => ({
  target: targets[rank] ?? routeTarget('x/y'),
  rank,
  learnedWindow: undefined,
  tokens: { factor: 1, margin: 0.2 },
});
const [ALPHA, BETA, CHEAP, UNPRICED] = [at(0), at(1), at(2), at(3)];

const by = (caller?: string, tags?: readonly string[]) => ({ caller, tags });

function needs(maxOutputTokens: number | undefined = 1_000, over: Partial<Needs> = {}): Needs {
  const measure = {
    get: () => ({ textTokens: 10, images: [], pdfPages: 0, audioSeconds: 0 }),
    ceiling: 10,
    maxOutputTokens,
    thinkingTokens: 0,
  };
  return { abilities: new Set(), requirements: [], measure, ...over };
}

interface World {
  now: number;
  outage: number | undefined;
}

function bank(
  limits: Partial<RouteSpending>,
  callers?: ReadonlyMap<string, UseLimits>,
  tags?: ReadonlyMap<string, UseLimits>,
) {
  const spending = new Spending(callers, tags);
  const world: World = { now: 0, outage: undefined };
  const spent = { unknownPrice: 'refuse', ...limits } as const;
  const of = route(targets, { demands: { ...NO_DEMANDS, spending: spent } });
  const purse = (of2: { caller?: string; tags?: readonly string[]; needs?: Needs } = {}): Purse => {
    const order = { route: of, primaryRank: 0, caller: of2.caller, tags: of2.tags, needs: of2.needs ?? needs() };
    const made = spending.purse(order, { price, now: () => world.now, outageOf: () => world.outage });
    if (!made) throw new Error('nothing limits this');
    return made;
  };
  return { spending, world, purse, route: of };
}

/** Sets money aside, and fails the test where it may not. */
function reserve(purse: Purse, candidate: Candidate) {
  const taken = purse.reserve(candidate);
  if ('refusal' in taken) throw new Error(`refused: ${taken.refusal.detail}`);
  return taken.reservation;
}

const settled = (outputTokens: number, costUsd?: number) =>
  ({ state: 'settled', costUsd, usage: { inputTokens: 10, outputTokens } }) as const;

describe('a budget of a route', () => {
  it('lets in what fits to the cent, and refuses what does not with the moment at which it will', () => {
    const { purse, world } = bank({ perHourUsd: 3 });
    for (let request = 0; request < 3; request += 1) reserve(purse(), ALPHA).settle(settled(1_000, 1));
    world.now = 600_000;
    expect(purse().refusal(ALPHA)).toEqual({
      reason: 'budget',
      detail: 'route "reply", an hour: $3.00 of $3.00 are spent, and this would cost about $1.00',
      retryAfterMs: 3_000_000,
    });
    world.now = 3_599_999;
    expect(purse().refusal(ALPHA)?.retryAfterMs).toBe(1);
    world.now = 3_600_000;
    expect(purse().refusal(ALPHA)).toBeUndefined();
  });

  it('a day is longer than an hour', () => {
    const { purse, world } = bank({ perDayUsd: 1 });
    reserve(purse(), ALPHA).settle(settled(1_000, 1));
    world.now = 86_399_999;
    expect(purse().refusal(ALPHA)).toMatchObject({ detail: expect.stringMatching(/, a day: /), retryAfterMs: 1 });
    world.now = 86_400_000;
    expect(purse().refusal(ALPHA)).toBeUndefined();
  });

  it('what is under way counts by its estimate: a hundred at once do not spend a hundred times the budget', () => {
    const { purse } = bank({ perHourUsd: 10 });
    const admitted = Array.from({ length: 100 }, () => purse().reserve(ALPHA)).filter(
      (taken) => 'reservation' in taken,
    );
    expect(admitted).toHaveLength(10);
  });

  it('the bill takes the place of the estimate; what never reached a model gives it back, what nobody told keeps it', () => {
    const { purse } = bank({ perHourUsd: 10 });
    const left = () => {
      for (let more = 0; ; more += 1)
        if (purse().refusal(ALPHA)) return 10 - more;
        else reserve(purse(), ALPHA);
    };
    reserve(purse(), ALPHA).settle(settled(4_000, 4));
    reserve(purse(), ALPHA).settle({ state: 'free', costUsd: 0, usage: {} });
    reserve(purse(), ALPHA).settle({ state: 'unknown', costUsd: undefined, usage: {} });
    reserve(purse(), ALPHA).settle(settled(1_000));
    expect(left()).toBe(6);
  });

  it('a request that costs more than the whole budget is told no moment: none would help', () => {
    const refusal = bank({ perHourUsd: 0.5 }).purse().refusal(ALPHA);
    expect(refusal).toEqual({
      reason: 'budget',
      detail: 'route "reply", an hour: $0.00 of $0.50 are spent, and this would cost about $1.00',
    });
  });

  it('small amounts are told in full', () => {
    const { purse } = bank({ perHourUsd: 0.0005 });
    expect(purse().refusal(ALPHA)?.detail).toContain('of $0.000500 are spent');
    expect(bank({ perHourUsd: 0.01 }).purse().refusal(ALPHA)?.detail).toContain('of $0.01 are spent');
  });

  it('without a limit of the caller’s an answer is taken to have a thousand tokens, and vectors none', () => {
    const { purse } = bank({ perHourUsd: 0.5 });
    expect(purse({ needs: needs(undefined) }).refusal(ALPHA)?.detail).toContain(
      `about $${(ASSUMED_OUTPUT_TOKENS / 1_000).toFixed(2)}`,
    );
    const [first] = targets;
    if (first) expect(purse({ needs: needs(undefined, { vectorsOf: first.target }) }).refusal(ALPHA)).toBeUndefined();
  });

  it('the caller’s own limit is the estimate where there is one', () => {
    const { purse } = bank({ perHourUsd: 0.5 });
    expect(purse({ needs: needs(500) }).refusal(ALPHA)).toBeUndefined();
    expect(purse({ needs: needs(501) }).refusal(ALPHA)?.reason).toBe('budget');
  });

  it('a free attempt costs nothing, whatever it is said to have cost', () => {
    const { purse } = bank({ perHourUsd: 1 });
    reserve(purse(), ALPHA).settle({ state: 'free', costUsd: undefined, usage: {} });
    expect(purse().refusal(ALPHA)).toBeUndefined();
  });

  it('a target without a price is refused, unless the operator allows it; it counts nothing then', () => {
    expect(bank({ perHourUsd: 5 }).purse().refusal(UNPRICED)).toEqual({
      reason: 'budget',
      detail: 'the price of delta/unpriced is not known, and unknownPrice is refuse',
    });
    const { purse } = bank({ perHourUsd: 5, unknownPrice: 'allow' });
    for (let request = 0; request < 50; request += 1) reserve(purse(), UNPRICED).settle(settled(1_000));
    expect(purse().refusal(ALPHA)).toBeUndefined();
  });
});

describe('a budget of a caller', () => {
  const callers = new Map([['web', { spending: { perHourUsd: 1, unknownPrice: 'refuse' } }]] as const);

  it('is that caller’s alone, and counts beside the route’s', () => {
    const { purse } = bank({ perHourUsd: 2, unknownPrice: 'allow' }, callers);
    reserve(purse({ caller: 'web' }), ALPHA);
    expect(purse({ caller: 'web' }).refusal(ALPHA)?.detail).toMatch(/^caller "web", an hour: /);
    expect(purse({ caller: 'app' }).refusal(ALPHA)).toBeUndefined();
    reserve(purse({ caller: 'app' }), ALPHA);
    expect(purse({ caller: 'app' }).refusal(ALPHA)?.detail).toMatch(/^route "reply", an hour: /);
    expect(purse({ caller: 'web' }).refusal(UNPRICED)?.detail).toContain('unknownPrice is refuse');
  });

  it('holds on every route, and nothing is estimated where neither has a limit', () => {
    const spending = new Spending(callers);
    const deps = { price, now: () => 0, outageOf: () => undefined };
    const of = (caller: string | undefined, name: string) =>
      spending.purse(
        { route: route(targets, { name }), primaryRank: 0, caller, tags: undefined, needs: needs() },
        deps,
      );
    const first = of('web', 'a');
    if (first) reserve(first, ALPHA);
    expect(of('web', 'b')?.refusal(ALPHA)?.reason).toBe('budget');
    expect(of('app', 'a')).toBeUndefined();
    expect(of(undefined, 'a')).toBeUndefined();
  });
});

describe('budgets of tags', () => {
  const budget = (perHourUsd: number): UseLimits => ({ spending: { perHourUsd, unknownPrice: 'allow' } });
  const tags = new Map([
    ['team-a', budget(1)],
    ['batch', budget(3)],
  ]);

  it('hold for whoever carries them, on top of the route and the caller', () => {
    const { purse } = bank({ perHourUsd: 10, unknownPrice: 'allow' }, undefined, tags);
    reserve(purse({ tags: ['team-a', 'other'] }), ALPHA);
    expect(purse({ tags: ['team-a'] }).refusal(ALPHA)?.detail).toMatch(/^tag "team-a", an hour: /);
    expect(purse({ tags: ['other'] }).refusal(ALPHA)).toBeUndefined();
    expect(purse().refusal(ALPHA)).toBeUndefined();
  });

  it('are drawn on by every tag of a request, once however often it is repeated', () => {
    const { purse } = bank({ perHourUsd: 10, unknownPrice: 'allow' }, undefined, tags);
    for (let more = 0; more < 2; more += 1) reserve(purse({ tags: ['batch', 'batch', 'batch'] }), ALPHA);
    expect(purse({ tags: ['batch'] }).refusal(ALPHA)).toBeUndefined();
    reserve(purse({ tags: ['batch', 'team-a'] }), ALPHA);
    expect(purse({ tags: ['batch'] }).refusal(ALPHA)?.detail).toMatch(/^tag "batch", an hour: /);
    expect(purse({ tags: ['team-a'] }).refusal(ALPHA)?.detail).toMatch(/^tag "team-a", an hour: /);
  });
});

describe('the price of a fallback beside the primary’s', () => {
  it('may be as many times as the route says, and no more', () => {
    expect(bank({ maxCostMultiple: 3 }).purse().refusal(BETA)).toBeUndefined();
    expect(bank({ maxCostMultiple: 2.9 }).purse().refusal(BETA)).toEqual({
      reason: 'cost-multiple',
      detail: 'it costs 3.0 times what the primary does, and the route allows 2.9',
    });
    expect(bank({ maxCostMultiple: 0.5 }).purse().refusal(ALPHA)).toBeUndefined();
    expect(bank({ maxCostMultiple: 0.5 }).purse().refusal(CHEAP)).toBeUndefined();
  });

  it('that nobody knows is refused, unless the operator allows it', () => {
    expect(bank({ maxCostMultiple: 3 }).purse().refusal(UNPRICED)).toEqual({
      reason: 'cost-multiple',
      detail: 'the price of delta/unpriced is not known, and unknownPrice is refuse',
    });
    expect(bank({ maxCostMultiple: 3, unknownPrice: 'allow' }).purse().refusal(UNPRICED)).toBeUndefined();
  });

  it('cannot be told where the primary has none, and is infinite where the primary is free', () => {
    const dear = (id: string, unknownPrice: 'refuse' | 'allow') => {
      const of = route([routeTarget(id), routeTarget('beta/two')], {
        demands: { ...NO_DEMANDS, spending: { maxCostMultiple: 10, unknownPrice } },
      });
      const free = (target: Target, usage: Usage) => (target.id === 'free/one' ? 0 : price(target, usage));
      const deps = { price: free, now: () => 0, outageOf: () => undefined };
      return new Spending()
        .purse({ route: of, primaryRank: 0, caller: undefined, tags: undefined, needs: needs() }, deps)
        ?.refusal(BETA);
    };
    expect(dear('delta/unpriced', 'refuse')?.detail).toMatch(/^the price of delta\/unpriced/);
    expect(dear('delta/unpriced', 'allow')).toBeUndefined();
    expect(dear('free/one', 'refuse')?.detail).toMatch(/^it costs infinitely many times/);
  });
});

describe('the budget of an outage', () => {
  it('counts what others cost beyond the primary, while the primary is out', () => {
    const { purse, world } = bank({ perIncidentUsd: 4 });
    for (let request = 0; request < 5; request += 1) reserve(purse(), BETA).settle(settled(1_000, 3));
    world.outage = 1;
    reserve(purse(), BETA).settle(settled(1_000, 3));
    expect(purse().refusal(BETA)).toBeUndefined();
    reserve(purse(), BETA).settle(settled(1_000, 3));
    expect(purse().refusal(BETA)).toEqual({
      reason: 'budget',
      detail: 'this outage of alpha/one may cost $4.00 more than the primary, and has cost $4.00',
    });
    expect(purse().refusal(ALPHA)).toBeUndefined();
    expect(purse().refusal(CHEAP)).toBeUndefined();
  });

  it('sets the estimate aside, and corrects it by the bill', () => {
    const { purse, world } = bank({ perIncidentUsd: 4 });
    world.outage = 1;
    const [first, second] = [reserve(purse(), BETA), reserve(purse(), BETA)];
    expect(purse().refusal(BETA)?.reason).toBe('budget');
    first.settle({ state: 'free', costUsd: 0, usage: {} });
    expect(purse().refusal(BETA)).toBeUndefined();
    second.settle({ state: 'unknown', costUsd: undefined, usage: {} });
    const third = reserve(purse(), BETA);
    expect(purse().refusal(BETA)?.detail).toContain('has cost $4.00');
    third.settle(settled(500, 1.5));
    expect(purse().refusal(BETA)?.detail).toContain('has cost $3.00');
  });

  it('keeps the estimate where the bill names a price and no tokens, or tokens and no price', () => {
    const { purse, world } = bank({ perIncidentUsd: 4 });
    world.outage = 1;
    reserve(purse(), BETA).settle({ state: 'unknown', costUsd: 9, usage: {} });
    reserve(purse(), BETA).settle({ state: 'unknown', costUsd: undefined, usage: { outputTokens: 9_000 } });
    expect(purse().refusal(BETA)?.detail).toContain('has cost $4.00');
  });

  it('the primary’s own attempts in it, its probes, cost nothing extra', () => {
    const { purse, world } = bank({ perIncidentUsd: 4 });
    world.outage = 1;
    for (let probe = 0; probe < 9; probe += 1) reserve(purse(), ALPHA).settle(settled(9_000, 9));
    reserve(purse(), BETA);
    reserve(purse(), BETA);
    expect(purse().refusal(BETA)?.detail).toContain('has cost $4.00');
  });

  it('begins anew with the next outage, and a late bill of the one before changes nothing', () => {
    const { purse, world } = bank({ perIncidentUsd: 2 });
    world.outage = 1;
    const late = reserve(purse(), BETA);
    expect(purse().refusal(BETA)?.reason).toBe('budget');
    world.outage = 7;
    reserve(purse(), BETA);
    late.settle(settled(9_000, 27));
    expect(purse().refusal(BETA)?.detail).toContain('has cost $2.00');
  });

  it('cheaper ones pay into it', () => {
    const { purse, world } = bank({ perIncidentUsd: 2 });
    world.outage = 1;
    reserve(purse(), BETA).settle(settled(1_000, 3));
    for (let request = 0; request < 3; request += 1) reserve(purse(), CHEAP).settle(settled(1_000, 0.1));
    expect(purse().refusal(BETA)).toBeUndefined();
  });

  it('refuses what has no price, in an outage alone, unless the operator allows it', () => {
    const { purse, world } = bank({ perIncidentUsd: 2 });
    expect(purse().refusal(UNPRICED)).toBeUndefined();
    world.outage = 1;
    expect(purse().refusal(UNPRICED)?.detail).toContain('the price of delta/unpriced is not known');
    const open = bank({ perIncidentUsd: 2, unknownPrice: 'allow' });
    open.world.outage = 1;
    expect(open.purse().refusal(UNPRICED)).toBeUndefined();
  });
});

describe('rates', () => {
  const callers = new Map<string, UseLimits>([['web', { rate: { perMinute: 2 } }]]);
  const limited = route(targets, { demands: { ...NO_DEMANDS, rate: { perMinute: 3 } } });

  it('of a route let in so many a minute, whoever sends them', () => {
    const spending = new Spending();
    for (const now of [0, 100, 59_999]) expect(spending.admit(limited, by(), now)).toBeUndefined();
    expect(spending.admit(limited, by('web'), 59_999)).toEqual({
      detail: 'route "reply" may send 3 requests a minute',
      retryAfterMs: 1,
    });
    expect(spending.admit(limited, by(), 60_000)).toBeUndefined();
  });

  it('of a caller are its own; who is refused uses nothing of the route', () => {
    const spending = new Spending(callers);
    expect(spending.admit(limited, by('web'), 0)).toBeUndefined();
    expect(spending.admit(limited, by('web'), 0)).toBeUndefined();
    for (let more = 0; more < 5; more += 1)
      expect(spending.admit(limited, by('web'), 30_000)).toEqual({
        detail: 'caller "web" may send 2 requests a minute',
        retryAfterMs: 30_000,
      });
    expect(spending.admit(limited, by('app'), 0)).toBeUndefined();
    expect(spending.admit(limited, by('app'), 0)?.detail).toContain('route');
  });

  it('of a tag are shared by all who carry it', () => {
    const spending = new Spending(undefined, new Map([['batch', { rate: { perMinute: 1 } }]]));
    const open = route(targets);
    expect(spending.admit(open, by('web', ['batch', 'batch']), 0)).toBeUndefined();
    expect(spending.admit(open, by('app', ['batch']), 0)?.detail).toBe('tag "batch" may send 1 request a minute');
    expect(spending.admit(open, by('app', ['live']), 0)).toBeUndefined();
    expect(spending.admit(open, by('app'), 0)).toBeUndefined();
  });

  it('of one a minute are told in the singular', () => {
    const one = route(targets, { demands: { ...NO_DEMANDS, rate: { perMinute: 1 } } });
    const spending = new Spending();
    spending.admit(one, by(), 0);
    expect(spending.admit(one, by(), 0)?.detail).toBe('route "reply" may send 1 request a minute');
  });

  it('nobody’s limit lets everything in', () => {
    const spending = new Spending();
    for (let more = 0; more < 1_000; more += 1) expect(spending.admit(route(targets), by('web'), 0)).toBeUndefined();
  });
});
