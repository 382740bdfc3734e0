import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { dereference, keepKeywords, mapSchema, maxSchemaDepth, maxSchemaLosses, maxSchemaNodes } from './schema.ts';

describe('dereference', () => {
  it('puts definitions in place and removes them', () => {
    const { schema, losses } = dereference({
      type: 'object',
      properties: { home: { $ref: '#/$defs/address' }, work: { $ref: '#/definitions/address' } },
      $defs: { address: { type: 'object', properties: { city: { $ref: '#/$defs/city' } } }, city: { type: 'string' } },
      definitions: { address: { type: 'string' } },
    });
    expect(schema).toEqual({
      type: 'object',
      properties: {
        home: { type: 'object', properties: { city: { type: 'string' } } },
        work: { type: 'string' },
      },
    });
    expect(losses).toEqual([]);
  });

  it('keeps what describes a reference, and names what contradicts it', () => {
    const { schema, losses } = dereference({
      properties: { a: { $ref: '#/$defs/x', description: 'mine', minLength: 2 } },
      $defs: { x: { type: 'string', description: 'theirs', minLength: 9 } },
    });
    expect(schema).toEqual({ properties: { a: { type: 'string', description: 'mine', minLength: 2 } } });
    expect(losses).toEqual(['properties.a: minLength beside #/$defs/x replaces the one it refers to']);
  });

  it('cuts a reference that contains itself and says where', () => {
    const { schema, losses } = dereference({
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, required: ['next'] } },
    });
    expect(schema).toEqual({ type: 'object', properties: { next: { type: 'object' } }, required: ['next'] });
    expect(losses).toEqual(['properties.next: recursive reference #/$defs/node, left open']);
  });

  it('ends on references that only point at each other', () => {
    const { losses } = dereference({
      $ref: '#/$defs/a',
      $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    });
    expect(losses).toHaveLength(1);
  });

  it('leaves open what it cannot find: other documents, anchors, bad escapes, inherited names', () => {
    for (const $ref of [
      'https://example.com/s.json',
      '#name',
      '#/$defs/%E0%A4%A',
      '#/toString',
      '#/__proto__',
      '#/$defs/none',
    ]) {
      const { schema, losses } = dereference({ properties: { a: { $ref } }, $defs: {} });
      expect(schema).toEqual({ properties: { a: {} } });
      expect(losses).toEqual([`properties.a: reference ${$ref} not found, left open`]);
    }
  });

  it('reads escaped pointers and steps through lists', () => {
    const { schema } = dereference({
      properties: { a: { $ref: '#/$defs/x~1y%20z' }, b: { $ref: '#/anyOf/1' } },
      anyOf: [{ type: 'number' }, { type: 'boolean' }],
      $defs: { 'x/y z': { type: 'string' } },
    });
    expect(schema.properties).toEqual({ a: { type: 'string' }, b: { type: 'boolean' } });
  });

  it('does not take properties or data called like keywords for keywords', () => {
    const schema: JsonObject = {
      properties: { $ref: { type: 'string' }, $defs: { type: 'string' }, definitions: { type: 'string' } },
      default: { $ref: '#/nowhere', $defs: {} },
      enum: [{ $ref: '#/nowhere' }],
    };
    expect(dereference(schema)).toEqual({ schema, losses: [] });
  });

  it('keeps a property called __proto__', () => {
    const parsed: unknown = JSON.parse(
      '{"properties":{"__proto__":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"string"}}}',
    );
    const { schema } = dereference(isJsonObject(parsed) ? parsed : {});
    expect(JSON.stringify(schema)).toBe('{"properties":{"__proto__":{"type":"string"}}}');
  });

  it('stays bounded where references multiply', () => {
    const $defs: Record<string, JsonValue> = { x0: { type: 'string' } };
    for (let level = 1; level <= 30; level += 1) {
      const $ref = `#/$defs/x${level - 1}`;
      $defs[`x${level}`] = { anyOf: [{ $ref }, { $ref }, { $ref }] };
    }
    const { schema, losses } = dereference({ $ref: '#/$defs/x30', $defs });
    expect(countObjects(schema)).toBeLessThan(4 * maxSchemaNodes);
    expect(losses.length).toBeLessThanOrEqual(maxSchemaLosses + 1);
    expect(losses.at(-1)).toMatch(/^and \d+ more$/);
  });
});

describe('keepKeywords', () => {
  const allowed = new Set(['type', 'properties', 'items', 'anyOf', 'required']);

  it('drops keywords at every depth and names where', () => {
    const { schema, losses } = keepKeywords(
      {
        $schema: 'x',
        type: 'object',
        properties: { list: { type: 'array', items: { type: 'string', pattern: 'a' } } },
        anyOf: [{ type: 'object', not: {} }],
      },
      allowed,
    );
    expect(schema).toEqual({
      type: 'object',
      properties: { list: { type: 'array', items: { type: 'string' } } },
      anyOf: [{ type: 'object' }],
    });
    expect(losses).toEqual(['$schema', 'properties.list.items: pattern', 'anyOf[0]: not']);
  });

  it('keeps properties that are called like a dropped keyword', () => {
    const schema: JsonObject = { properties: { pattern: { type: 'string' }, $schema: { type: 'string' } } };
    expect(keepKeywords(schema, allowed)).toEqual({ schema, losses: [] });
  });

  it('leaves open what lies too deep', () => {
    let deep: JsonObject = { type: 'string' };
    for (let level = 0; level < maxSchemaDepth * 2; level += 1) deep = { items: deep };
    expect(keepKeywords(deep, allowed).losses).toEqual([expect.stringMatching(/too large, left open$/)]);
  });
});

it('mapSchema changes subschemas only', () => {
  const { schema } = mapSchema(
    { properties: { a: { const: 1 } }, default: { const: 2 } },
    ({ const: value, ...rest }) => (value === undefined ? rest : { ...rest, enum: [value] }),
  );
  expect(schema).toEqual({ properties: { a: { enum: [1] } }, default: { const: 2 } });
});

/** Only so deep: a generator of records that hold records on average more than once never ends. */
function schemas(depth: number): fc.Arbitrary<JsonObject> {
  const name = fc.constantFrom('a', 'b', '__proto__');
  const leaf: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.constantFrom('object', 'string').map((type) => ({ type })),
    fc
      .constantFrom('#', '#/$defs/a', '#/$defs/b', '#/properties/a', '#/anyOf/0', '#/%', 'x:y')
      .map(($ref) => ({ $ref })),
  );
  if (depth === 0) return leaf;
  const inner = schemas(depth - 1);
  const several = fc.dictionary(name, inner, { maxKeys: 2 });
  return fc
    .tuple(leaf, several, fc.array(inner, { maxLength: 2 }), several)
    .map(([base, properties, anyOf, $defs]) => ({ ...base, properties, anyOf, $defs }));
}

it('whatever the schema, nothing throws, nothing is altered in place, no local reference or definition is left', () => {
  fc.assert(
    fc.property(schemas(3), (given) => {
      const before = JSON.stringify(given);
      const accepted = dereference(given).schema;
      expect(JSON.stringify(given)).toBe(before);
      expect(JSON.stringify(accepted)).not.toMatch(/"\$ref"|"\$defs"/);
      const kept = keepKeywords(accepted, new Set(['type'])).schema;
      expect(Object.keys(kept).filter((keyword) => keyword !== 'type')).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

function countObjects(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, entry) => sum + countObjects(entry), 0);
  if (!isJsonObject(value)) return 0;
  return Object.values(value).reduce<number>((sum, entry) => sum + countObjects(entry), 1);
}
