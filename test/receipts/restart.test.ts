import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { openReceiptReader } from '../../src/storage/receipt-reader.ts';
import { type ReceiptFolder, receiptFolder } from '../kit/receipt-kit.ts';

test('what was revoked, and the models that were named, are known after a restart and to every other process', async () => {
  const home = await mkdtemp(join(tmpdir(), 'understudy-restart-'));
  const folder = await receiptFolder();
  const simulator = await startSimulator();
  const file = join(home, 'ledger.db');
  const start = () => gatewayOf(simulator, folder, file);
  try {
    const receipt = await folder.issue();
    const first = await start();
    const alert = { kind: 'parity-revoked', target: 'beta/steady-1' };
    expect(await ask(first.gateway.url)).toBe('beta/steady-1');
    expect(first.gateway.engine.parity.revoke({ route: 'strict', target: 'beta/steady-1' }, 'bad answers')).toBe(true);
    expect(await ask(first.gateway.url)).toContain('beta/steady-1: parity-stale');
    expect(first.alerts).toEqual([expect.objectContaining(alert)]);
    expect(first.gateway.engine.parity.baselineOf({ route: 'strict', target: 'beta/steady-1' })).toBeUndefined();
    await first.gateway.stop();

    const reader = openReceiptReader({ file });
    expect(reader.revocations()).toMatchObject([
      { subject: 'route:strict', target: 'beta/steady-1', why: 'bad answers' },
    ]);
    expect(reader.models()).toEqual([{ target: 'beta/steady-1', model: 'steady-1', at: expect.any(Number) }]);
    expect(reader.history('route:strict', 10)).toMatchObject([{ id: receipt.id, verdict: 'pass' }]);
    expect(() => reader.history('route:strict', 0)).toThrow('limit must be a whole number');
    reader.close();

    const second = await start();
    expect(await ask(second.gateway.url)).toContain('beta/steady-1: parity-stale');
    await folder.issue({ endedAt: Date.now() });
    await second.gateway.stop();
    const third = await start();
    expect(await ask(third.gateway.url)).toBe('beta/steady-1');
    expect(third.gateway.engine.parity.baselineOf({ route: 'strict', target: 'beta/steady-1' })).toMatchObject({
      score: 0.94,
      n: 120,
    });
    await third.gateway.stop();
  } finally {
    await simulator.stop();
    await Promise.all([rm(home, { recursive: true, force: true }), folder.remove()]);
  }
});

async function gatewayOf(simulator: Awaited<ReturnType<typeof startSimulator>>, folder: ReceiptFolder, file: string) {
  const alerts: unknown[] = [];
  const config = checkConfig(
    {
      server: { port: 0 },
      providers: {
        alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha'), apiKey: 'env:KEY_A' },
        beta: {
          dialect: 'anthropic-messages',
          baseUrl: simulator.baseUrl('anthropic-messages', 'beta'),
          apiKey: 'env:KEY_B',
        },
      },
      routes: {
        strict: {
          targets: ['alpha/steady-1--status-503', 'beta/steady-1'],
          failover: { attempts: 1 },
          parity: { mode: 'strict', allowUnknown: true },
        },
      },
      receipts: { dir: folder.dir, publicKeys: [folder.key.publicText] },
      storage: `sqlite:${file}`,
    },
    'test',
  );
  const nothing = () => undefined;
  const observer = { requestBegun: nothing, attemptBegun: nothing, attemptEnded: nothing, requestEnded: nothing };
  const gateway = await startGateway(resolveConfig(config), {
    env: { KEY_A: 'key-of-alpha', KEY_B: 'key-of-beta' },
    logDestination: { write: nothing },
    observer: {
      ...observer,
      breakerMoved: nothing,
      tokensCounted: nothing,
      qualityMoved: nothing,
      alert: (alert) => void alerts.push(alert),
    },
  });
  return { gateway, alerts };
}

async function ask(url: string): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'strict', messages: [{ role: 'user', content: 'Say it.' }] }),
  });
  const text = await response.text();
  return response.headers.get('x-understudy-served-by') ?? text;
}
