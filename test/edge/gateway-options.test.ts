import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { ask, body, refuses, SURFACES, stillServes } from './edge-kit.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

/** Twenty-one tags are one too many. */
const TAGS = Array.from({ length: 21 }, (_, at) => `t${at}`);

describe.each(SURFACES)('the body object `understudy` (%s)', (surface) => {
  test.each([
    ['understudy', null],
    ['understudy', 'strict'],
    ['understudy', []],
    ['understudy', 5],
    ['understudy.timeout', { timeout: 5 }],
    ['understudy.__proto', { __proto: 5 }],
    ['understudy.constructor', { constructor: 5 }],
    ['understudy.deadlineMs', { deadlineMs: 5 }],
    ['understudy.deadline_ms', { deadline_ms: '5s' }],
    ['understudy.deadline_ms', { deadline_ms: 0 }],
    ['understudy.deadline_ms', { deadline_ms: -1 }],
    ['understudy.deadline_ms', { deadline_ms: 86_400_001 }],
    ['understudy.deadline_ms', { deadline_ms: null }],
    ['understudy.deadline_ms', { deadline_ms: true }],
    ['understudy.deadline_ms', { deadline_ms: [5] }],
    ['understudy.quality', { quality: 'best' }],
    ['understudy.quality', { quality: true }],
    ['understudy.quality', { quality: ['strict'] }],
    ['understudy.residency', { residency: [] }],
    ['understudy.residency', { residency: '' }],
    ['understudy.residency', { residency: [5] }],
    ['understudy.residency', { residency: { eu: true } }],
    ['understudy.residency', { residency: ['x'.repeat(65)] }],
    ['understudy.retention_days', { retention_days: -1 }],
    ['understudy.retention_days', { retention_days: 0.5 }],
    ['understudy.retention_days', { retention_days: '30' }],
    ['understudy.retention_days', { retention_days: 36_501 }],
    ['understudy.languages', { languages: [] }],
    ['understudy.languages', { languages: ['german'] }],
    ['understudy.languages', { languages: ['de', 5] }],
    ['understudy.pin', { pin: 'alpha' }],
    ['understudy.pin', { pin: '/steady-1' }],
    ['understudy.pin', { pin: 'alpha/' }],
    ['understudy.pin', { pin: 'alpha/a b' }],
    ['understudy.pin', { pin: 5 }],
    ['understudy.pin', { pin: ['alpha/steady-1'] }],
    ['understudy.tags', { tags: [] }],
    ['understudy.tags', { tags: TAGS }],
    ['understudy.tags', { tags: ['a', ''] }],
    ['understudy.tags', { tags: [null] }],
    ['understudy.tags', { tags: { a: 1 } }],
  ])('%s is named for %j', async (field, understudy) => {
    const error = await refuses(house, surface, { body: body(surface, { understudy }) }, { status: 400, field });
    expect(error.message).toContain(field);
  });
});

describe.each(SURFACES)('the headers of the same names (%s)', (surface) => {
  test.each([
    ['x-understudy-deadline-ms', 'soon'],
    ['x-understudy-deadline-ms', ''],
    ['x-understudy-deadline-ms', '-5'],
    ['x-understudy-deadline-ms', 'Infinity'],
    ['x-understudy-quality', 'best'],
    ['x-understudy-quality', ''],
    ['x-understudy-residency', ','],
    ['x-understudy-residency', ''],
    ['x-understudy-retention-days', ''],
    ['x-understudy-retention-days', 'none'],
    ['x-understudy-retention-days', '-1'],
    ['x-understudy-languages', 'de,'],
    ['x-understudy-languages', 'de fr'],
    ['x-understudy-pin', 'alpha'],
    ['x-understudy-pin', ''],
    ['x-understudy-tags', TAGS.join(',')],
    ['x-understudy-tags', 'x'.repeat(65)],
  ])('%s: %s', async (name, value) => {
    const error = await refuses(
      house,
      surface,
      { body: body(surface), headers: { [name]: value } },
      { status: 400, field: name },
    );
    expect(error.message).toContain(name);
  });

  test('the body wins over the header, and a bad one is refused although the other is good', async () => {
    const headers = { 'x-understudy-pin': 'beta/steady-1' };
    const pinned = await ask(house, surface, {
      headers,
      body: body(surface, { understudy: { pin: 'alpha/steady-1' } }),
    });
    expect(pinned.headers['x-understudy-served-by']).toBe('alpha/steady-1');
    await refuses(
      house,
      surface,
      { headers, body: body(surface, { understudy: { pin: 'alpha' } }) },
      { status: 400, field: 'understudy.pin' },
    );
  });

  test('a pin to a target that the route does not have serves nobody', async () => {
    for (const pin of ['alpha/other', 'nobody/steady-1', 'constructor/x']) {
      const answer = await ask(house, surface, { body: body(surface, { understudy: { pin } }) });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.headers['x-should-retry']).toBe('false');
    }
  });
});
