import { describe, expect, it, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { reading } from '../common/test-kit.ts';
import { decodeAnswer } from './decode-answer.ts';

const list = (data: JsonValue, more: JsonObject = {}): JsonObject => ({ object: 'list', data, model: 'm', ...more });
const vector = (index: number, embedding: JsonValue = [0.1, 0.2]): JsonObject => ({
  object: 'embedding',
  index,
  embedding,
});

describe('an answer of embeddings', () => {
  it('keeps the body as it came', () => {
    const body = list([vector(0), vector(1)], { usage: { prompt_tokens: 7, total_tokens: 7 }, extra: true });
    const events = decodeAnswer(body, reading({ vectors: 2 }));
    expect(events.map(({ type }) => type)).toEqual(['start', 'foreign', 'usage', 'finish']);
    expect(events[0]).toMatchObject({ model: 'm', frame: { kind: 'body', value: body } });
    expect(events[2]).toMatchObject({ usage: { inputTokens: 7, outputTokens: 0 } });
  });

  test.each<[string, JsonValue, RegExp]>([
    ['no list', { object: 'list' }, /no|not|error/i],
    ['fewer vectors than inputs', list([vector(0)]), /1 embeddings for 2 inputs/],
    ['more vectors than inputs', list([vector(0), vector(1), vector(2)]), /3 embeddings for 2/],
    ['vectors of two lengths', list([vector(0), vector(1, [0.1])]), /differ in length/],
    ['a vector twice', list([vector(0), vector(0)]), /one index/],
    ['an empty vector', list([vector(0), vector(1, [])]), /item 1 of the answer is no embedding/],
    ['a vector with a hole', list([vector(0), vector(1, [0.1, null])]), /item 1/],
    ['no object', list([vector(0), 'x']), /item 1/],
    ['an error under status 200', { error: { message: 'Overloaded' } }, /error|Overloaded/i],
    ['no object at all', [1, 2], /not a JSON object/],
  ])('that has %s is a fault', (_, body, words) => {
    const events = decodeAnswer(body, reading({ vectors: 2 }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'fault', fault: { message: expect.stringMatching(words) } });
  });
});
