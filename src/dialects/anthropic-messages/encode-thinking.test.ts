import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import { encode, lost, user } from './test-kit.ts';

describe('thinking', () => {
  const high = { reasoning: { effort: 'high' as const } };

  it.each<[Quirks['thinking'], ChatRequest['reasoning'], JsonObject]>([
    ['adaptive', { effort: 'medium' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } }],
    ['adaptive', { effort: 'xhigh' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['adaptive', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['adaptive', { budgetTokens: 1500 }, { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }],
    ['effort', { effort: 'minimal' }, { output_config: { effort: 'low' } }],
    ['budget', { budgetTokens: 100 }, { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    ['budget', { effort: 'high' }, { thinking: { type: 'enabled', budget_tokens: 3200 } }],
  ])('asked for as %s of %j', (thinking, reasoning, expected) => {
    const { body } = encode({ ...(reasoning && { reasoning }) }, { quirks: { thinking } });
    expect({ thinking: body.thinking, output_config: body.output_config }).toEqual({
      thinking: undefined,
      output_config: undefined,
      ...expected,
    });
  });

  it('is a loss where the target does not think, or has no room for it', () => {
    expect(lost(encode(high))).toEqual(['reasoning']);
    const cramped = encode({ ...high, maxOutputTokens: 1100 }, { quirks: { thinking: 'budget' } });
    expect(cramped.body).not.toHaveProperty('thinking');
    expect(lost(cramped)).toEqual(['reasoning']);
  });

  it.each<[string, Partial<ChatRequest>]>([
    ['a forced tool', { tools: [{ name: 'f', parameters: {} }], toolChoice: { kind: 'required' } }],
    ['a prefill', { messages: [user('x'), { role: 'assistant', parts: [{ type: 'text', text: 'A' }] }] }],
    [
      'a round of tools begun by another provider',
      {
        tools: [{ name: 'f', parameters: {} }],
        messages: [
          user('x'),
          { role: 'assistant', parts: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{}' }] },
          { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [], isError: false }] },
        ],
      },
    ],
  ])('gives way to %s', (_, fields) => {
    const encoded = encode({ ...high, ...fields }, { quirks: { thinking: 'budget' } });
    expect(encoded.body).not.toHaveProperty('thinking');
    expect(lost(encoded)).toContain('reasoning');
  });

  it('pushes changed sampling out', () => {
    const encoded = encode({ ...high, sampling: { temperature: 0.2, topK: 4 } }, { quirks: { thinking: 'adaptive' } });
    expect(encoded.body).toMatchObject({ thinking: { type: 'adaptive' } });
    expect(encoded.body).not.toHaveProperty('temperature');
    expect(lost(encoded)).toEqual(['temperature', 'top_k']);
  });
});
