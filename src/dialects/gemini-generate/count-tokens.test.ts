import { expect, test } from 'vitest';
import type { JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { counter, counting } from './count-tokens.ts';

const reading = { toolNames: new Map(), finishOptional: false, newId: () => 'id' };

test('the whole request goes in one field, and names its model: bare contents could have no instructions beside them', () => {
  const body = { contents: [], systemInstruction: { parts: [] }, generationConfig: { maxOutputTokens: 5 } };
  const path = '/models/tuned%2Fmy%3Amodel:streamGenerateContent?alt=sse';
  expect(counter.question({ path, headers: {}, body, losses: [], reading })).toEqual({
    path: '/models/tuned%2Fmy%3Amodel:countTokens',
    headers: {},
    body: { generateContentRequest: { model: 'models/tuned/my:model', ...body } },
  });
});

test('a caller sends contents alone, or a whole request, in either spelling; never both', () => {
  const bare = { contents: [], model: 'route', stream: false };
  expect(counting.toRequestBody(bare)).toEqual(bare);
  const request = { model: 'models/other', contents: [], tools: [] };
  const whole = { contents: [], tools: [], model: 'route', stream: false };
  for (const name of ['generateContentRequest', 'generate_content_request']) {
    expect(counting.toRequestBody({ [name]: request, model: 'route', stream: false })).toEqual(whole);
  }
  expect(() => counting.toRequestBody({ ...bare, generateContentRequest: request })).toThrow(RequestError);
  expect(() => counting.toRequestBody({ generateContentRequest: 'x' })).toThrow(/must be an object/);
});

test('only a whole number of tokens is a count', () => {
  expect(counter.readCount({ totalTokens: 31, promptTokensDetails: [] })).toBe(31);
  const nonsense: JsonValue[] = [null, [], {}, { totalTokens: '31' }, { totalTokens: -1 }];
  for (const answer of nonsense) expect(counter.readCount(answer)).toBeUndefined();
});
