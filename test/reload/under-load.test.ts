import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import type { ResolvedConfig } from '../../src/config/resolved-config.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import type { RawAnswer } from '../simulator/raw-client.ts';
import { startFileHouse } from './file-house.ts';

const GOOD_AND_BAD = 20;
const MANY = 200;
/** On a machine that does much else. */
const LIMIT_MS = 60_000;
const ENDS = ['alpha/steady-1, beta/steady-1', 'beta/steady-1, alpha/steady-1'];

let close: (() => Promise<void>) | undefined;
afterEach(() => close?.());

test(
  `${GOOD_AND_BAD} good and ${GOOD_AND_BAD} bad configurations under load: no request fails, no stream is cut`,
  async () => {
    const house = await startFileHouse();
    close = house.close;
    for (const name of ['alpha', 'beta'])
      house.simulator.script(name, { fault: 'none', answer: 'a b c d', chunkDelayMs: 5 });
    const bad = [
      () => `${house.text()}\n  ]broken`,
      () => house.text({ route: 'tragets: []' }),
      () =>
        house.text({
          provider: "gamma: { dialect: openai-chat, baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'file:/not/there' }",
        }),
      () => house.text({ targets: 'nobody/x' }),
      () => house.text({ route: 'prompt: none' }),
      () => house.text({ port: 65_000 }),
    ];
    const answers: RawAnswer[] = [];
    let over = false;
    const load = [false, true].map(async (stream) => {
      while (!over) {
        answers.push(await house.ask({ stream }));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    const outcomes: string[] = [];
    for (let turn = 0; turn < GOOD_AND_BAD; turn += 1) {
      await house.write(house.text({ targets: ENDS[(turn + 1) % 2], more: `retention: { requests: ${turn + 1}d }` }));
      outcomes.push((await house.gateway.reload()).outcome);
      await house.write(bad[turn % bad.length]?.() ?? '');
      outcomes.push((await house.gateway.reload()).outcome);
    }
    over = true;
    await Promise.all(load);
    const served = (target: string) =>
      answers.filter(({ headers }) => headers['x-understudy-served-by'] === target).length;
    expect(outcomes.filter((outcome) => outcome === 'reloaded')).toHaveLength(GOOD_AND_BAD);
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(GOOD_AND_BAD);
    expect(answers.length).toBeGreaterThan(GOOD_AND_BAD);
    expect(
      answers.filter(({ status, ending, text }) => status !== 200 || ending !== 'end' || !text.includes('d')),
    ).toEqual([]);
    expect(served('alpha/steady-1') + served('beta/steady-1')).toBe(answers.length);
    expect(Math.min(served('alpha/steady-1'), served('beta/steady-1'))).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

test(
  `${MANY} configurations that each end the sockets of the one before: none is left, and nothing of theirs`,
  async () => {
    const house = await startHouse();
    close = house.close;
    const taken: WeakRef<ResolvedConfig>[] = [];
    const idle = resources();
    for (let turn = 0; turn < MANY; turn += 1) {
      const routes = { [`own-${turn}`]: { targets: [`alpha/own-${turn}`] } };
      const next = await house.configured({ providers: { alpha: { headers: { 'x-turn': String(turn) } } }, routes });
      taken.push(new WeakRef(next));
      expect(await house.gateway.reload(next)).toMatchObject({ outcome: 'reloaded', generation: turn + 2 });
      if (turn % 10 === 0) await ask(house, turn);
    }
    const { lanes, clock } = house.gateway.engine;
    // The last route's own lane, and those of the route that every configuration had.
    expect(lanes.snapshots(clock.now()).length).toBeLessThanOrEqual(4);
    await eventually(
      async () => {
        collect();
        await new Promise((resolve) => setTimeout(resolve, 5));
        return taken.filter((ref) => ref.deref() !== undefined).length;
      },
      (left) => left <= 2,
    );
    await eventually(resources, (now) => now <= idle + 4);
  },
  LIMIT_MS,
);

async function ask({ gateway }: House, turn: number): Promise<void> {
  for (const model of ['reply', `own-${turn}`]) {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
    });
    expect(answer.status).toBe(200);
    await answer.text();
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Sockets and timers of this process that keep it alive, or would. */
function resources(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).length;
}
