import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GATEWAY_ENV, writeGatewayConfig } from './gateway-config.ts';
import { freePort, type MeasuredProcess, startMeasured } from './measured-process.ts';

/** This checkout. */
export const HERE = fileURLToPath(new URL('..', import.meta.url));

export async function startProvider(events: number, paceMs: number): Promise<MeasuredProcess> {
  const port = await freePort();
  const args = [String(port), String(events), String(paceMs)];
  return startMeasured({ module: join(HERE, 'bench/provider.ts'), args, port, ready: '/' });
}

export async function startBare(providerUrl: string): Promise<MeasuredProcess> {
  const port = await freePort();
  return startMeasured({
    module: join(HERE, 'bench/bare-proxy.ts'),
    args: [String(port), providerUrl],
    port,
    ready: '/ready',
  });
}

/** The gateway of a built checkout, with a ledger of its own. */
export async function startGateway(root: string, folder: string, providerUrl: string): Promise<MeasuredProcess> {
  const port = await freePort();
  const config = writeGatewayConfig(mkdtempSync(join(folder, 'gateway-')), port, {
    providerUrl,
    quality: root === HERE,
  });
  return startMeasured({
    module: join(root, 'bin/understudy.js'),
    args: ['serve', '--config', config],
    env: GATEWAY_ENV,
    port,
    ready: '/health/ready',
  });
}
