import { describe, expect, it } from 'vitest';
import { chatRequest, route, routeTarget } from '../../test/kit/engine-kit.ts';
import { candidate, situation } from '../../test/kit/situation-kit.ts';
import { type Capabilities, type CapabilityName, type Tri, UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import type { Target } from '../model/target.ts';
import { NO_DEMANDS, type RouteDemands } from './demands.ts';
import { type Candidate, eligibilityOf, ineligibility, type Situation, tooSlow } from './eligibility.ts';
import { needsOf } from './needs.ts';
import { primaryRankOf } from './situation.ts';

const able = (name: CapabilityName, tri: Tri): Capabilities => ({
  abilities: { ...UNKNOWN_CAPABILITIES.abilities, [name]: tri },
});

function why(one: Candidate, request = chatRequest()) {
  return ineligibility(one, situation(request))?.reason;
}

const withPart = (part: Part) => ({ ...chatRequest(), messages: [{ role: 'user' as const, parts: [part] }] });
const source = { kind: 'url', url: 'https://example.com/x' } as const;
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };

describe('what a request needs', () => {
  it.each([
    ['an image', withPart({ type: 'image', source }), 'vision'],
    ['a sound', withPart({ type: 'audio', source }), 'audio'],
    ['a document', withPart({ type: 'file', source }), 'pdf'],
    ['tools', chatRequest({ tools: [tool] }), 'tools'],
    ['a result of a tool', withPart({ type: 'tool-result', callId: 'c', content: [], isError: false }), 'tools'],
    [
      'an image in the result of a tool',
      withPart({ type: 'tool-result', callId: 'c', content: [{ type: 'image', source }], isError: false }),
      'vision',
    ],
    ['an earlier call', withPart({ type: 'tool-call', id: 'c', name: 'look', arguments: '{}' }), 'tools'],
  ] as const)(
    '%s: a target known not to take it is not asked, one that nobody catalogued is',
    (_, request, ability) => {
      expect(why(candidate({ capabilities: able(ability, 'no') }), request)).toBe(`capability(${ability})`);
      expect(why(candidate({ capabilities: able(ability, 'unknown') }), request)).toBeUndefined();
      expect(why(candidate({ capabilities: able(ability, 'yes') }), request)).toBeUndefined();
    },
  );

  it('tools that may not be called need no ability', () => {
    const request = chatRequest({ tools: [tool], tool_choice: 'none' });
    expect(why(candidate({ capabilities: able('tools', 'no') }), request)).toBeUndefined();
  });

  it('a stream needs a target that streams', () => {
    expect(why(candidate({ capabilities: able('streaming', 'no') }), chatRequest())).toBe('capability(streaming)');
    expect(why(candidate({ capabilities: able('streaming', 'no') }), chatRequest({ stream: false }))).toBeUndefined();
  });

  it('plain text in one piece needs nothing', () => {
    expect(needsOf(chatRequest({ stream: false })).abilities.size).toBe(0);
  });
});

describe('what the caller asked of the gateway', () => {
  it('a pin leaves one target, and lifts strictness from it: the caller chose it', () => {
    const pinned = chatRequest({}, { pin: 'alpha/one', quality: 'strict' });
    expect(why(candidate({ rank: 2 }), pinned)).toBeUndefined();
    expect(why(candidate(), chatRequest({}, { pin: 'beta/two' }))).toBe('pinned-elsewhere');
  });

  it('residency lets only targets of a named region serve; one without region is nowhere', () => {
    const inside = chatRequest({}, { residency: ['eu', 'ch'] });
    expect(why(candidate({ region: 'ch' }), inside)).toBeUndefined();
    expect(why(candidate({ region: 'us' }), inside)).toBe('residency');
    expect(why(candidate(), inside)).toBe('residency');
  });

  it('strict quality leaves the primary alone', () => {
    const strict = chatRequest({}, { quality: 'strict' });
    expect(why(candidate(), strict)).toBeUndefined();
    expect(why(candidate({ rank: 1 }), strict)).toBe('quality-strict');
    expect(why(candidate({ rank: 1 }), chatRequest({}, { quality: 'degraded-ok' }))).toBeUndefined();
  });
});

describe('the context window', () => {
  const long = chatRequest({ messages: [{ role: 'user', content: 'word '.repeat(10_000) }] });
  const windowed = (contextWindow: number) => ({ ...UNKNOWN_CAPABILITIES, contextWindow });

  it('refuses only what is too long by more than the margin: a wrong refusal costs more than an attempt', () => {
    // 10,004 tokens by the estimate, of which 8,003 are certain.
    expect(why(candidate({ capabilities: windowed(8_004) }), long)).toBeUndefined();
    expect(why(candidate({ capabilities: windowed(8_003) }), long)).toBe('context-window');
    expect(why(candidate(), long)).toBeUndefined();
  });

  it('what the lane has learned of the model’s tokens counts, in the factor and in the margin', () => {
    const tokens = { factor: 1.5, margin: 0.05 };
    expect(why(candidate({ capabilities: windowed(14_300), tokens }), long)).toBeUndefined();
    expect(why(candidate({ capabilities: windowed(14_200), tokens }), long)).toBe('context-window');
  });

  it('a window that the lane has learned counts like one of the catalogue', () => {
    expect(why(candidate({ learnedWindow: 4_000 }), long)).toBe('context-window');
  });
});

const primary = routeTarget('alpha/one', { of: { tier: 'standard' } });

describe('a target that is too slow for its route', () => {
  const [one, two, three] = ['alpha/one', 'beta/two', 'gamma/three'].map((id, rank) => ({
    ...candidate({ rank }),
    target: routeTarget(id),
  })) as [Candidate, Candidate, Candidate];
  const of = (medians: Record<string, number>, over: Partial<Situation> = {}) =>
    situation(chatRequest(), {
      route: route([one.target, two.target, three.target], { demands: { ...NO_DEMANDS, maxFirstContentMs: 1_000 } }),
      firstContentMs: ({ target }) => medians[target.target.id],
      ...over,
    });
  const slow = (medians: Record<string, number>, eligible = [one, two, three], over: Partial<Situation> = {}) =>
    [...tooSlow(eligible, of(medians, over)).keys()].map(({ target }) => target.target.id);

  it('is passed over above the limit, not at it; one that was never measured is not slow', () => {
    expect(slow({ 'alpha/one': 1_001, 'beta/two': 1_000 })).toEqual(['alpha/one']);
    expect(tooSlow([one, two], of({ 'alpha/one': 2_400.4 })).get(one)).toEqual({
      reason: 'latency-class',
      detail: 'half of its first contents take longer than 2400 ms, and the route wants 1000 ms',
    });
  });

  it('is asked all the same where every other is slow too, or nobody else may serve', () => {
    expect(slow({ 'alpha/one': 3_000, 'beta/two': 2_000, 'gamma/three': 4_000 })).toEqual([]);
    expect(slow({ 'alpha/one': 3_000 }, [one])).toEqual([]);
  });

  it('is asked where the route has no limit, and where the caller pinned it', () => {
    expect(slow({ 'alpha/one': 3_000 }, [one, two], { route: route([one.target]) })).toEqual([]);
    expect(slow({ 'alpha/one': 3_000 }, [one, two], { options: { pin: 'alpha/one' } })).toEqual([]);
  });
});

describe('the whole verdict', () => {
  it('tells of an eligible candidate what nobody knows', () => {
    const target = routeTarget('beta/two');
    const demands: RouteDemands = {
      ...NO_DEMANDS,
      tier: 'same-or-better',
      languages: ['de'],
      parity: { mode: 'tolerant', accepted: [] },
    };
    const of = situation(chatRequest({ tools: [tool], web_search_options: {} }), {
      route: route([primary, target], { demands }),
    });
    expect(eligibilityOf({ ...candidate({ rank: 1 }), target }, of)).toEqual({
      eligible: true,
      warnings: [
        'not known whether it has: streaming, tools, web-search',
        'its window is not known',
        'its maker names no languages',
        'its tier is not known',
        'parity missing: nothing shows that its answers are as good as the primary’s',
      ],
    });
  });

  it('says nothing of what is known, and nothing of a fallback to the primary', () => {
    const capabilities = {
      abilities: { ...UNKNOWN_CAPABILITIES.abilities, streaming: 'yes' as const },
      contextWindow: 8_000,
    };
    const known = candidate({ capabilities });
    expect(eligibilityOf(known, situation())).toEqual({ eligible: true, warnings: [] });
    expect(eligibilityOf({ ...known, rank: 1 }, situation())).toEqual({ eligible: true, warnings: [] });
  });

  it('warns of a request within the margin of the window', () => {
    const words = chatRequest({ stream: false, messages: [{ role: 'user', content: 'word '.repeat(1_000) }] });
    const near = candidate({ capabilities: { ...UNKNOWN_CAPABILITIES, contextWindow: 1_000 } });
    expect(eligibilityOf(near, situation(words))).toEqual({
      eligible: true,
      warnings: ['within the margin of its window: about 1004 tokens of input'],
    });
  });

  it('tells of one that is not, why', () => {
    const pinned = situation(chatRequest({}, { pin: 'beta/two' }));
    expect(eligibilityOf(candidate(), pinned)).toEqual({
      eligible: false,
      reason: 'pinned-elsewhere',
      detail: 'the request is pinned to beta/two',
    });
  });

  it('asks the purse last: what a target cannot serve has no price', () => {
    const purse = {
      refusal: () => ({ reason: 'budget', detail: 'spent' }) as const,
      reserve: () => ({ refusal: { reason: 'budget', detail: 'spent' } as const }),
    };
    expect(ineligibility(candidate(), situation(chatRequest(), { purse }))).toEqual({
      reason: 'budget',
      detail: 'spent',
    });
    const able0 = candidate({ capabilities: able('streaming', 'no') });
    expect(ineligibility(able0, situation(chatRequest(), { purse }))?.reason).toBe('capability(streaming)');
  });
});

describe('vectors', () => {
  const wanted = routeTarget('alpha/small', { of: { dialect: 'openai-embeddings' } }).target;
  const needs = { ...needsOf(chatRequest({ stream: false })), vectorsOf: wanted };
  const refusal = (id: string, of: Partial<Target>) =>
    ineligibility({ ...candidate({ rank: 1 }), target: routeTarget(id, { of }) }, situation(chatRequest(), { needs }));

  it('come from hosts of one model alone', () => {
    expect(refusal('beta/small', { dialect: 'openai-embeddings' })).toBeUndefined();
    expect(refusal('beta/large', { dialect: 'openai-embeddings' })).toEqual({
      reason: 'other-model',
      detail:
        'its vectors lie in another space than those of small; only hosts of one model can stand in for each other',
    });
    expect(refusal('beta/small', { dialect: 'openai-chat' })).toEqual({
      reason: 'capability(embeddings)',
      detail: 'no embeddings can be asked for in openai-chat',
    });
  });

  it('are wanted of the first target, and by no other kind of request', () => {
    const targets = [routeTarget('alpha/small'), routeTarget('beta/large')];
    expect(needsOf({ ...chatRequest(), dialect: 'openai-embeddings' }, targets).vectorsOf).toBe(targets[0]?.target);
    expect(needsOf(chatRequest(), targets)).not.toHaveProperty('vectorsOf');
  });
});

describe('what a dialect has no words for', () => {
  it('is asked of nobody who is spoken to in it, whatever the model can do', () => {
    const capabilities = able('audio', 'yes');
    const deaf = routeTarget('alpha/one', { of: { dialect: 'anthropic-messages', capabilities } });
    const hearing = withPart({ type: 'audio', source });
    expect(ineligibility({ ...candidate(), target: deaf }, situation(hearing))).toEqual({
      reason: 'capability(audio)',
      detail: 'anthropic-messages has no words for it',
    });
  });

  it('a field that only one vendor knows is refused with its name, to the primary too', () => {
    const searching = chatRequest({ stream: false, web_search_options: {} });
    const none = candidate({ capabilities: able('web-search', 'no') });
    expect(ineligibility(none, situation(searching))).toMatchObject({
      reason: 'capability(web-search)',
      field: 'web_search_options',
    });
  });
});

it('a file is held by the first target that speaks the caller’s language; a pin says where it is', () => {
  const request = withPart({
    type: 'file',
    source: { kind: 'provider-file', dialect: 'openai-chat', id: 'f1' },
  } as Part);
  const targets = [routeTarget('beta/two', { of: { dialect: 'gemini-generate' } }), routeTarget('alpha/one')];
  const holders = (over: Partial<ChatRequest['options']>) =>
    needsOf({ ...request, options: over }, targets).requirements.map(({ holder }) => holder);
  expect(holders({})).toEqual(['alpha']);
  expect(holders({ pin: 'gamma/three' })).toEqual([undefined]);
});

it('a cascade is measured by its last target, everything else by its first', () => {
  const targets = [routeTarget('alpha/one'), routeTarget('beta/two'), routeTarget('gamma/three')];
  const policy = { kind: 'cascade', stepBudgetMs: 1_000, onRefusal: 'serve' } as const;
  expect(primaryRankOf(route(targets, { policy }))).toBe(2);
  expect(primaryRankOf(route(targets))).toBe(0);
});
