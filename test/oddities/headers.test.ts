import { expect, test } from 'vitest';
import { startHouse } from '../kit/gateway-kit.ts';
import { askBySdk } from '../kit/sdk-caller.ts';

test('96: retry-after beside a good answer holds nobody up; beside an error it does', async () => {
  const house = await startHouse();
  try {
    const { url, engine } = house.gateway;
    const ask = () => askBySdk(url, { surface: 'openai-chat', stream: false, model: 'reply', prompt: 'Hello' });
    const held = () => engine.lanes.find('alpha/steady-1')?.held(engine.clock.now());
    const headers = {
      'retry-after': '30',
      'x-ratelimit-remaining-requests': '4000',
      'x-ratelimit-reset-requests': '6s',
    };
    house.simulator.script('alpha', { fault: 'none', headers });
    for (let turn = 0; turn < 2; turn += 1) {
      expect((await ask()).understudy).toMatchObject({ served_by: 'alpha/steady-1' });
      expect(held()).toBeUndefined();
    }
    house.simulator.script('alpha', { fault: 'rate-limited', retryAfter: '30' });
    expect((await ask()).understudy).toMatchObject({ served_by: 'beta/steady-1' });
    expect(held()?.retryAfterMs).toBeGreaterThan(20_000);
  } finally {
    await house.close();
  }
});
