import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { stringify } from 'yaml';
import { type Metrics, readMetrics } from './sample.ts';
import { AILING } from './weather.ts';

export interface Addresses {
  /** Of the providers that fall ill. */
  readonly ailing: string;
  /** Of those that do not. */
  readonly steady: string;
}

export interface Limits {
  readonly stalledReaderMs: number;
  /** Its default where left out. */
  readonly loopDelayMs: number | undefined;
}

/** A gateway in a process of its own, as an operator runs it. */
export interface SoakedGateway {
  readonly url: string;
  readonly pid: number;
  readonly ledgerFile: string;
  metrics(): Promise<Metrics>;
  /** Has it collect its garbage. */
  collect(): Promise<void>;
  /** Lines of its log at `error` and above that are no alert, and warnings of Node itself. */
  complaints(): readonly string[];
  /** Sends SIGTERM. Gives the exit code, and how long it took. */
  terminate(): Promise<{ readonly code: number | null; readonly ms: number }>;
  kill(): void;
}

const KEYS = { soak: 'soak-caller', stalled: 'soak-stalled', healthy: 'soak-healthy' } as const;
export const CALLER_KEYS: Readonly<Record<keyof typeof KEYS, string>> = KEYS;
export const STALLED_ROUTE = 'flood';
export const HEALTHY_ROUTE = 'stamped';
const READY_WITHIN_MS = 15_000;

/** Everything on, as in production. Only the clocks of the routes are shorter than by default, so that more happens. */
export function configOf(folder: string, port: number, addresses: Addresses, limits: Limits): object {
  const [alpha, beta, gamma] = AILING;
  const clocks = {
    timeouts: { headers: '2s', firstContent: '2500ms', gap: '2s' },
    failover: { primaryBudget: '3s', deadline: '10s' },
  };
  const route = (...names: readonly string[]) => ({ ...clocks, targets: names.map((name) => `${name}/steady-1`) });
  const steady = (path: string) => ({
    dialect: 'openai-chat',
    baseUrl: `${addresses.steady}/${path}/v1`,
    apiKey: 'env:SOAK_PROVIDER_KEY',
  });
  const crowd = { concurrency: 2_000, queue: 100 };
  return {
    server: {
      port,
      adminKey: 'env:SOAK_ADMIN_KEY',
      keys: Object.keys(KEYS).map((name) => ({ name, key: `env:SOAK_KEY_${name.toUpperCase()}` })),
      limits: {
        stalledReader: `${limits.stalledReaderMs}ms`,
        ...(limits.loopDelayMs !== undefined && { loopDelay: `${limits.loopDelayMs}ms` }),
      },
    },
    providers: {
      [alpha]: { dialect: 'openai-chat', baseUrl: `${addresses.ailing}/${alpha}/v1`, apiKey: 'env:SOAK_PROVIDER_KEY' },
      [beta]: {
        dialect: 'anthropic-messages',
        baseUrl: `${addresses.ailing}/${beta}/v1`,
        apiKey: 'env:SOAK_PROVIDER_KEY',
      },
      [gamma]: {
        dialect: 'gemini-generate',
        baseUrl: `${addresses.ailing}/${gamma}/v1beta`,
        apiKey: 'env:SOAK_PROVIDER_KEY',
      },
      steady: steady('stamped'),
      pouring: steady('flood'),
    },
    routes: {
      chat: route(alpha, beta, gamma),
      claude: route(beta, gamma, alpha),
      gemini: route(gamma, alpha, beta),
      prompted: { ...route(alpha, gamma), prompt: 'soak' },
      contract: {
        ...route(beta, alpha),
        contract: { length: { maxCharacters: 100_000 }, forbid: ['as an AI'], refusal: 'forbidden' },
      },
      [HEALTHY_ROUTE]: { targets: [{ target: 'steady/soak', limits: crowd }] },
      [STALLED_ROUTE]: { targets: [{ target: 'pouring/soak', limits: crowd }] },
    },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
    telemetry: { logLevel: 'error' },
  };
}

const PROMPT = {
  role: 'You answer questions of visitors.',
  rules: ['Answer in the language of the visitor.', 'Use no tables.'],
  output: { brevity: 'Be concise.' },
};

/** Starts the built gateway of `root` over these providers and waits until it is ready. */
export async function startSoaked(
  root: string,
  folder: string,
  addresses: Addresses,
  limits: Limits,
): Promise<SoakedGateway> {
  const port = await freePort();
  const file = join(folder, 'understudy.yaml');
  writeFileSync(file, stringify(configOf(folder, port, addresses, limits)));
  mkdirSync(join(folder, 'prompts'));
  writeFileSync(join(folder, 'prompts', 'soak.yaml'), stringify(PROMPT));
  const keys = Object.entries(KEYS).map(([name, key]) => [`SOAK_KEY_${name.toUpperCase()}`, key]);
  const measured = ['--expose-gc', '--import', new URL('collecting.mjs', import.meta.url).href];
  const child = spawn(process.execPath, [...measured, join(root, 'bin/understudy.js'), 'serve', '--config', file], {
    cwd: root,
    env: {
      ...process.env,
      ...Object.fromEntries(keys),
      NODE_ENV: 'production',
      SOAK_ADMIN_KEY: 'soak-admin',
      SOAK_PROVIDER_KEY: 'soak-provider',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  // Not even a soak that is stopped in the middle leaves it behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const log = join(folder, 'gateway.log');
  child.stderr?.pipe(createWriteStream(log));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(child, url, log);
  return {
    url,
    pid: child.pid ?? 0,
    ledgerFile: join(folder, 'ledger.db'),
    metrics: async () => {
      const { body } = await request(`${url}/metrics`);
      return readMetrics(await body.text());
    },
    collect: async () => {
      const collected = once(child, 'message');
      child.send('collect');
      await collected;
    },
    complaints: () => complaintsIn(readFileSync(log, 'utf8')),
    terminate: async () => {
      const from = performance.now();
      const ended = once(child, 'exit') as Promise<[number | null]>;
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, ms: performance.now() - from };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A port that nobody has. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilReady(child: ChildProcess, url: string, log: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (performance.now() < until && child.exitCode === null) {
    const status = await request(`${url}/health/ready`).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode;
      },
      () => undefined,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the gateway is not ready at ${url}: ${readFileSync(log, 'utf8').slice(-2_000)}`);
}

/** pino's number for `error`. */
const ERROR_LEVEL = 50;

/** How the log tells of requests that had no good end; the soak looks at each of them by other means. */
const OF_REQUESTS = ['failed', 'interrupted'];

/** Alerts are about providers, and providers are ill here. Everything else that is said so loudly is about the gateway. */
export function complaintsIn(log: string): string[] {
  return log.split('\n').filter((line) => {
    if (line === '') return false;
    if (!line.startsWith('{')) return /warning|error/i.test(line);
    const { level, alert, msg } = JSON.parse(line) as { level: number; alert?: unknown; msg?: string };
    return level >= ERROR_LEVEL && alert === undefined && !OF_REQUESTS.includes(msg ?? '');
  });
}
