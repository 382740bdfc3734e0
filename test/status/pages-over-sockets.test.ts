import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

let house: House | undefined;
let server: Server | undefined;

afterEach(async () => {
  await house?.close();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  house = undefined;
});

/** A vendor's page, as it says at the moment. */
async function page(state: { status: string; asked: number }): Promise<string> {
  server = createServer((_, response) => {
    state.asked += 1;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({ status: { indicator: 'none' }, components: [{ id: 'c1', name: 'API', status: state.status }] }),
    );
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/summary.json`;
}

const alpha = { provider: 'alpha', dialect: 'openai-chat' } as const;

test('the gateway reads the page that its file names, and logs what changed', async () => {
  const state = { status: 'major_outage', asked: 0 };
  const url = await page(state);
  house = await startHouse({
    providers: { alpha: { statusPage: { kind: 'statuspage', url, components: ['API'] } } },
  });
  const { status } = house.gateway.engine;
  expect(status.of(alpha)?.state).toBe('unknown');
  const note = await eventually(
    () => status.of(alpha),
    (seen) => seen?.state === 'outage',
  );
  expect(note?.about).toBe('API');
  expect(status.of({ provider: 'beta', dialect: 'anthropic-messages' })).toBeUndefined();
  expect(house.logs.join('')).toContain('"to":"outage"');
});

test('a gateway that is cut off asks nobody', async () => {
  const state = { status: 'major_outage', asked: 0 };
  const url = await page(state);
  house = await startHouse({
    providers: { alpha: { statusPage: { kind: 'statuspage', url } } },
    more: { airGapped: true },
  });
  expect(house.gateway.engine.status.of(alpha)).toBeUndefined();
  expect(state.asked).toBe(0);
});
