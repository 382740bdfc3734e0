import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { nativeSchema } from './output-schema.ts';

const object = (properties: JsonObject, rest: JsonObject = {}): JsonObject => ({ type: 'object', properties, ...rest });

describe('a schema for structured output', () => {
  it('of the supported subset only gets its objects closed', () => {
    const schema = object(
      {
        a: { type: ['string', 'null'], format: 'date' },
        b: { enum: [1, 2] },
        c: { type: 'array', items: { $ref: '#/$defs/D' }, minItems: 1 },
      },
      { $defs: { D: object({ x: { const: 1 } }) }, required: ['a'] },
    );
    const native = nativeSchema(schema);
    expect(native).toEqual({
      ok: true,
      moved: [],
      changed: ['objects closed'],
      schema: {
        ...schema,
        additionalProperties: false,
        $defs: { D: { ...object({ x: { const: 1 } }), additionalProperties: false } },
      },
    });
  });

  it('with bounds says them in words', () => {
    const native = nativeSchema(
      object(
        {
          a: { type: 'string', description: 'A name.', maxLength: 5, format: 'phone' },
          b: { type: 'array', items: { type: 'null' }, minItems: 3 },
        },
        { $schema: 'x' },
      ),
    );
    expect(native).toMatchObject({
      ok: true,
      moved: ['maxLength', 'format', 'minItems'],
      schema: {
        properties: {
          a: { type: 'string', description: 'A name.\n\n{maxLength: 5, format: "phone"}' },
          b: { description: '{minItems: 3}' },
        },
      },
    });
    expect(JSON.stringify(native)).not.toContain('$schema');
  });

  it('with oneOf becomes anyOf', () => {
    expect(nativeSchema(object({ a: { oneOf: [{ type: 'string' }, { type: 'null' }] } }))).toMatchObject({
      schema: { properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } } },
    });
  });

  it('that lists its values, or refers to another, says nothing beside it', () => {
    const native = nativeSchema(
      object(
        {
          a: { type: 'string', enum: ['x', 'y'], description: 'One of two.' },
          b: { $ref: '#/$defs/B', description: 'A number.' },
          c: { allOf: [{ $ref: '#/$defs/B' }], description: 'The same, as generators write it.' },
          d: { const: { deep: true }, type: 'object', properties: { deep: { type: 'boolean' } } },
        },
        { $defs: { B: { type: 'number' } }, additionalProperties: false },
      ),
    );
    const changed = ['descriptions beside references left out', 'objects closed'];
    expect(native).toMatchObject({ ok: true, moved: ['const'], changed });
    expect(native.ok && native.schema.properties).toMatchObject({
      a: { enum: ['x', 'y'], description: 'One of two.' },
      b: { $ref: '#/$defs/B' },
      c: { $ref: '#/$defs/B' },
      d: { type: 'object', description: '{const: {"deep":true}}' },
    });
    expect(JSON.stringify(native)).not.toContain('"string"');
    expect(JSON.stringify(native)).not.toContain('A number');
  });

  it.each<[string, JsonObject]>([
    ['a schema put together of several', object({ a: { allOf: [object({ x: {} }), object({ y: {} })] } })],
    [
      'alternatives beside properties',
      object({ a: object({ x: { type: 'null' } }, { anyOf: [object({ y: { type: 'null' } })] }) }),
    ],
    ['an object with free keys', object({}, { additionalProperties: { type: 'string' } })],
    ['an object with free keys', { type: 'object' }],
    ['a subschema that allows anything', object({ a: true })],
    ['a subschema without a type', object({ a: {} })],
    ['a recursive schema', object({ a: { $ref: '#' } })],
    [
      'a recursive schema',
      object(
        { a: { $ref: '#/$defs/A' } },
        { $defs: { A: object({ b: { $ref: '#/$defs/B' } }), B: object({ a: { $ref: '#/$defs/A' } }) } },
      ),
    ],
    ['a reference to another document', object({ a: { $ref: 'https://x.test/s' } })],
  ])('that is %s cannot be said', (why, schema) => {
    expect(nativeSchema(schema)).toEqual({ ok: false, why });
  });

  it('that is too deep cannot be said', () => {
    let schema = object({ a: { type: 'string' } });
    for (let depth = 0; depth < 100; depth += 1) schema = object({ a: schema });
    expect(nativeSchema(schema)).toMatchObject({ ok: false, why: 'a schema of this size' });
  });

  it('of any shape is rewritten or refused, and a rewritten one stays as it is', () => {
    const simple = fc.record(
      { type: fc.constantFrom('string', 'integer', 'null'), maxLength: fc.nat(), format: fc.string() },
      { requiredKeys: ['type'] },
    );
    const leaf = fc.oneof({ weight: 12, arbitrary: simple }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
    const node = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.record(
          {
            type: fc.constant('object'),
            properties: fc.dictionary(fc.string(), tie('node'), { minKeys: 1, maxKeys: 3 }),
            oneOf: fc.array(tie('node'), { maxLength: 3 }),
            required: fc.jsonValue({ maxDepth: 1 }),
          },
          { requiredKeys: ['type'] },
        ),
      ),
    })).node;
    let rewritten = 0;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), node, { minKeys: 1, maxKeys: 4 }), (properties) => {
        const schema = JSON.parse(JSON.stringify({ type: 'object', properties })) as JsonObject;
        const native = nativeSchema(schema);
        if (!native.ok) return;
        rewritten += 1;
        expect(nativeSchema(native.schema)).toEqual({ ok: true, schema: native.schema, moved: [], changed: [] });
      }),
    );
    expect(rewritten).toBeGreaterThan(10);
  });
});
