import { expect, test } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { counter, counting } from './count-tokens.ts';

const reading = { toolNames: new Map(), finishOptional: false, newId: () => 'id' };
const ask = (body: JsonObject) =>
  counter.question({ path: '/messages', headers: { 'anthropic-version': '2023-06-01' }, body, losses: [], reading });

test('what is no input stays behind: the counter answers 400 to it', () => {
  const input = {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    system: 'Be terse.',
    tools: [],
    thinking: { type: 'adaptive' },
    output_config: { effort: 'low' },
  };
  const rest = {
    max_tokens: 5,
    stream: true,
    temperature: 1,
    stop_sequences: ['x'],
    metadata: {},
    service_tier: 'auto',
  };
  expect(ask({ ...input, ...rest })).toEqual({
    path: '/messages/count_tokens',
    headers: { 'anthropic-version': '2023-06-01' },
    body: input,
  });
});

test('a caller names no limit of the answer, and gets none of its own overridden by less than any budget', () => {
  expect(counting.toRequestBody({ model: 'm' })).toMatchObject({ model: 'm', max_tokens: 1_000_000 });
  expect(counting.encodeCount(7)).toEqual({ input_tokens: 7 });
});

test('only a whole number of tokens is a count', () => {
  expect(counter.readCount({ input_tokens: 0 })).toBe(0);
  for (const input_tokens of [-1, 1.5, '7', null, 2 ** 60]) expect(counter.readCount({ input_tokens })).toBeUndefined();
  for (const answer of [null, [], 'x', {}]) expect(counter.readCount(answer)).toBeUndefined();
});
