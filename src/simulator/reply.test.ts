import { expect, test } from 'vitest';
import type { Ask } from './ask.ts';
import { PERSONALITIES } from './model-name.ts';
import { composeReply } from './reply.ts';

function ask(more: Partial<Ask>): Ask {
  return {
    model: 'steady-1',
    personality: 'steady',
    stream: false,
    streamUsage: false,
    system: '',
    userText: 'How tall is a giraffe?',
    toolResults: [],
    tools: [],
    choice: { kind: 'auto' },
    parallel: true,
    output: { kind: 'text' },
    prefill: '',
    thinking: 'none',
    stop: [],
    choices: 1,
    inputTokens: 10,
    ...more,
  };
}
const reply = (more: Partial<Ask>, seed = 0) => composeReply(ask(more), { fault: 'none' }, seed);
const city = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [
  { name: 'search_docs', parameters: {} },
  { name: 'get_weather', parameters: city },
];

test('every personality gives the exact answer that a message orders', () => {
  for (const personality of PERSONALITIES) {
    expect(reply({ personality, userText: 'Please [[answer: A, b\nc.]] now' }).text).toBe('A, b\nc.');
  }
});

test('a scripted answer goes before everything else and is continued like any other', () => {
  const script = { fault: 'none', answer: 'Hello world' } as const;
  expect(composeReply(ask({ userText: '[[words: 3]]' }), script, 0).text).toBe('Hello world');
  expect(composeReply(ask({ prefill: 'Hello' }), script, 0).text).toBe(' world');
  expect(composeReply(ask({ prefill: 'Bye' }), script, 0).text).toBe(' Hello world');
});

test('personalities differ in length, in JSON, in refusing and in calling tools', () => {
  const length = (personality: Ask['personality']) => reply({ personality }).text.length;
  expect(length('terse')).toBeLessThan(length('steady'));
  expect(length('chatty')).toBeGreaterThan(length('steady'));
  const json = { userText: 'Answer in JSON with the keys "mood" and "score".' };
  expect(Object.keys(JSON.parse(reply(json).text))).toEqual(['mood', 'score']);
  expect(Object.keys(JSON.parse(reply({ ...json, personality: 'renamer' }).text))).toEqual(['mood_value', 'score']);
  expect(reply({ ...json, personality: 'chatty' }).text).toMatch(/^Of course!.*```json\n\{.*\}\n```/s);
  const borderline = { userText: 'Do it [[borderline]]' };
  expect(reply({ ...borderline, personality: 'refuser' })).toMatchObject({
    refused: true,
    text: expect.stringMatching(/not able/),
  });
  expect(reply(borderline).refused).toBe(false);
  expect(reply({ tools }).calls).toHaveLength(1);
  expect(reply({ tools, personality: 'toolshy' }).calls).toHaveLength(0);
  expect(reply({ tools, personality: 'toolshy', choice: { kind: 'required' } }).calls).toHaveLength(1);
});

test('a schema written out in the prompt is satisfied', () => {
  const schema = { type: 'object', properties: { level: { enum: ['low', 'high'] } }, required: ['level'] };
  const { text } = reply({ system: `Reply with JSON that matches this schema:\n${JSON.stringify(schema, null, 2)}` });
  expect(['low', 'high']).toContain(JSON.parse(text).level);
});

test('the tool whose name is in the question is called, with a word of it', () => {
  const userText = 'What is the weather in Lima?';
  expect(reply({ tools, userText }).calls).toEqual([{ name: 'get_weather', arguments: '{"city":"Lima"}' }]);
  expect(reply({ tools, userText, choice: { kind: 'none' } }).calls).toEqual([]);
  expect(reply({ tools, userText, choice: { kind: 'named', name: 'search_docs' } }).calls[0]?.name).toBe('search_docs');
  expect(reply({ tools, userText: `both ${userText}`, parallel: false }).calls).toHaveLength(1);
  expect(reply({ tools, userText: `both ${userText}` }).calls).toHaveLength(2);
  const after = reply({ tools, userText, toolResults: [{ name: 'get_weather', text: '21 degrees' }] });
  expect(after).toMatchObject({ calls: [], text: expect.stringContaining('get_weather says: 21 degrees') });
});

test('the token limit cuts thinking first, then the text, then arguments, and is counted exactly', () => {
  const thinking = { thinking: 'shown', userText: '[[words: 10]]' } as const;
  const whole = reply(thinking);
  expect(whole.outputTokens).toBe(whole.reasoningTokens + 10);
  expect(reply({ ...thinking, maxTokens: 3 })).toMatchObject({
    text: '',
    finish: 'length',
    outputTokens: 3,
    reasoningTokens: 3,
  });
  expect(reply({ ...thinking, maxTokens: whole.outputTokens })).toEqual(whole);
  const call = reply({ tools, userText: '[[tool: get_weather {"city":"a b c d"}]]', maxTokens: 2 });
  expect(call).toMatchObject({ finish: 'length', outputTokens: 2 });
  expect(() => JSON.parse(call.calls[0]?.arguments ?? '')).toThrow();
});

test('the same question gets the same answer on any day, and on another seed another one', () => {
  expect(reply({})).toEqual(reply({}));
  expect(reply({}, 5)).not.toEqual(reply({}, 6));
});
