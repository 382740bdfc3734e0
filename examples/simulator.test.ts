// How an application tests its own handling of provider faults. In a project of your own: from 'understudy/simulator'.
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../src/simulator/index.ts';

let simulator: Simulator;
let client: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new OpenAI({ baseURL: simulator.baseUrl('openai-chat', 'acme'), apiKey: 'test', maxRetries: 0 });
});
afterAll(() => simulator.stop());

const ask = () =>
  client.chat.completions.create({ model: 'steady-1', messages: [{ role: 'user', content: '[[answer: Rome]]' }] });

test('an outage reaches the application as an error, and its end as an answer', async () => {
  simulator.script('acme', [{ fault: 'status', status: 503 }, { fault: 'none' }]);
  await expect(ask()).rejects.toMatchObject({ status: 503 });
  expect((await ask()).choices[0]?.message.content).toBe('Rome');
  expect(simulator.meter('acme').requests).toBe(2);
});
