import { expect, test } from 'vitest';
import { objectRoot } from './object-root.ts';

test('a schema of an object stays as it is', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } };
  expect(objectRoot(schema)).toEqual({ schema, losses: [] });
});

test('a schema without a type, or with others beside it, is one of an object', () => {
  expect(objectRoot({ properties: { a: {} } })).toEqual({
    schema: { type: 'object', properties: { a: {} } },
    losses: [],
  });
  expect(objectRoot({ type: ['object', 'null'] }).schema).toEqual({ type: 'object' });
});

test('a reference at the root is put in place', () => {
  const { schema, losses } = objectRoot({ $ref: '#/$defs/r', $defs: { r: { type: 'object', properties: { a: {} } } } });
  expect(schema).toEqual({ type: 'object', properties: { a: {} } });
  expect(losses).toEqual([]);
});

test('of alternatives at the root all properties are there, and required is what each of them requires', () => {
  const { schema, losses } = objectRoot({
    properties: { kind: { type: 'string' } },
    required: ['kind'],
    oneOf: [
      { properties: { a: { type: 'string' }, both: { type: 'null' } }, required: ['a', 'both'] },
      { properties: { b: { type: 'number' }, both: { type: 'string' }, kind: { const: 'b' } }, required: ['both'] },
    ],
  });
  expect(schema).toEqual({
    type: 'object',
    properties: {
      kind: { type: 'string' },
      // The other alternative says nothing of it: it may be anything there.
      a: {},
      b: {},
      both: { anyOf: [{ type: 'null' }, { type: 'string' }] },
    },
    required: ['kind', 'both'],
  });
  expect(losses).toEqual(['oneOf at the root, merged into one object']);
});

test('of parts at the root each holds', () => {
  const { schema } = objectRoot({
    allOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { properties: { a: { minLength: 2 }, ['__proto__']: { type: 'null' } }, required: ['__proto__'] },
    ],
  });
  expect(JSON.parse(JSON.stringify(schema))).toEqual(
    JSON.parse(
      '{"type":"object","properties":{"a":{"allOf":[{"type":"string"},{"minLength":2}]},"__proto__":{"type":"null"}},"required":["a","__proto__"]}',
    ),
  );
});

test('what is no object at all becomes an open one, and says so', () => {
  const { schema, losses } = objectRoot({ type: 'array', items: { type: 'string' } });
  expect(schema).toEqual({ type: 'object' });
  expect(losses).toEqual(['a type other than object, sent as an object: arguments can be nothing else']);
  expect(objectRoot({ enum: [{ a: 1 }] }).losses).toEqual(['enum at the root, left out']);
});
