import { describe, expect, it } from 'vitest';
import { chatRequest } from '../../test/kit/engine-kit.ts';
import { applyPrompt, withPrefill, withRepair } from './prompt-adjustment.ts';
import type { PromptAdjustment } from './route.ts';

const request = chatRequest({
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello' },
    { role: 'system', content: 'Later.' },
  ],
});
const prompt = (placement: PromptAdjustment['placement']): PromptAdjustment => ({
  version: 'v2',
  text: 'Be exact.',
  placement,
});

function words(of: typeof request): string[] {
  return of.messages.map(
    ({ role, parts }) => `${role}: ${parts.map((part) => (part.type === 'text' ? part.text : part.type)).join('')}`,
  );
}

describe('a target’s own instructions', () => {
  it.each([
    ['before', ['system: Be exact.', 'system: Be kind.', 'system: Be brief.']],
    ['after', ['system: Be kind.', 'system: Be brief.', 'system: Be exact.']],
    ['replace', ['system: Be exact.']],
  ] as const)('%s the caller’s opening ones; what comes later stays', (placement, opening) => {
    const placed = applyPrompt(request, prompt(placement));
    expect(words(placed)).toEqual([...opening, 'user: Hello', 'system: Later.']);
    expect(placed.conversationEdited).toBe(true);
  });

  it('stand alone where the caller gave none, and where the caller gave nothing else', () => {
    const none = chatRequest({ messages: [{ role: 'user', content: 'Hello' }] });
    expect(words(applyPrompt(none, prompt('after')))).toEqual(['system: Be exact.', 'user: Hello']);
    const only = chatRequest({ messages: [{ role: 'system', content: 'Be kind.' }] });
    expect(words(applyPrompt(only, prompt('after')))).toEqual(['system: Be kind.', 'system: Be exact.']);
  });

  it('that are not there leave the request as it is, the very same one', () => {
    expect(applyPrompt(request, undefined)).toBe(request);
  });

  it('do not touch the request they are applied to: attempt two starts from the caller’s words', () => {
    const before = JSON.stringify(request);
    applyPrompt(request, prompt('replace'));
    withRepair(request, { role: 'assistant', parts: [] }, 'Again.');
    withPrefill(request, 'So far');
    expect(JSON.stringify(request)).toBe(before);
  });
});

describe('asking again', () => {
  it('repair shows the broken answer and says the operator’s words', () => {
    const asked = withRepair(request, { role: 'assistant', parts: [{ type: 'text', text: '{' }] }, 'JSON only.');
    expect(words(asked).slice(-2)).toEqual(['assistant: {', 'user: JSON only.']);
    expect(asked.conversationEdited).toBe(true);
  });

  it('a prefill is the last thing said', () => {
    const asked = withPrefill(request, 'So far');
    expect(words(asked).at(-1)).toBe('assistant: So far');
    expect(asked.conversationEdited).toBe(true);
  });
});
