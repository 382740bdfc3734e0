import { describe, expect, it } from 'vitest';
import { chatRequest, routeTarget } from '../../test/kit/engine-kit.ts';
import { type Capabilities, type CapabilityName, type Tri, UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { Part } from '../model/conversation.ts';
import { type Candidate, ineligibility, needsOf } from './eligibility.ts';
import { UNLEARNED_MARGIN } from './token-factor.ts';

function candidate(over: Partial<Candidate> & { region?: string; capabilities?: Capabilities } = {}): Candidate {
  const { region, capabilities = UNKNOWN_CAPABILITIES, ...rest } = over;
  const target = routeTarget('alpha/one', { of: { capabilities, ...(region !== undefined && { region }) } });
  return { target, rank: 0, learnedWindow: undefined, tokens: { factor: 1, margin: UNLEARNED_MARGIN }, ...rest };
}

const able = (name: CapabilityName, tri: Tri): Capabilities => ({
  abilities: { ...UNKNOWN_CAPABILITIES.abilities, [name]: tri },
});

function why(one: Candidate, request = chatRequest()) {
  return ineligibility(one, request, needsOf(request))?.reason;
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
