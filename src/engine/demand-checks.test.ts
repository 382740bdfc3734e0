import { describe, expect, it } from 'vitest';
import { chatRequest, route, routeTarget } from '../../test/kit/engine-kit.ts';
import { candidate, situation } from '../../test/kit/situation-kit.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Target } from '../model/target.ts';
import { toleratedParity } from './demand-checks.ts';
import { NO_DEMANDS, type RouteDemands } from './demands.ts';
import { ineligibility, type Situation } from './eligibility.ts';
import { operatorsWord, type Parity, type ParityVerdict } from './parity.ts';

const primary = routeTarget('alpha/one', { of: { tier: 'standard' } });

/** A candidate of a route that demands this. */
function demanded(
  demands: Partial<RouteDemands>,
  of: Partial<Target> = {},
  over: { rank?: number; options?: ChatRequest['options']; parity?: Parity } = {},
) {
  const { rank = 1, options = {}, parity } = over;
  const target = routeTarget('beta/two', { of });
  const request = chatRequest({ stream: false }, options);
  const of2 = situation(request, {
    route: route([primary, target], { demands: { ...NO_DEMANDS, ...demands } }),
    ...(parity && { parity }),
  });
  return ineligibility({ ...candidate({ rank }), target }, of2);
}

describe('where data may go, and how long it may stay', () => {
  it.each([
    ['of the route', { residency: ['eu'] }, {}],
    ['of the request', {}, { residency: ['eu'] }],
  ] as const)('residency %s: a named region passes, another does not, and none does not', (_, demands, options) => {
    expect(demanded(demands, { region: 'eu' }, { options })).toBeUndefined();
    expect(demanded(demands, { region: 'us' }, { options })).toMatchObject({
      reason: 'residency',
      detail: expect.stringMatching(/must stay in eu; its region is us$/),
    });
    expect(demanded(demands, {}, { options })?.detail).toMatch(/no region is configured$/);
  });

  it('the regions of route and request are both kept: what only one of them allows is out', () => {
    const options = { residency: ['eu', 'us'] };
    expect(demanded({ residency: ['eu', 'ch'] }, { region: 'eu' }, { options })).toBeUndefined();
    expect(demanded({ residency: ['eu', 'ch'] }, { region: 'us' }, { options })?.detail).toMatch(/^the route/);
    expect(demanded({ residency: ['eu', 'ch'] }, { region: 'ch' }, { options })?.detail).toMatch(/^the request/);
  });

  it.each([
    ['of the route', { maxRetentionDays: 30 }, {}],
    ['of the request', {}, { maxRetentionDays: 30 }],
  ] as const)(
    'retention %s: up to the limit passes, a day more does not, and what nobody knows does not',
    (_, demands, options) => {
      expect(demanded(demands, { retentionDays: 30 }, { options })).toBeUndefined();
      expect(demanded(demands, { retentionDays: 31 }, { options })).toMatchObject({
        reason: 'retention',
        detail: expect.stringMatching(/may be kept 30 days; its host keeps it 31 days$/),
      });
      expect(demanded(demands, {}, { options })?.detail).toMatch(/how long its host keeps it is not known$/);
    },
  );

  it('no retention means none', () => {
    expect(demanded({ maxRetentionDays: 0 }, { retentionDays: 0 })).toBeUndefined();
    expect(demanded({ maxRetentionDays: 0 }, { retentionDays: 1 })?.detail).toBe(
      'what the route sends must not be kept; its host keeps it 1 days',
    );
    expect(demanded({ maxRetentionDays: 1 }, { retentionDays: 2 })?.detail).toMatch(/may be kept 1 day;/);
  });

  it('the primary is held to it like any other, and a pin changes nothing', () => {
    expect(demanded({ residency: ['eu'] }, {}, { rank: 0 })?.reason).toBe('residency');
    expect(demanded({ maxRetentionDays: 1 }, {}, { options: { pin: 'beta/two' } })?.reason).toBe('retention');
  });
});

describe('languages', () => {
  it.each([
    ['of the route', { languages: ['de', 'fr'] }, {}],
    ['of the request', {}, { languages: ['de', 'fr'] }],
  ] as const)('%s: all of them are wanted; a maker that names none is not held to any', (_, demands, options) => {
    expect(demanded(demands, { languages: ['en', 'de', 'fr'] }, { options })).toBeUndefined();
    expect(demanded(demands, {}, { options })).toBeUndefined();
    expect(demanded(demands, { languages: ['en', 'de'] }, { options })).toMatchObject({
      reason: 'language',
      detail: expect.stringMatching(/wants de, fr; its maker does not name fr$/),
    });
  });

  it('a language covers its regions, whatever the case; a region covers neither another nor the language', () => {
    const out = (named: string, wanted: string) => demanded({ languages: [wanted] }, { languages: [named] })?.reason;
    expect(out('pt', 'pt-BR')).toBeUndefined();
    expect(out('PT', 'pt-br')).toBeUndefined();
    expect(out('pt-BR', 'pt-PT')).toBe('language');
    expect(out('pt-BR', 'pt')).toBe('language');
    expect(out('p', 'pt')).toBe('language');
  });
});

describe('the tier of a fallback', () => {
  const same = { tier: 'same-or-better' } as const;
  it('is at least the primary’s where the route says so; an unknown one passes', () => {
    expect(demanded(same, { tier: 'small' })).toMatchObject({
      reason: 'tier',
      detail: 'it is small, and the primary is standard',
    });
    expect(demanded(same, { tier: 'standard' })).toBeUndefined();
    expect(demanded(same, { tier: 'frontier' })).toBeUndefined();
    expect(demanded(same, {})).toBeUndefined();
    expect(demanded({}, { tier: 'small' })).toBeUndefined();
  });

  it('does not matter for the same model at another host, for the primary itself, nor for a pin', () => {
    expect(demanded(same, { tier: 'small', sameModel: 'one' })).toBeUndefined();
    expect(demanded(same, { tier: 'small' }, { rank: 0 })).toBeUndefined();
    expect(demanded(same, { tier: 'small' }, { options: { pin: 'beta/two' } })).toBeUndefined();
  });

  it('is compared with the last target of a cascade, whose answers are the ones wanted', () => {
    const targets = [
      routeTarget('alpha/one', { of: { tier: 'small' } }),
      routeTarget('beta/two', { of: { tier: 'frontier' } }),
    ];
    const of = situation(chatRequest({ stream: false }), {
      route: route(targets, { demands: { ...NO_DEMANDS, tier: 'same-or-better' } }),
      primaryRank: 1,
    });
    const [cheap, strong] = targets.map((target, rank) => ineligibility({ ...candidate({ rank }), target }, of));
    expect(cheap?.reason).toBe('tier');
    expect(strong).toBeUndefined();
  });
});

describe('parity', () => {
  const strict = { parity: { mode: 'strict', accepted: [], allowUnknown: false } } as const;
  const tolerant = { parity: { mode: 'tolerant', accepted: [] } } as const;
  const verdicts = (verdict: ParityVerdict): Parity => ({
    ...operatorsWord(() => 0),
    verdict: () => ({ verdict, because: 'a suite' }),
  });

  it.each([
    ['pass', undefined, undefined],
    ['fail', 'parity-failed', undefined],
    ['stale', 'parity-stale', undefined],
    ['missing', 'parity-missing', undefined],
    ['primary-only', 'prompt-missing', 'prompt-missing'],
  ] as const)(
    '%s: a strict route refuses with %s, a tolerant one with %s, any other asks nobody',
    (verdict, refused, tolerated) => {
      const parity = verdicts(verdict);
      expect(demanded(strict, {}, { parity })?.reason).toBe(refused);
      expect(demanded(tolerant, {}, { parity })?.reason).toBe(tolerated);
      expect(demanded({}, {}, { parity })).toBeUndefined();
      expect(demanded(strict, {}, { parity, rank: 0 })).toBeUndefined();
      expect(demanded(strict, {}, { parity, options: { pin: 'beta/two' } })).toBeUndefined();
    },
  );

  it('is asked about the route, the target and the version of its prompt', () => {
    const asked: unknown[] = [];
    const prompt = { version: 'v3', text: 'Be kind.', placement: 'after' } as const;
    const target = routeTarget('beta/two', { prompt });
    const of = situation(chatRequest({ stream: false }), {
      route: route([primary, target], { demands: { ...NO_DEMANDS, ...strict } }),
      parity: {
        ...operatorsWord(() => 0),
        verdict: (question) => {
          asked.push(question);
          return { verdict: 'pass', because: 'a suite' };
        },
      },
    });
    ineligibility({ ...candidate({ rank: 1 }), target }, of);
    expect(asked).toEqual([{ route: of.route, target: target.target, promptVersion: 'v3' }]);
  });

  it('a tolerated fallback is marked with what it lacks; the primary, a pinned and a proven one are not', () => {
    const marked = (verdict: ParityVerdict, over: Partial<Situation> = {}, rank = 1) =>
      toleratedParity(
        candidate({ rank }),
        situation(chatRequest(), {
          route: route([primary], { demands: { ...NO_DEMANDS, ...tolerant } }),
          parity: verdicts(verdict),
          ...over,
        }),
      );
    expect([marked('missing'), marked('fail'), marked('stale'), marked('pass'), marked('primary-only')]).toEqual([
      'parity-missing',
      'parity-failed',
      'parity-stale',
      undefined,
      undefined,
    ]);
    expect(marked('missing', {}, 0)).toBeUndefined();
    expect(marked('missing', { options: { pin: 'alpha/one' } })).toBeUndefined();
    expect(marked('missing', { route: route([primary]) })).toBeUndefined();
  });

  describe('what nobody knows of a fallback', () => {
    const passing = verdicts('pass');
    const ask = (allowUnknown: boolean, rank: number, request = chatRequest()) => {
      const parity = { mode: 'strict', accepted: [], allowUnknown } as const;
      const of = situation(request, {
        route: route([primary], { demands: { ...NO_DEMANDS, parity } }),
        parity: passing,
      });
      return ineligibility(candidate({ rank }), of);
    };

    it('does not pass on a strict route, unless the operator says so; the primary is asked all the same', () => {
      expect(ask(false, 1)).toMatchObject({
        reason: 'capability(streaming)',
        detail: 'nobody knows whether one has it, and parity is strict without allowUnknown',
      });
      expect(ask(true, 1)).toBeUndefined();
      expect(ask(false, 0)).toBeUndefined();
      expect(ask(false, 1, chatRequest({ stream: false }))).toBeUndefined();
    });

    it('names the field of the request that asks for it', () => {
      const searching = chatRequest({ stream: false, web_search_options: {} });
      expect(ask(false, 1, searching)).toMatchObject({
        reason: 'capability(web-search)',
        field: 'web_search_options',
      });
      expect(ask(true, 1, searching)).toBeUndefined();
    });
  });
});
