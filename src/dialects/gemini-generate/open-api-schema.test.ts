import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import { jsonSchemaOf, maxSchemaDepth } from './open-api-schema.ts';

const read = (schema: JsonObject) => jsonSchemaOf(schema, 'schema');

describe('a schema of this API as JSON Schema', () => {
  it('types by name and number, at all depths', () => {
    const schema = {
      type: 'OBJECT',
      properties: {
        type: { type: 1 },
        list: { type: 'Array', items: { anyOf: [{ type: 'INTEGER' }, { type: 'null' }] } },
      },
      required: ['type'],
      propertyOrdering: ['list', 'type'],
    };
    expect(read(schema)).toEqual({
      type: 'object',
      properties: {
        type: { type: 'string' },
        list: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
      },
      required: ['type'],
    });
  });

  it.each([
    [{ type: 'STRING', nullable: true }, { type: ['string', 'null'] }],
    [
      { type: 'STRING', format: 'enum', nullable: true, enum: ['a'] },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [{ anyOf: [{ type: 'STRING' }], nullable: true }, { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    [
      { type: 'STRING', nullable: false, format: 'date-time' },
      { type: 'string', format: 'date-time' },
    ],
    [
      { type: 'ARRAY', min_items: '1', maxItems: '9', items: {} },
      { type: 'array', minItems: 1, maxItems: 9, items: {} },
    ],
    [{ type: 'TYPE_UNSPECIFIED', description: 'x', example: 1 }, { description: 'x' }],
  ])('%j', (given, wanted) => {
    expect(read(given)).toEqual(wanted);
  });

  it('too deep, or a type that is none: refused by name', () => {
    let deep: JsonObject = { type: 'STRING' };
    for (let level = 0; level <= maxSchemaDepth; level += 1) deep = { type: 'ARRAY', items: deep };
    expect(() => read(deep)).toThrow(/levels deep/);
    expect(() => read({ type: 'OBJECT', properties: { a: { type: 'DATE' } } })).toThrow(/^schema\.properties\.a\.type/);
  });

  it('anything else throws nothing but a refusal', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('type', 'items', 'properties', 'anyOf', 'enum', 'nullable', 'x_y'),
          fc.jsonValue(),
        ),
        (schema) => {
          try {
            read(schema as JsonObject);
          } catch (error) {
            if (!isRequestError(error)) throw error;
          }
        },
      ),
    );
  });
});
