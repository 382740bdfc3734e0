import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse({
    providers: {
      alpha: { models: { 'steady-1': { price: { inputPerMillion: 1, outputPerMillion: 1 } } } },
      beta: {},
    },
    routes: { reply: { targets: ['alpha/steady-1'] }, other: { targets: ['beta/steady-1'] } },
    more: {
      tags: {
        broke: { spend: { perDay: 0 } },
        unpriced: { spend: { perDay: 100 } },
        batch: { rate: { perMinute: 1 } },
      },
    },
  });
});
afterAll(() => house.close());

async function ask(tags: string, model = 'reply'): Promise<{ status: number; error: JsonObject }> {
  const response = await fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-understudy-tags': tags },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say it.' }] }),
  });
  const body = (await response.json()) as { error?: JsonObject };
  return { status: response.status, error: body.error ?? {} };
}

test('a tag whose budget is spent is refused, whatever the other tags say', async () => {
  expect((await ask('live')).status).toBe(200);
  const refused = await ask('live, broke');
  expect(refused.status).toBe(429);
  expect(refused.error).toMatchObject({ code: 'budget_exhausted' });
});

test('an unknown price is refused under a budget of a tag as under any other', async () => {
  expect((await ask('unpriced')).status).toBe(200);
  expect(await ask('unpriced', 'other')).toMatchObject({ status: 429, error: { code: 'budget_exhausted' } });
});

test('a rate of a tag holds over all routes', async () => {
  expect((await ask('batch')).status).toBe(200);
  expect(await ask('batch', 'other')).toMatchObject({
    status: 429,
    error: { code: 'rate_limited', message: 'tag "batch" may send 1 request a minute' },
  });
  expect((await ask('live', 'other')).status).toBe(200);
});
