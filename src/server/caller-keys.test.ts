import { describe, expect, it } from 'vitest';
import { CallerKeys } from './caller-keys.ts';
import { HttpFailure } from './http-failure.ts';

const keys = new CallerKeys(
  [
    { name: 'web', key: 'key-of-web', routes: ['reply'] },
    { name: 'batch', key: 'key-of-batch' },
  ],
  'key-of-admin',
);

function status(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof HttpFailure) return error.failure.status;
    throw error;
  }
  return undefined;
}

describe('a caller', () => {
  it.each([
    ['authorization', 'Bearer key-of-web'],
    ['authorization', 'bearer   key-of-web'],
    ['x-api-key', 'key-of-web'],
  ])('is known by %s: %s', (name, value) => {
    expect(keys.authenticate({ [name]: value })).toEqual({ name: 'web', routes: ['reply'] });
  });

  it('without restriction may use every route', () => {
    expect(keys.authenticate({ 'x-api-key': 'key-of-batch' })).toEqual({ name: 'batch' });
  });

  it.each([
    ['no key', {}],
    ['a wrong one', { authorization: 'Bearer key-of-we' }],
    ['another scheme', { authorization: 'Basic key-of-web' }],
    ['two words', { authorization: 'Bearer key-of-web x' }],
    ['an empty one', { 'x-api-key': '' }],
    ['one too long to look at', { 'x-api-key': 'k'.repeat(513) }],
    ['the admin’s', { 'x-api-key': 'key-of-admin' }],
    ['a wrong bearer beside a right plain one', { authorization: 'Bearer nope', 'x-api-key': 'key-of-web' }],
  ])('with %s is refused, always in the same words', (_, headers) => {
    let message = '';
    try {
      keys.authenticate(headers);
    } catch (error) {
      message = String(error);
    }
    expect(status(() => keys.authenticate(headers))).toBe(401);
    expect(message).toContain('a valid key is required');
  });

  it('needs no key where none is configured', () => {
    const open = new CallerKeys([], undefined);
    expect(open.required).toBe(false);
    expect(open.authenticate({ authorization: 'Bearer whatever' })).toBeUndefined();
  });
});

describe('the admin key', () => {
  it('opens the admin API, and a caller’s key does not', () => {
    expect(status(() => keys.authenticateAdmin({ authorization: 'Bearer key-of-admin' }))).toBeUndefined();
    expect(status(() => keys.authenticateAdmin({ 'x-api-key': 'key-of-admin' }))).toBeUndefined();
    expect(status(() => keys.authenticateAdmin({ 'x-api-key': 'key-of-web' }))).toBe(401);
    expect(status(() => keys.authenticateAdmin({}))).toBe(401);
  });

  it('that is not configured means that the admin API is off, whatever is shown', () => {
    const off = new CallerKeys([], undefined);
    expect(status(() => off.authenticateAdmin({ 'x-api-key': 'undefined' }))).toBe(403);
  });
});

describe('what is kept', () => {
  it('is no key: nothing that can be looked at or printed holds one', async () => {
    const { inspect } = await import('node:util');
    expect(inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys)).not.toMatch(/key-of-/);
  });
});
