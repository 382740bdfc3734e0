import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../model/json.ts';
import { isRequestError } from '../../model/request-error.ts';
import * as fields from './fields.ts';

function refusal(read: () => unknown): { field: string; message: string } {
  try {
    read();
  } catch (error) {
    if (isRequestError(error)) return { field: error.field, message: error.message };
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('readers of request fields', () => {
  const body: JsonObject = { s: 'x', n: 1.5, b: true, o: { a: 1 }, l: ['x'], nil: null };

  it('give the value of the right type', () => {
    expect(fields.readString(body, 's', '')).toBe('x');
    expect(fields.optionalNumber(body, 'n', '')).toBe(1.5);
    expect(fields.optionalBoolean(body, 'b', '')).toBe(true);
    expect(fields.readObject(body, 'o', '')).toEqual({ a: 1 });
    expect(fields.readArray(body, 'l', '')).toEqual(['x']);
    expect(fields.optionalStringList(body, 'l', '')).toEqual(['x']);
  });

  it('take null and nothing for absent where a field is optional', () => {
    for (const key of ['nil', 'gone']) {
      expect(fields.optionalString(body, key, '')).toBeUndefined();
      expect(fields.optionalNumber(body, key, '')).toBeUndefined();
      expect(fields.optionalBoolean(body, key, '')).toBeUndefined();
      expect(fields.optionalObject(body, key, '')).toBeUndefined();
      expect(fields.optionalArray(body, key, '')).toBeUndefined();
      expect(fields.optionalStringList(body, key, '')).toBeUndefined();
    }
  });

  it('name the path of what is missing, and what was wanted', () => {
    expect(refusal(() => fields.readString(body, 'content', 'messages[2]'))).toEqual({
      field: 'messages[2].content',
      message: 'messages[2].content is required and must be a string.',
    });
    expect(refusal(() => fields.readString(body, 'nil', '')).message).toBe('nil must be a string, got null.');
    expect(refusal(() => fields.readArray(body, 'o', '')).message).toBe('o must be an array, got an object.');
    expect(refusal(() => fields.optionalStringList({ stop: ['a', 3] }, 'stop', '')).field).toBe('stop[1]');
  });

  it('refuse numbers outside their bounds, with the number', () => {
    const rule = { min: 1, max: 4, integer: true };
    expect(refusal(() => fields.optionalNumber({ n: 0 }, 'n', '', rule)).message).toBe('n must be at least 1, got 0.');
    expect(refusal(() => fields.optionalNumber({ n: 5 }, 'n', '', rule)).message).toBe('n must be at most 4, got 5.');
    expect(refusal(() => fields.optionalNumber({ n: 1.5 }, 'n', '', rule)).message).toBe(
      'n must be an integer, got 1.5.',
    );
    expect(refusal(() => fields.optionalNumber({ n: '2' }, 'n', '', rule)).message).toBe(
      'n must be an integer, got a string.',
    );
  });

  it('do not see what stands in the prototype', () => {
    expect(fields.optionalString({}, 'toString', '')).toBeUndefined();
    expect(refusal(() => fields.readString({}, 'constructor', '')).field).toBe('constructor');
  });

  it('shorten a caller’s word in a message and keep it on one line', () => {
    const word = fields.quoted(`a\nb${'x'.repeat(200)}`);
    expect(word).not.toContain('\n');
    expect(word.length).toBeLessThan(80);
  });
});
