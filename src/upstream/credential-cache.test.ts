import { describe, expect, test } from 'vitest';
import { CredentialCache, type CredentialCacheOptions } from './credential-cache.ts';
import { faultOf } from './test-kit.ts';

const MINUTE = 60_000;
const never = new AbortController().signal;

/** A cache over a source that counts, whose clock the test sets. */
function setUp(changes: Partial<CredentialCacheOptions<string>> = {}) {
  const seen: string[] = [];
  const problems: string[] = [];
  const state = { now: 0, fetched: 0, fails: undefined as Error | undefined };
  const cache = new CredentialCache<string>({
    failure: 'provider p: no token',
    async fetch() {
      state.fetched += 1;
      await Promise.resolve();
      if (state.fails) throw state.fails;
      return { value: `token-${state.fetched}`, expiresAt: state.now + 60 * MINUTE };
    },
    onNew: (value) => seen.push(value),
    onProblem: (problem) => problems.push(problem),
    limitMs: 1_000,
    now: () => state.now,
    ...changes,
  });
  const value = async () => (await cache.get(never)).value;
  return { cache, state, seen, problems, value };
}

describe('a credential that passes', () => {
  test('is fetched once for all who wait, told before it is used, and kept', async () => {
    const { state, seen, value } = setUp();
    expect(await Promise.all(Array.from({ length: 50 }, value))).toEqual(Array(50).fill('token-1'));
    state.now = 54 * MINUTE;
    expect(await value()).toBe('token-1');
    expect([state.fetched, seen]).toEqual([1, ['token-1']]);
  });

  test('is renewed beside the traffic some minutes before its end', async () => {
    const { state, value } = setUp();
    await value();
    state.now = 56 * MINUTE;
    expect(await Promise.all([value(), value()])).toEqual(['token-1', 'token-1']);
    await new Promise(setImmediate);
    expect(await value()).toBe('token-2');
    expect(state.fetched).toBe(2);
  });

  test('is waited for when it has ended', async () => {
    const { state, value } = setUp();
    await value();
    state.now = 59 * MINUTE + 45_000;
    expect(await value()).toBe('token-2');
  });

  test('of a short life is renewed in proportion, not at once for ever', async () => {
    const { state, value } = setUp({
      fetch: async () => ({ value: `short-${++state.fetched}`, expiresAt: state.now + MINUTE }),
    });
    await value();
    state.now = 40_000;
    await value();
    await new Promise(setImmediate);
    expect(state.fetched).toBe(1);
  });

  test('without an end is fetched once', async () => {
    const { state, value } = setUp({ fetch: async () => ({ value: `k-${++state.fetched}` }) });
    await value();
    state.now = 1_000_000 * MINUTE;
    expect(await value()).toBe('k-1');
  });
});

describe('a failing source', () => {
  test('is a refused credential with its reason on one line, and rests for a moment', async () => {
    const { cache, state } = setUp();
    state.fails = new Error(`AADSTS7000215: no\nsecond line ${'x'.repeat(1_000)}`);
    expect(await faultOf(cache.get(never))).toEqual({
      kind: 'credential-refused',
      message: 'provider p: no token: AADSTS7000215: no',
    });
    await faultOf(cache.get(never));
    expect(state.fetched).toBe(1);
    state.now = 2_000;
    state.fails = undefined;
    expect((await cache.get(never)).value).toBe('token-2');
  });

  test('in the background leaves the old one in use, and says so', async () => {
    const { state, problems, value } = setUp();
    await value();
    state.now = 56 * MINUTE;
    state.fails = new Error('identity service away');
    expect(await value()).toBe('token-1');
    await new Promise(setImmediate);
    expect(await value()).toBe('token-1');
    expect(problems).toEqual([expect.stringContaining('identity service away; the present one stays in use')]);
    state.now = 59 * MINUTE + 59_000;
    expect(await faultOf(value())).toMatchObject({ kind: 'credential-refused' });
  });

  test('that never answers is given up, and asked again', async () => {
    const { state, cache } = setUp({ limitMs: 20, fetch: () => new Promise(() => {}) });
    const started = performance.now();
    expect(await faultOf(cache.get(never))).toMatchObject({ message: expect.stringContaining('within 20 ms') });
    state.now = 5_000;
    expect(await faultOf(cache.get(never))).toMatchObject({ kind: 'credential-refused' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  test('one who leaves does not take the fetch from the others', async () => {
    let give = (_: { value: string }) => {};
    const { cache } = setUp({ fetch: () => new Promise((resolve) => (give = resolve)) });
    const leaver = new AbortController();
    const left = cache.get(leaver.signal);
    const stays = cache.get(never);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    give({ value: 'late' });
    expect((await stays).value).toBe('late');
  });

  test('what has ended already is no credential', async () => {
    const { cache } = setUp({ fetch: async () => ({ value: 'old', expiresAt: 0 }) });
    expect(await faultOf(cache.get(never))).toMatchObject({ message: expect.stringContaining('ended already') });
  });
});

describe('a refused credential', () => {
  test('is replaced once, however many say so', async () => {
    const { cache, state } = setUp();
    const held = await cache.get(never);
    state.now = 10 * MINUTE;
    expect([cache.renew(held), cache.renew(held)]).toEqual([true, true]);
    const [one, two] = await Promise.all([cache.get(never), cache.get(never)]);
    expect([one.value, two.value, state.fetched]).toEqual(['token-2', 'token-2', 2]);
    // The one who is late with the old one must not take the new one away.
    expect(cache.renew(held)).toBe(true);
    expect((await cache.get(never)).value).toBe('token-2');
  });

  test('that was fetched just now is wrong, not old', async () => {
    const { cache, state } = setUp();
    const held = await cache.get(never);
    state.now = 5_000;
    expect(cache.renew(held)).toBe(false);
    expect(state.fetched).toBe(1);
  });
});
