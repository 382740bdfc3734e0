import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../model/json.ts';
import { Dice } from './chance.ts';
import { valueFor } from './schema-value.ts';

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

function generate(schema: JsonObject, seed = 1): unknown {
  return valueFor(schema, { dice: new Dice(seed), topic: 'Paris' });
}

const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ type: fc.constant('boolean') }),
  fc.record({ type: fc.constant('null') }),
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 20 })).map(([minimum, span]) => ({
    type: 'integer',
    minimum,
    maximum: minimum + span,
  })),
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 9 })).map(([exclusiveMinimum, span]) => ({
    type: 'number',
    exclusiveMinimum,
    maximum: exclusiveMinimum + span,
  })),
  fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 20 })).map(([minLength, span]) => ({
    type: 'string',
    minLength,
    maxLength: minLength + span,
  })),
  fc.constantFrom('date-time', 'date', 'email', 'uri', 'uuid', 'ipv4').map((format) => ({ type: 'string', format })),
  fc.uniqueArray(fc.oneof(fc.string(), fc.integer()), { minLength: 1 }).map((items): JsonObject => ({ enum: items })),
  fc.integer().map((value) => ({ const: value })),
  fc.integer({ min: 2, max: 9 }).map((step) => ({ type: 'integer', multipleOf: step, minimum: 3 })),
);

const schemas = fc.letrec<{ schema: JsonObject }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    leaf,
    fc.tuple(fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tie('schema'), { maxKeys: 4 }), fc.boolean()).map(
      ([properties, all]): JsonObject => ({
        type: 'object',
        properties,
        required: all ? Object.keys(properties) : Object.keys(properties).slice(0, 1),
        additionalProperties: false,
      }),
    ),
    fc.tuple(tie('schema'), fc.integer({ min: 0, max: 3 })).map(
      ([items, minItems]): JsonObject => ({
        type: 'array',
        items,
        minItems,
        maxItems: minItems + 2,
      }),
    ),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
  ),
})).schema;

test('a generated value satisfies its schema', () => {
  fc.assert(
    fc.property(schemas, fc.nat(), (schema, seed) => {
      // Two properties of one name in JSON text are one; `__proto__` is none.
      fc.pre(!JSON.stringify(schema).includes('__proto__'));
      const validate = ajv.compile(schema);
      const value = generate(schema, seed);
      expect(validate(value), JSON.stringify({ schema, value, errors: validate.errors })).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('references, merged schemas and a schema that refers to itself', () => {
  const tree: JsonObject = {
    $defs: {
      node: {
        type: 'object',
        properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
        required: ['name', 'children'],
        additionalProperties: false,
      },
    },
    allOf: [{ $ref: '#/$defs/node' }, { properties: { size: { type: 'integer' } }, required: ['size'] }],
  };
  const { additionalProperties: _, ...open } = (tree.$defs as { node: JsonObject }).node;
  const schema = { ...tree, $defs: { node: open } };
  const value = generate(schema);
  expect(ajv.validate(schema, value)).toBe(true);
  expect(value).toMatchObject({ name: 'Paris', size: expect.any(Number) });
});

test('types in capitals, counts as text and nullable unions', () => {
  expect(generate({ type: 'ARRAY', items: { type: 'INTEGER' }, minItems: '3' })).toHaveLength(3);
  expect(generate({ type: ['null', 'string'] })).toBe('Paris');
  expect(generate({ anyOf: [{ type: 'null' }, { type: 'string' }] })).toBe('Paris');
});

test('the same seed gives the same value, and another seed another one some time', () => {
  const schema = { type: 'integer', minimum: 0, maximum: 1_000_000 };
  expect(generate(schema, 7)).toBe(generate(schema, 7));
  expect(generate(schema, 7)).not.toBe(generate(schema, 8));
});
