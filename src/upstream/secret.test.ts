import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from './secret.ts';

const value = 'sk-do-not-show-this';

test('a secret shows nothing under any way of printing', () => {
  const secret = new Secret(value);
  const nested = { deep: { list: [secret] }, map: new Map([['k', secret]]) };
  const printed = [
    String(secret),
    `${secret}`,
    `x${secret as unknown as string}`,
    JSON.stringify(nested),
    inspect(secret),
    inspect(nested, { depth: null, showHidden: true }),
    format('%s %o %O %j', secret, secret, secret, secret),
    new Error('x', { cause: secret }).cause?.toString() ?? '',
  ];
  for (const text of printed) expect(text).not.toContain('do-not-show');
  expect(String(secret)).toBe('<redacted>');
  expect(JSON.stringify(secret)).toBe('"<redacted>"');
});

test('a secret has nothing to enumerate, and opens only when told to', () => {
  const secret = new Secret(value);
  expect(Object.keys(secret)).toEqual([]);
  expect(Object.getOwnPropertyNames(secret)).toEqual([]);
  expect({ ...secret }).toEqual({});
  expect(secret.reveal()).toBe(value);
});

test('an empty secret is refused', () => {
  expect(() => new Secret('')).toThrow(/empty/);
});
