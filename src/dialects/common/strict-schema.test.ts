import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { maxStrictDepth, maxStrictEnumValues, maxStrictProperties, strictSchema } from './strict-schema.ts';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

describe('a schema that OpenAI is to enforce', () => {
  test('and that was written for it stays as it is', () => {
    const schema = object(
      {
        a: { type: ['string', 'null'], description: 'A.', pattern: '^x', format: 'date' },
        b: { type: 'array', items: { $ref: '#/$defs/node' }, minItems: 1, maxItems: 9 },
        c: { anyOf: [{ type: 'integer', minimum: 1, multipleOf: 2 }, object({})] },
        d: { enum: ['x', 1, null] },
        e: { const: 'fixed' },
      },
      { $defs: { node: object({ next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } }) } },
    );
    expect(strictSchema(schema)).toEqual({ ok: true, schema, changed: [] });
  });

  test('loses what describes nothing, and what is named', () => {
    const { additionalProperties: _closed, ...open } = object({
      a: { type: 'string', minLength: 2, format: 'phone', default: 'x' },
      b: { oneOf: [{ type: 'string' }, { type: 'null' }] },
      c: { allOf: [{ $ref: '#/$defs/s' }], description: 'Mine.' },
    });
    const strict = strictSchema({ ...open, $schema: 'x', $defs: { s: { type: 'string' } } });
    expect(strict).toEqual({
      ok: true,
      changed: [
        'minLength left out',
        'format left out',
        'default left out',
        'oneOf sent as anyOf',
        'descriptions beside references left out',
        'objects closed',
      ],
      schema: {
        ...object({
          a: { type: 'string' },
          b: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          c: { $ref: '#/$defs/s' },
        }),
        $defs: { s: { type: 'string' } },
      },
    });
  });

  test.each<[string, JsonObject]>([
    ['a root that is no object', { type: 'array', items: { type: 'string' } }],
    ['alternatives at the root', object({}, { anyOf: [object({})] })],
    ['an optional property', object({ a: { type: 'null' } }, { required: [] })],
    ['an object with free keys', object({ a: object({}, { additionalProperties: true }) })],
    ['an object with free keys', object({ a: { type: 'object' } })],
    ['a required property that is not described', object({}, { required: ['a'] })],
    ['a list of anything', object({ a: { type: 'array' } })],
    ['a subschema that allows anything', object({ a: true })],
    ['a subschema that allows anything', object({ a: {} })],
    ['a reference to another document', object({ a: { $ref: 'https://x.test/s' } })],
    ['minLength beside a reference', object({ a: { $ref: '#', minLength: 1 } })],
    ['not', object({ a: { type: 'string', not: { const: 'x' } } })],
    ['allOf', object({ a: { allOf: [object({}), object({})] } })],
    ['patternProperties', object({ a: object({}, { patternProperties: {} }) })],
    [
      `more than ${maxStrictEnumValues} enumerated values`,
      object({ a: { enum: Array.from({ length: 1001 }, String) } }),
    ],
    [
      `more than ${maxStrictProperties} properties`,
      object(Object.fromEntries(Array.from({ length: 5001 }, (_, at) => [`p${at}`, { type: 'null' }]))),
    ],
  ])('cannot be enforced with %s', (why, schema) => {
    expect(strictSchema(schema)).toEqual({ ok: false, why });
  });

  test('cannot be enforced when it is too deep, in objects or in alternatives', () => {
    let deep = object({ a: { type: 'null' } });
    for (let level = 0; level < maxStrictDepth; level += 1) deep = object({ a: deep });
    expect(strictSchema(deep)).toMatchObject({ ok: false });
    let nested: JsonObject = { type: 'null' };
    for (let level = 0; level < 10_000; level += 1) nested = { anyOf: [nested] };
    expect(strictSchema(object({ a: nested }))).toMatchObject({ ok: false });
  });
});
