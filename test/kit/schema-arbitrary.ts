import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { Dice } from '../../src/simulator/chance.ts';
import { valueFor } from '../../src/simulator/schema-value.ts';

/** A schema as callers write them, and a value that was made for it and then changed a little. */
export interface SchemaCase {
  readonly schema: JsonObject;
  readonly value: JsonValue;
}

const words = fc.constantFrom('a', 'b', 'city', 'unit', 'n', '__proto__', 'x y');

/** What every vendor's form can say. */
const plain: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject[]>(
  { type: 'string', description: 'A word.' },
  { type: ['string', 'null'] },
  { type: 'integer' },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'null' },
  { const: 'fixed' },
  { type: 'string', enum: ['x', 'y'] },
  { enum: [1, 2, null] },
  { $ref: '#/$defs/shared' },
);

const fussy: fc.Arbitrary<JsonObject> = fc.oneof(
  plain,
  fc.record<Record<string, JsonValue>>(
    {
      type: fc.constant('string'),
      minLength: fc.nat(3),
      maxLength: fc.integer({ min: 4, max: 40 }),
      format: fc.constantFrom('date', 'email', 'uri', 'phone'),
      default: fc.constant('x'),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record<Record<string, JsonValue>>(
    {
      type: fc.constantFrom<JsonValue[]>('integer', ['number', 'null']),
      minimum: fc.integer({ min: -5, max: 5 }),
      maximum: fc.integer({ min: 6, max: 20 }),
      multipleOf: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['type'] },
  ),
  fc.constantFrom<JsonObject[]>(
    { const: { deep: [1] } },
    { $ref: '#/$defs/node', description: 'One of the nodes.' },
    { allOf: [{ $ref: '#/$defs/shared' }], description: 'As generators write it.' },
    {},
    { type: 'array' },
    { type: 'object' },
  ),
);

/** Nested schemas of a leaf; `closed`: objects take what they name and nothing else, all of it required. */
function nodesOf(leaf: fc.Arbitrary<JsonObject>, closed: boolean): fc.Arbitrary<JsonObject> {
  return fc.letrec<{ node: JsonObject; object: JsonObject }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 6, arbitrary: leaf },
      { weight: 3, arbitrary: tie('object') },
      { weight: 2, arbitrary: tie('node').map((items): JsonObject => ({ type: 'array', items })) },
      {
        weight: 1,
        arbitrary: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).chain((all) => combined(all, closed)),
      },
    ),
    object: closed ? closedObject(tie('node')) : openObject(tie('node')),
  })).node;
}

function closedObject(node: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc.dictionary(words, node, { minKeys: 1, maxKeys: 4 }).map((properties) => {
    return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
  });
}

function openObject(node: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc
    .record({
      properties: fc.dictionary(words, fc.oneof({ weight: 9, arbitrary: node }, fc.constant(true)), { maxKeys: 4 }),
      additional: fc.constantFrom<(JsonValue | undefined)[]>(false, undefined, true, { type: 'string' }),
      optional: fc.constantFrom(0, 0, 1),
    })
    .map(({ properties, additional, optional }): JsonObject => {
      const names = Object.keys(properties);
      return {
        type: 'object',
        properties,
        ...(names.length > optional && { required: names.slice(optional) }),
        ...(additional !== undefined && { additionalProperties: additional }),
      };
    });
}

function combined(branches: readonly JsonObject[], closed: boolean): fc.Arbitrary<JsonObject> {
  const list: JsonValue[] = [...branches];
  if (closed) return fc.constant({ anyOf: list });
  return fc.constantFrom<JsonObject[]>(
    { anyOf: list },
    { oneOf: list },
    { type: 'array', prefixItems: list },
    { not: { type: 'array' }, type: 'string' },
    { type: 'array', items: { anyOf: list }, uniqueItems: true, minItems: 1 },
  );
}

const definitions: JsonObject = {
  shared: { type: 'string', description: 'Shared.' },
  node: {
    type: 'object',
    properties: { label: { type: 'string' }, next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } },
    required: ['label', 'next'],
    additionalProperties: false,
  },
};

/** Schemas of objects, nearly all that generators write. */
export const schemas: fc.Arbitrary<JsonObject> = fc.oneof(
  closedObject(nodesOf(plain, true)).map((root): JsonObject => ({ ...root, $defs: definitions })),
  openObject(nodesOf(plain, true)).map((root): JsonObject => ({ ...root, $defs: definitions })),
  fc
    .record({
      root: openObject(nodesOf(fussy, false)),
      wrapped: fc.constantFrom('plainly', 'plainly', 'in a reference', 'in alternatives'),
    })
    .map(({ root, wrapped }): JsonObject => {
      if (wrapped === 'in a reference') return { $ref: '#/$defs/root', $defs: { ...definitions, root } };
      const other = { type: 'object', properties: { other: { type: 'null' } } };
      if (wrapped === 'in alternatives') return { anyOf: [root, other], $defs: definitions };
      return { ...root, $defs: definitions, $schema: 'https://json-schema.org/draft/2020-12/schema' };
    }),
);

/** A schema, and a value that may satisfy it; whether it does is for a validator to say. */
export const schemaCases: fc.Arbitrary<SchemaCase> = fc
  .tuple(schemas, fc.integer(), fc.constantFrom('as made', 'more', 'less', 'null', 'last'))
  .map(([schema, seed, change]) => {
    const made = valueFor(schema, { dice: new Dice(seed), topic: '' });
    return { schema, value: changed(made, change) };
  });

function changed(value: JsonValue, change: string): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  switch (change) {
    case 'more':
      return Object.fromEntries([...entries, ['more', 'than asked']]);
    case 'less':
      return Object.fromEntries(entries.slice(1));
    case 'null':
      return Object.fromEntries(entries.map(([name, each], at) => [name, at === 0 ? null : each]));
    case 'last':
      return Object.fromEntries(entries.map(([name, each]) => [name, changed(each, 'more')]));
    default:
      return value;
  }
}
