import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../model/json.ts';
import { isPromptError, PromptError } from './prompt-error.ts';
import type { VariableSpec } from './prompt-spec.ts';
import { readVariables } from './variables.ts';

const SPECS: Readonly<Record<string, VariableSpec>> = {
  text: { type: 'string', maxLength: 5, default: '' },
  number: { type: 'number', min: 0, max: 10, default: 1 },
  whole: { type: 'integer', default: 1 },
  flag: { type: 'boolean', default: false },
  word: { type: 'enum', values: ['a', 'b'], default: 'a' },
  items: { type: 'list', maxLength: 2, default: [] },
  thing: { type: 'object', default: {} },
};

const read = (given: Record<string, JsonValue>) => readVariables(SPECS, given);

describe('variables of a prompt', () => {
  test('take their defaults where a request leaves them out, and nothing where they are optional', () => {
    expect(read({})).toEqual({ text: '', number: 1, whole: 1, flag: false, word: 'a', items: [], thing: {} });
    expect(readVariables({ a: { type: 'string', required: false } }, {})).toEqual({ a: null });
  });

  test('a missing one is named, with what it is', () => {
    const specs = { city: { type: 'string' as const, description: 'where the order goes' } };
    expect(() => readVariables(specs, {})).toThrow('is missing: the prompt needs it (a text: where the order goes)');
    expect(() => readVariables(specs, { city: null })).toThrow(PromptError);
  });

  test('an unknown one is named, with those that there are', () => {
    expect(() => readVariables({ a: { type: 'string' } }, { a: '', b: 1 })).toThrow('its variables are: a');
    expect(() => readVariables(undefined, { toString: 1 })).toThrow('its variables are: none');
  });

  test.each<[string, JsonValue, JsonValue]>([
    ['number', '7.5', 7.5],
    ['whole', '-3', -3],
    ['flag', 'true', true],
    ['items', '["a"]', ['a']],
    ['thing', '{"a":1}', { a: 1 }],
    ['text', { type: 'input_text', text: 'hi' }, 'hi'],
  ])('a text that reads as one stands for a %s', (name, given, value) => {
    expect(read({ [name]: given })[name]).toEqual(value);
  });

  test.each<[string, JsonValue, string]>([
    ['text', 7, 'must be a text'],
    ['text', 'longer', 'has 6 characters, and may have 5'],
    ['text', { type: 'input_image', image_url: 'x' }, 'must be a text'],
    ['number', 'many', 'must be a number'],
    ['number', -1, 'must be at least 0'],
    ['number', 11, 'must be at most 10'],
    ['whole', 1.5, 'must be a whole number'],
    ['whole', '0x10', 'must be a whole number'],
    ['flag', 'yes', 'must be true or false'],
    ['word', 'c', 'must be one of a, b'],
    ['items', [1, 2, 3], 'has 3 items, and may have 2'],
    ['items', 'a,b', 'must be a list'],
    ['thing', '[1]', 'must be an object'],
    ['items', ['x'.repeat(100_001)], 'has more than 100000 characters'],
  ])('%s refuses %j', (name, given, wrong) => {
    expect(() => read({ [name]: given })).toThrow(wrong);
  });

  test('whatever is given, there are the declared ones or one clear error', () => {
    const names = fc.constantFrom(...Object.keys(SPECS), '__proto__', 'toString', 'x');
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue() as fc.Arbitrary<JsonValue>, { noNullPrototype: true }),
        (given) => {
          try {
            expect(Object.keys(read(given))).toEqual(Object.keys(SPECS));
          } catch (error) {
            expect(isPromptError(error) && error.at.startsWith('variables.')).toBe(true);
          }
        },
      ),
    );
  });
});
