import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { eventually } from '../kit/eventually.ts';
import { startReceiver, WEBHOOK_SECRET } from '../kit/webhook-receiver.ts';

const page = await readFile(new URL('../../docs/deferred.md', import.meta.url), 'utf8');

function block(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'm').exec(page)?.[1];
  if (text === undefined) throw new Error(`docs/deferred.md shows no ${language}`);
  return text;
}

interface Shown {
  providers: Record<string, Record<string, unknown>>;
  webhooks: { ends: { url: string } };
  [section: string]: unknown;
}

test('what docs/deferred.md shows works as it says: configuration, submission, result and message', async () => {
  const simulator = await startSimulator();
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'understudy-page-'));
  const shown = parse(block('yaml')) as Shown;
  const { openai, anthropic } = shown.providers;
  const config = {
    ...shown,
    server: { port: 0 },
    providers: {
      openai: { ...openai, dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'openai') },
      anthropic: { ...anthropic, baseUrl: simulator.baseUrl('anthropic-messages', 'anthropic') },
    },
    webhooks: { ends: { ...shown.webhooks.ends, url: receiver.url } },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
    statusPages: { enabled: false },
  };
  const env = { OPENAI_API_KEY: 'one', ANTHROPIC_API_KEY: 'two', HOOK_SECRET: WEBHOOK_SECRET };
  const gateway = await startGateway(resolveConfig(checkConfig(config, 'docs/deferred.md', {}, env)), {
    env,
    logDestination: { write: () => {} },
  });
  try {
    const headers = { 'content-type': 'application/json' };
    const accepted = await fetch(`${gateway.url}/v1/jobs`, { method: 'POST', headers, body: block('json') });
    expect(accepted.status).toBe(202);
    const { id } = (await accepted.json()) as { id: string };
    const result = await eventually(
      () => fetch(`${gateway.url}/v1/jobs/${id}/result`),
      ({ status }) => status === 200,
    );
    expect(await result.json()).toHaveProperty('choices');
    await eventually(() => receiver.received.map(({ type, data }) => [type, data.id]), [['job.done', id]]);
  } finally {
    await gateway.stop();
    await receiver.close();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
