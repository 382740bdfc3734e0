import { expect, test } from 'vitest';
import { canary, holdsNoKey, sightings } from './canary.ts';

const planted = [canary('alpha'), canary('beta')];
const key = canary('alpha').key;

test.each([
  ['plain', key],
  ['in JSON', JSON.stringify({ key })],
  ['in a URL', `https://house.example/?key=${encodeURIComponent(key)}`],
  ['in base64', Buffer.from(key).toString('base64')],
  ['in base64 one byte on', Buffer.from(`:${key}!`).toString('base64')],
  ['in base64 two bytes on', Buffer.from(`u:${key}!`).toString('base64')],
  ['in base64url', Buffer.from(key).toString('base64url')],
  ['in hexadecimal', Buffer.from(key).toString('hex')],
  ['cut short', key.slice(0, 26)],
  ['without its beginning', key.slice(-20)],
  ['in bytes', Buffer.from([0, 255, ...Buffer.from(key), 0])],
])('a key is found %s', (_, output) => {
  const text = typeof output === 'string' ? `before ${output} after` : output;
  expect(sightings(text, planted)[0]).toMatchObject({ name: 'alpha' });
  expect(() => holdsNoKey('a line', text, planted)).toThrow(/a line holds a planted key:\n {2}alpha/);
});

test('an ordinary text holds none, and the complaint does not repeat the key', () => {
  holdsNoKey('a line', 'served by alpha/steady-1 <redacted>', planted);
  try {
    holdsNoKey('a line', `x ${key} y`, planted);
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain(key);
  }
});
