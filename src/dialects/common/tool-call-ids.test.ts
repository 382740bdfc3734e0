import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeToolCallId, type ToolCallIdRule } from './tool-call-ids.ts';

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
