import { expect, test } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { LossList } from './losses.ts';
import { openaiArguments, openaiOutput } from './openai-schema.ts';

const optional: JsonObject = { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false };
const closed: JsonObject = { ...optional, required: ['a'] };

function argumentsOf(parameters: JsonObject, strict?: boolean) {
  const losses = new LossList();
  const sent = openaiArguments({ name: 't', parameters, ...(strict !== undefined && { strict }) }, 'tools[0]', losses);
  return { ...sent, losses: losses.list() };
}

test('arguments are strict where the caller said so and their schema allows it', () => {
  expect(argumentsOf(closed, true)).toEqual({ parameters: closed, strict: true, losses: [] });
  expect(argumentsOf(optional, true)).toMatchObject({
    parameters: optional,
    strict: false,
    losses: [{ field: 'tools[0].strict', matters: false, why: expect.stringContaining('an optional property') }],
  });
  expect(argumentsOf(optional)).toEqual({ parameters: optional, losses: [] });
  expect(argumentsOf(closed, false)).toEqual({ parameters: closed, strict: false, losses: [] });
});

test('arguments have an object at their root, and lists that say what they hold', () => {
  const { parameters, losses } = argumentsOf({ anyOf: [{ properties: { a: { type: ['array', 'null'] } } }] });
  expect(parameters).toEqual({ type: 'object', properties: { a: { type: ['array', 'null'], items: {} } } });
  expect(losses).toMatchObject([{ field: 'tools[0].parameters', matters: true }]);
});

function outputOf(schema: JsonObject, strict: boolean, name = 'answer') {
  const losses = new LossList();
  return { sent: openaiOutput({ kind: 'json-schema', name, schema, strict }, 'f', losses), losses: losses.list() };
}

test('an answer is strict where it was meant so and its schema allows it', () => {
  expect(outputOf(closed, true)).toEqual({ sent: { name: 'answer', schema: closed, strict: true }, losses: [] });
  expect(outputOf(closed, false).sent).toEqual({ name: 'answer', schema: closed, strict: false });
  const { sent, losses } = outputOf(optional, true);
  expect(sent).toEqual({ name: 'answer', schema: optional, strict: false });
  expect(losses).toMatchObject([{ field: 'f', matters: false }]);
});

test('an answer that is no object at its root cannot be asked for in this way', () => {
  const others: JsonObject[] = [{ type: 'array' }, { ...closed, anyOf: [closed] }, {}];
  for (const schema of others) {
    expect(outputOf(schema, true)).toEqual({ sent: undefined, losses: [] });
  }
  expect(outputOf({ $ref: '#/$defs/r', $defs: { r: closed } }, true).sent?.schema).toEqual(closed);
});

test('the name of an answer is made of what OpenAI takes', () => {
  expect(outputOf(closed, true, 'a b/ü').sent?.name).toBe('a_b__');
  expect(outputOf(closed, true, '').sent?.name).toBe('answer');
  expect(outputOf(closed, true, 'x'.repeat(99)).sent?.name).toHaveLength(64);
});
