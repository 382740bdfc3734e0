import { expect, test } from 'vitest';
import { Secret } from './secret.ts';
import { upstreamTo } from './test-kit.ts';

test.each([
  [{ connections: 0 }, /providers\.p\.connections must be a positive whole number, got 0/],
  [{ connections: 1.5 }, /got 1\.5/],
  [
    { authorisation: { kind: 'key' as const, scheme: 'basic' as 'bearer', key: new Secret('k') } },
    /providers\.p\.auth must be one of bearer, x-api-key, x-goog-api-key, api-key, got basic/,
  ],
  [{ headers: { Host: 'x' } }, /providers\.p\.headers\.Host is set by the client itself/],
  [{ headers: { Authorization: 'x' } }, /providers\.p\.headers\.Authorization is where the secret goes/],
  [{ authorisation: { kind: 'google' as const }, headers: { authorization: 'x' } }, /authorization is where/],
  [{ headers: { 'x-a': 'b\nc' } }, /providers\.p\.headers\.x-a holds characters/],
  [{ headers: { 'x a': 'b' } }, /providers\.p\.headers holds a name/],
  [{ baseUrl: 'http://169.254.169.254' }, /providers\.p\.baseUrl points to/],
])('a provider with %j is refused', (changes, why) => {
  expect(() => upstreamTo('http://127.0.0.1', changes)).toThrow(why);
});

test('a limit that makes no sense is refused', () => {
  expect(() => upstreamTo('http://x', {}, { limits: { maxEventBytes: 0 } })).toThrow(/limits\.maxEventBytes .* got 0/);
});
