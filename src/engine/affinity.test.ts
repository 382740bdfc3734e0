import { describe, expect, test } from 'vitest';
import { chatRequest } from '../../test/kit/engine-kit.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { Affinity, isRunning, type KeptConversation, keyAfterAnswer, keyOfRequest } from './affinity.ts';

const said = (text: string): readonly Part[] => [{ type: 'text', text }];
const kept: KeptConversation = { target: 'beta/two', since: 0, turns: 1, usage: {} };
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const of = (request: ChatRequest, over: { caller?: string; route?: string } = {}) => ({
  caller: 'web',
  route: 'reply',
  request,
  ...over,
});
const asks = (...messages: object[]) => chatRequest({ messages });

describe('the key of a conversation', () => {
  const first = asks({ role: 'system', content: 'It is noon.' }, user('Hello'));
  const after = keyAfterAnswer(of(first), said('Hi.'));

  test('is found again by the next request, though the instructions tell another time', () => {
    const next = asks({ role: 'system', content: 'It is one.' }, user('Hello'), assistant('Hi. '), user('And now?'));
    expect(keyOfRequest(of(next))).toBe(after);
  });

  test.each([
    ['another answer', [user('Hello'), assistant('Hey.'), user('x')], {}],
    ['another beginning', [user('Hullo'), assistant('Hi.'), user('x')], {}],
    ['a longer conversation', [user('Hello'), assistant('Hi.'), user('x'), assistant('y'), user('z')], {}],
    ['another caller', [user('Hello'), assistant('Hi.'), user('x')], { caller: 'app' }],
    ['another route', [user('Hello'), assistant('Hi.'), user('x')], { route: 'sum' }],
  ])('is not that of %s', (_name, messages, over) => {
    expect(keyOfRequest(of(asks(...messages), over))).not.toBe(after);
  });

  test('tells calls of tools apart, and takes their arguments in any spelling', () => {
    const call = (args: string) => ({
      role: 'assistant',
      tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'look', arguments: args } }],
    });
    const result = { role: 'tool', tool_call_id: 'call_1', content: 'rain' };
    const part: Part = { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{"a":1,"b":2}' };
    const key = keyAfterAnswer(of(asks(user('Weather?'))), [part]);
    expect(keyOfRequest(of(asks(user('Weather?'), call('{ "b": 2, "a": 1 }'), result)))).toBe(key);
    expect(keyOfRequest(of(asks(user('Weather?'), call('{"a":2}'), result)))).not.toBe(key);
  });

  test('a request that begins one has none', () => {
    expect(keyOfRequest(of(first))).toBeUndefined();
    expect(isRunning(first)).toBe(false);
  });

  test("the caller's own name stands for what was said", () => {
    const named = chatRequest({}, { conversation: 'c-1' });
    const later = chatRequest({ messages: [user('Summary: …'), user('And now?')] }, { conversation: 'c-1' });
    expect(keyOfRequest(of(later))).toBe(keyAfterAnswer(of(named), said('Hi.')));
    expect(keyOfRequest(of(later, { caller: 'app' }))).not.toBe(keyOfRequest(of(later)));
  });
});

describe('what is remembered', () => {
  test('is found until it is silent for too long', () => {
    const affinity = new Affinity();
    affinity.keep('a', kept, 1_000, 0);
    expect(affinity.find('a', 900)).toBe(kept);
    expect(affinity.find('a', 1_900)).toBe(kept);
    expect(affinity.find('a', 2_901)).toBeUndefined();
    expect(affinity.size).toBe(0);
  });

  test('is bounded: what was used longest ago goes', () => {
    const affinity = new Affinity(2);
    affinity.keep('a', kept, 1_000, 0);
    affinity.keep('b', kept, 1_000, 1);
    affinity.find('a', 2);
    affinity.keep('c', kept, 1_000, 3);
    expect([affinity.find('a', 4), affinity.find('b', 4), affinity.find('c', 4)]).toEqual([kept, undefined, kept]);
  });

  test('what is too old leaves when something new comes', () => {
    const affinity = new Affinity();
    affinity.keep('a', kept, 1_000, 0);
    affinity.keep('b', kept, 1_000, 0);
    affinity.keep('c', kept, 1_000, 5_000);
    expect(affinity.size).toBe(1);
  });

  test('is forgotten when told', () => {
    const affinity = new Affinity();
    affinity.keep('a', kept, 1_000, 0);
    affinity.forget('a');
    expect(affinity.size).toBe(0);
  });

  test('a limit that is no number is refused', () => {
    expect(() => new Affinity(-1)).toThrow(/maxTurns must be an integer of 0 or more, got -1/);
  });
});
