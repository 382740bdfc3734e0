import { describe, expect, it } from 'vitest';
import { chatRequest, routeTarget } from '../../test/kit/engine-kit.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import { DEFAULT_QUIRKS } from '../model/quirks.ts';
import type { Target } from '../model/target.ts';
import { DEFAULT_TOKEN_RULES } from '../model/token-rules.ts';
import type { Candidate } from './eligibility.ts';
import { needsOf } from './needs.ts';
import { estimatedInput, outputTokens, roomFor, uncorrectedInput, windowFit, windowOf } from './window-fit.ts';

type Limits = { contextWindow?: number; maxInputTokens?: number };

function candidate(limits: Limits, over: Partial<Candidate> = {}): Candidate {
  const capabilities = { ...UNKNOWN_CAPABILITIES, ...limits };
  return {
    target: routeTarget('alpha/one', { of: { capabilities } }),
    rank: 0,
    learnedWindow: undefined,
    tokens: { factor: 1, margin: 0.2 },
    ...over,
  };
}

/** 1,004 tokens: a thousand words and what surrounds a message. */
const thousand = chatRequest({ messages: [{ role: 'user', content: 'word '.repeat(1_000) }] });
const fitOf = (limits: Limits, over?: Partial<Candidate>, request = thousand) =>
  windowFit(candidate(limits, over), needsOf(request)).kind;

describe('how a request stands to a window', () => {
  it('fits with the margin on top, is too long with the margin taken off, and is unsure between', () => {
    expect([1_205, 1_204, 804, 803].map((contextWindow) => fitOf({ contextWindow }))).toEqual([
      'fits',
      'unsure',
      'unsure',
      'too-long',
    ]);
  });

  it('fits where nobody knows a window', () => expect(fitOf({})).toBe('fits'));

  it('the answer that was asked for takes its part of the window, and none of a limit on input alone', () => {
    const answering = { ...thousand, maxOutputTokens: 10_000 };
    expect(fitOf({ contextWindow: 11_300 }, {}, answering)).toBe('fits');
    expect(fitOf({ contextWindow: 11_100 }, {}, answering)).toBe('unsure');
    expect(fitOf({ contextWindow: 10_000 }, {}, answering)).toBe('too-long');
    expect(fitOf({ maxInputTokens: 1_300 }, {}, answering)).toBe('fits');
    expect(fitOf({ contextWindow: 100_000, maxInputTokens: 700 }, {}, answering)).toBe('too-long');
  });

  it('a thinking budget beyond the limit of the answer takes its part too', () => {
    const thinking = { ...thousand, reasoning: { budgetTokens: 9_000 } };
    expect(roomFor(candidate({ contextWindow: 10_000 }), needsOf(thinking))).toBe(1_000);
    expect(roomFor(candidate({ contextWindow: 10_000 }), needsOf({ ...thinking, maxOutputTokens: 9_500 }))).toBe(500);
  });

  it('what surely fits is not measured', () => {
    const needs = needsOf(thousand);
    let measured = 0;
    const measure = {
      ceiling: needs.measure.ceiling,
      maxOutputTokens: undefined,
      thinkingTokens: 0,
      get: () => {
        measured += 1;
        return needs.measure.get();
      },
    };
    const watched = { ...needs, measure: measure as unknown as typeof needs.measure };
    expect(windowFit(candidate({ contextWindow: 128_000 }), watched).kind).toBe('fits');
    expect(measured).toBe(0);
    windowFit(candidate({ contextWindow: 1_000 }), watched);
    expect(measured).toBeGreaterThan(0);
  });

  it('the route’s own words for the target are counted', () => {
    const prompt = { version: '1', text: 'word '.repeat(500), placement: 'after' } as const;
    const told = candidate({ contextWindow: 1_300 }, { target: routeTarget('alpha/one', { prompt }) });
    expect(uncorrectedInput(told, needsOf(thousand))).toBe(1_504);
  });

  it('the factors of the catalogue and of the lane multiply', () => {
    const tokens = { ...DEFAULT_TOKEN_RULES, textFactor: 1.3 };
    const one = candidate(
      {},
      { target: routeTarget('alpha/one', { of: { tokens } }), tokens: { factor: 2, margin: 0.1 } },
    );
    expect(uncorrectedInput(one, needsOf(thousand))).toBe(Math.ceil(1_004 * 1.3));
    expect(estimatedInput(one, needsOf(thousand))).toBe(Math.ceil(1_004 * 1.3) * 2);
  });
});

describe('tokens of output that a target is asked for', () => {
  const asked = (dialect: Target['dialect'], over: Partial<ChatRequest>, maxOutputTokens?: number) => {
    const capabilities = { ...UNKNOWN_CAPABILITIES, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
    const target = routeTarget('alpha/one', { of: { dialect, capabilities } });
    return outputTokens(candidate({}, { target }), needsOf({ ...thousand, ...over }));
  };
  const reasoning = { budgetTokens: 9_000 };

  it('are what the caller allows, thinking included, and nothing where it left that open', () => {
    expect(asked('openai-chat', {})).toBe(0);
    expect(asked('openai-chat', { reasoning })).toBe(9_000);
    expect(asked('openai-chat', { maxOutputTokens: 500, reasoning })).toBe(9_000);
    expect(asked('anthropic-messages', { maxOutputTokens: 10_000, reasoning })).toBe(10_000);
  });

  it('are a default with the thinking on top where the dialect demands a limit', () => {
    const { defaultMaxOutputTokens } = DEFAULT_QUIRKS;
    expect(asked('anthropic-messages', {})).toBe(defaultMaxOutputTokens);
    expect(asked('anthropic-messages', { reasoning })).toBe(defaultMaxOutputTokens + 9_000);
  });

  it('are never more than the model writes', () => {
    expect(asked('openai-chat', { maxOutputTokens: 10_000 }, 4_000)).toBe(4_000);
    expect(asked('anthropic-messages', { reasoning }, 8_000)).toBe(8_000);
  });
});

describe('which window counts', () => {
  it('the smaller of what the catalogue says and what the lane has learned', () => {
    expect(windowOf(candidate({ contextWindow: 8_000 }, { learnedWindow: 4_000 }))).toBe(4_000);
    expect(windowOf(candidate({ contextWindow: 3_000 }, { learnedWindow: 4_000 }))).toBe(3_000);
    expect(windowOf(candidate({}, { learnedWindow: 4_000 }))).toBe(4_000);
    expect(windowOf(candidate({}))).toBeUndefined();
  });
});
