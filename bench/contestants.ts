import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contestant, Wish } from './figure.ts';
import { GATEWAY_ENV, writeGatewayConfig } from './gateway-config.ts';
import { freePort, type MeasuredProcess, nodeModule, startMeasured } from './measured-process.ts';
import { type BenchDialect, PATHS } from './payload.ts';

/** This checkout. */
export const HERE = fileURLToPath(new URL('..', import.meta.url));

/** One way through a contestant: what is spoken before and behind it. */
export interface Spoken {
  readonly caller: BenchDialect;
  readonly provider: BenchDialect;
  /** The model that a caller names. */
  readonly model: string;
  headers(providerUrl: string): Readonly<Record<string, string>>;
}

/** A contestant that takes part in the cases too. */
export interface BenchContestant extends Contestant {
  readonly speaks: readonly Spoken[];
  /**
   * Callers at once, as a share of those that the fast ones have. Streams that come faster than a process reads them
   * share reads, and cost less an event: nobody is given more than it keeps up with.
   */
  readonly callers: number;
  /** The scenarios that it takes part in, by name; all unless told. */
  readonly scenarios?: readonly string[];
  /** Starts a second time, with what the first start has left behind. Those that leave nothing start as they did. */
  restart?(providerUrl: string): Promise<MeasuredProcess>;
}

const SAME = ['openai-chat', 'anthropic-messages'] as const;
const BEARER = { authorization: 'Bearer bench-caller' };

/** Same dialect on both sides, for whoever passes on what it gets. */
export const passedOn = SAME.map(
  (dialect): Spoken => ({ caller: dialect, provider: dialect, model: 'bench', headers: () => BEARER }),
);

/** Anybody's afternoon: Fastify and undici. */
export function bareProxy(): BenchContestant {
  return {
    name: 'bare proxy',
    version: `fastify ${versionOf('fastify')}, undici ${versionOf('undici')}`,
    grants: ['streams'],
    speaks: passedOn,
    callers: 1,
    path: PATHS['openai-chat'],
    headers: () => BEARER,
    async start(providerUrl, { streams = 256 } = {}) {
      const port = await freePort();
      return startMeasured({
        ...nodeModule(join(HERE, 'bench/bare-proxy.ts'), [String(port), providerUrl, String(streams)]),
        port,
        ready: '/ready',
      });
    },
  };
}

/** The gateway of a built checkout, with a ledger of its own. */
export function understudy(name: string, root: string, folder: string): BenchContestant {
  const begin = async (providerUrl: string, place: string, wish: Wish = {}) => {
    const port = await freePort();
    const config = writeGatewayConfig(place, port, { providerUrl, wish, quality: root === HERE });
    const workers = wish.workers === undefined ? [] : ['--workers', String(wish.workers)];
    return startMeasured({
      ...nodeModule(join(root, 'bin/understudy.js'), ['serve', '--config', config, ...workers]),
      env: GATEWAY_ENV,
      port,
      ready: '/health/ready',
    });
  };
  let last = '';
  return {
    name,
    version: `${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}`,
    grants: root === HERE ? ['fallbackUrl', 'workers', 'streams'] : [],
    speaks: SAME.flatMap((caller) =>
      SAME.map((provider): Spoken => ({ caller, provider, model: MODELS[provider], headers: () => BEARER })),
    ),
    callers: 1,
    path: PATHS['openai-chat'],
    headers: () => BEARER,
    start(providerUrl, wish) {
      last = mkdtempSync(join(folder, 'gateway-'));
      return begin(providerUrl, last, wish);
    },
    restart: (providerUrl) => begin(providerUrl, last),
  };
}

const MODELS: Readonly<Record<BenchDialect, string>> = { 'openai-chat': 'chat', 'anthropic-messages': 'claude' };

function versionOf(name: string): string {
  const file = join(HERE, 'node_modules', name, 'package.json');
  return String(JSON.parse(readFileSync(file, 'utf8')).version);
}
