// A gateway inside a program: two simulated providers, the first of them down. Run: npx tsx examples/library.ts
// In a project of your own the imports are from 'understudy' and 'understudy/simulator'.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { checkConfig, resolveConfig, startGateway } from '../src/index.ts';
import { startSimulator } from '../src/simulator/index.ts';

const folder = await mkdtemp(join(tmpdir(), 'understudy-example-'));
const simulator = await startSimulator();
simulator.script('first', { fault: 'status', status: 503 });

const config = checkConfig({
  server: { port: 0 },
  providers: {
    first: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'first') },
    second: { dialect: 'anthropic-messages', baseUrl: simulator.baseUrl('anthropic-messages', 'second') },
  },
  routes: { reply: { targets: ['first/steady-1', 'second/steady-1'], failover: { attempts: 1 } } },
  storage: `sqlite:${join(folder, 'ledger.db')}`,
  telemetry: { logLevel: 'silent' },
});
const gateway = await startGateway(resolveConfig(config), {
  observer: {
    requestBegun() {},
    attemptBegun() {},
    attemptEnded({ target, ended }) {
      console.log(`${target.id}: ${ended.fault?.kind ?? 'ok'}`);
    },
    requestEnded({ ended }) {
      console.log(`${ended.outcome} by ${ended.servedBy}, degraded: ${ended.degraded?.cause ?? 'no'}`);
    },
    breakerMoved() {},
    tokensCounted() {},
    qualityMoved() {},
    alert() {},
  },
});

const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'unused' });
const answer = await client.chat.completions.create({ model: 'reply', messages: [{ role: 'user', content: 'Hello' }] });
console.log(answer.choices[0]?.message.content);

await gateway.drain(0, 5_000);
await simulator.stop();
await rm(folder, { recursive: true });
