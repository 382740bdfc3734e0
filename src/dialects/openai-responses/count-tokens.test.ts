import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { counter, counting } from './count-tokens.ts';

const reading = { toolNames: new Map(), finishOptional: false, newId: () => 'id' };
const ask = (body: JsonObject) => counter.question({ path: '/responses', headers: {}, body, losses: [], reading });

test('what is no input stays behind: the counter answers 400 to it', () => {
  const input = { model: 'm', input: 'Hi', instructions: 'Be terse.', tools: [], reasoning: { effort: 'low' } };
  const rest = { max_output_tokens: 5, stream: true, store: false, include: [], temperature: 1, metadata: {} };
  expect(ask({ ...input, ...rest })).toEqual({ path: '/responses/input_tokens', headers: {}, body: input });
});

test('a caller’s body is the request itself, and the answer names its kind', () => {
  expect(counting.toRequestBody({ model: 'm', input: 'Hi' })).toEqual({ model: 'm', input: 'Hi' });
  expect(counting.encodeCount(7)).toEqual({ object: 'response.input_tokens', input_tokens: 7 });
});

test('only a whole number of tokens is a count', () => {
  expect(counter.readCount({ object: 'response.input_tokens', input_tokens: 11 })).toBe(11);
  const nonsense: JsonValue[] = [null, [], 'x', {}, { input_tokens: '11' }];
  for (const answer of nonsense) expect(counter.readCount(answer)).toBeUndefined();
});
