import { describe, expect, it } from 'vitest';
import { chatRequest } from '../../test/kit/engine-kit.ts';
import type { Part } from '../model/conversation.ts';
import { TOKENS_PER_IMAGE } from './engine-defaults.ts';
import { estimateTokens } from './token-estimate.ts';

const source = { kind: 'url', url: 'https://example.com/x' } as const;
const of = (...parts: Part[]) => estimateTokens({ ...chatRequest(), messages: [{ role: 'user', parts }] });
const text = (length: number): Part => ({ type: 'text', text: 'x'.repeat(length) });

describe('an estimate of tokens', () => {
  it('counts four characters as one token, rounded up over the whole request', () => {
    expect([of(text(0)), of(text(1)), of(text(8)), of(text(2), text(2))]).toEqual([0, 1, 2, 1]);
  });

  it('counts the answer that was asked for', () => {
    const request = chatRequest({ max_tokens: 700, messages: [{ role: 'user', content: 'abcd' }] });
    expect(estimateTokens(request)).toBe(701);
  });

  it('counts an image flatly, in a message and in the result of a tool alike', () => {
    expect(of({ type: 'image', source })).toBe(TOKENS_PER_IMAGE);
    const content = [{ type: 'image', source } as const, { type: 'text', text: 'abcd' } as const];
    expect(of({ type: 'tool-result', callId: 'c', content, isError: false })).toBe(TOKENS_PER_IMAGE + 1);
  });

  it('counts calls, thinking and refusals by their text, and guesses nothing about documents and sounds', () => {
    expect(of({ type: 'tool-call', id: 'ignored', name: 'look', arguments: '{"a":1}!' })).toBe(3);
    expect(of({ type: 'reasoning', text: 'x'.repeat(40) }, { type: 'refusal', text: 'abcd' })).toBe(11);
    expect(of({ type: 'file', source }, { type: 'audio', source })).toBe(0);
  });

  it('counts tools with their schemas', () => {
    const parameters = { type: 'object' };
    const tool = { type: 'function', function: { name: 'look', description: 'it up!', parameters } };
    const plain = chatRequest({ messages: [{ role: 'user', content: 'abcd' }] });
    const withTool = chatRequest({ messages: [{ role: 'user', content: 'abcd' }], tools: [tool] });
    const chars = 4 + 'look'.length + 'it up!'.length + JSON.stringify(parameters).length;
    expect([estimateTokens(plain), estimateTokens(withTool)]).toEqual([1, Math.ceil(chars / 4)]);
  });
});
