import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeToolCallId, type ToolCallIdRule, ToolCallIds } from './tool-call-ids.ts';

const ACCEPTED: Readonly<Record<ToolCallIdRule, RegExp>> = {
  any: /^[\s\S]{1,40}$/,
  'nine-alphanumerics': /^[a-zA-Z0-9]{9}$/,
  'openai-responses': /^[\s\S]{1,64}$/,
  anthropic: /^[a-zA-Z0-9_-]{1,64}$/,
  gemini: /^[\s\S]{1,128}$/,
};
const rules = Object.keys(ACCEPTED) as ToolCallIdRule[];
const anyId = fc.oneof(fc.string({ maxLength: 120 }), fc.string({ unit: 'binary', maxLength: 80 }));

describe('ids of tool calls for a target', () => {
  it.each(rules)('satisfy the rule %s whatever the id', (rule) => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(encodeToolCallId(id, rule)).toMatch(ACCEPTED[rule]);
      }),
    );
  });

  it.each(rules)('are the same for the same id, and an encoded id stays as it is (%s)', (rule) => {
    fc.assert(
      fc.property(anyId, (id) => {
        const once = encodeToolCallId(id, rule);
        expect(encodeToolCallId(id, rule)).toBe(once);
        expect(encodeToolCallId(once, rule)).toBe(once);
      }),
    );
  });

  it('are left alone where they already satisfy the rule', () => {
    expect(encodeToolCallId('call_abc.1:x', 'any')).toBe('call_abc.1:x');
    expect(encodeToolCallId('D681PevKs', 'nine-alphanumerics')).toBe('D681PevKs');
    expect(encodeToolCallId('toolu_01-x', 'anthropic')).toBe('toolu_01-x');
  });

  it.each(rules)('do not collide: 30,000 ids that differ in a digit (%s)', (rule) => {
    const encoded = new Set<string>();
    for (let i = 0; i < 30_000; i += 1)
      encoded.add(encodeToolCallId(`functions.get_weather:${i}/${'x'.repeat(50)}`, rule));
    expect(encoded.size).toBe(30_000);
  });

  it('of two different ids differ (any two strings)', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        fc.pre(a !== b);
        expect(encodeToolCallId(a, 'nine-alphanumerics')).not.toBe(encodeToolCallId(b, 'nine-alphanumerics'));
      }),
    );
  });
});

describe('ids of a conversation for a target', () => {
  /** Turns of calls, their results in the reverse order. */
  const turns = fc.array(
    fc.array(fc.oneof(anyId, fc.constantFrom('call_0', 'f:0', '')), { minLength: 1, maxLength: 4 }),
    {
      maxLength: 6,
    },
  );

  it.each(rules)('satisfy the rule %s, are once each in a turn, and name the call that a result answers', (rule) => {
    fc.assert(
      fc.property(turns, (conversation) => {
        const ids = new ToolCallIds(rule);
        for (const calls of conversation) {
          ids.beginTurn();
          const sent = calls.map((id) => ids.call(id));
          expect(new Set(sent).size).toBe(sent.length);
          for (const id of sent) expect(id).toMatch(ACCEPTED[rule]);
          // Of calls with one id, the results come in the order of the calls.
          const answered = [...new Set(calls)].reverse().flatMap((id) => calls.filter((each) => each === id));
          const given = answered.map((id) => ids.result(id));
          expect([...given].sort()).toEqual([...sent].sort());
          for (const [at, id] of answered.entries()) {
            const nth = answered.slice(0, at).filter((each) => each === id).length;
            const position = calls.flatMap((each, index) => (each === id ? [index] : []))[nth] ?? -1;
            expect(given[at]).toBe(sent[position]);
          }
        }
      }),
    );
  });

  it.each(['anthropic', 'openai-responses'] as const)('are once each in the whole conversation: %s', (rule) => {
    fc.assert(
      fc.property(turns, (conversation) => {
        const ids = new ToolCallIds(rule);
        const sent = conversation.flatMap((calls) => {
          ids.beginTurn();
          return calls.map((id) => ids.call(id));
        });
        expect(new Set(sent).size).toBe(sent.length);
      }),
    );
  });

  it('stay what they were when the conversation goes on', () => {
    fc.assert(
      fc.property(turns, turns, (before, after) => {
        const sentBy = (conversation: readonly (readonly string[])[]) => {
          const ids = new ToolCallIds('anthropic');
          return conversation.flatMap((calls) => {
            ids.beginTurn();
            return calls.map((id) => ids.call(id));
          });
        };
        const first = sentBy(before);
        expect(sentBy([...before, ...after]).slice(0, first.length)).toEqual(first);
      }),
    );
  });

  it('are left alone where a target takes them again in a later turn', () => {
    const ids = new ToolCallIds('any');
    ids.beginTurn();
    expect([ids.call('call_0'), ids.call('call_0')]).toEqual(['call_0', 'call_0#2']);
    ids.beginTurn();
    expect(ids.call('call_0')).toBe('call_0');
    expect(ids.result('call_0')).toBe('call_0');
    expect(ids.result('nobody')).toBe('nobody');
  });
});
