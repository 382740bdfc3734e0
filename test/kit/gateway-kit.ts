import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RunningGateway, type StartOptions, startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { loadPrompts } from '../../src/config/prompts/load-prompts.ts';
import { promptFiles } from '../../src/config/prompts/prompt-files.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import type { ResolvedConfig } from '../../src/config/resolved-config.ts';
import type { PromptLibrary } from '../../src/quality/prompts/prompt-library.ts';
import { type SimulatedDialect, type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { type LedgerReader, openLedgerReader } from '../../src/storage/ledger-reader.ts';
import { type Canary, canary, holdsNoKey, ledgerBytes } from './canary.ts';

/** A gateway over four simulated providers, on real sockets and a real ledger file. */
export interface House {
  readonly gateway: RunningGateway;
  readonly simulator: Simulator;
  readonly ledgerFile: string;
  /** Every log line so far. */
  readonly logs: string[];
  readonly reader: LedgerReader;
  /** The configuration of other options over the same providers and the same ledger, to be taken by `gateway.reload`. */
  configured(options: HouseOptions): Promise<ResolvedConfig>;
  /** Stops everything. Rejects when a log line or the ledger's file holds a provider's key: no test may leak one. */
  close(): Promise<void>;
}

/** The keys of the four providers, unless a test gives its own: each provider has one, so that every test can leak it. */
export const PROVIDER_KEYS: Readonly<Record<'alpha' | 'beta' | 'gamma' | 'omega', Canary>> = {
  alpha: canary('alpha'),
  beta: canary('beta'),
  gamma: canary('gamma'),
  omega: canary('omega'),
};
const variableOf = (provider: string) => `PLANTED_${provider.toUpperCase()}`;

export interface HouseOptions extends StartOptions {
  /** Targets of the route `reply`; `alpha` speaks openai-chat, `beta` anthropic-messages, `gamma` gemini-generate, `omega` openai-responses. */
  readonly targets?: readonly unknown[];
  readonly failover?: Record<string, unknown>;
  readonly timeouts?: Record<string, unknown>;
  /** More routes, by name. */
  readonly routes?: Record<string, unknown>;
  readonly server?: Record<string, unknown>;
  readonly health?: Record<string, unknown>;
  readonly conversations?: Record<string, unknown>;
  /** `stateMemory` of the configuration. */
  readonly stateMemory?: Record<string, unknown>;
  readonly retention?: Record<string, unknown>;
  readonly jobs?: Record<string, unknown>;
  readonly webhooks?: Record<string, unknown>;
  /** Sections of the configuration that have no option of their own here. */
  readonly more?: Record<string, unknown>;
  /** Merged over each provider, by name. */
  readonly providers?: Record<string, Record<string, unknown>>;
  readonly simulator?: Parameters<typeof startSimulator>[0];
  /** Files of the folder of prompts by name; `prompts.lock` stands beside it. */
  readonly prompts?: Record<string, string>;
}

/** Short clocks, so that a test of a time limit takes a moment. */
const QUICK = { connect: '500ms', headers: '400ms', firstContent: '600ms', gap: '400ms' };

/** Starts a house; close it when done. */
export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-house-'));
  const simulator = await startSimulator(options.simulator);
  const leave = async () => {
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const ledgerFile = join(folder, 'ledger.db');
  const logs: string[] = [];
  try {
    const configured = async (of: HouseOptions) => {
      const config = checkConfig(configOf(of, simulator, ledgerFile), 'test');
      return resolveConfig(config, process.env, await promptsOf(folder, of.prompts));
    };
    const gateway = await startGateway(await configured(options), {
      logDestination: { write: (line) => void logs.push(line) },
      ...options,
      env: { ...process.env, ...plantedKeys(), ...options.env },
    });
    const reader = openLedgerReader({ file: ledgerFile });
    return {
      gateway,
      simulator,
      ledgerFile,
      logs,
      reader,
      configured,
      async close() {
        reader.close();
        await gateway.stop();
        const planted = Object.values(PROVIDER_KEYS);
        try {
          holdsNoKey('the log', logs.join(''), planted);
          holdsNoKey('the ledger', ledgerBytes(ledgerFile), planted);
        } finally {
          await leave();
        }
      },
    };
  } catch (error) {
    await leave();
    throw error;
  }
}

async function promptsOf(
  folder: string,
  files: Record<string, string> | undefined,
): Promise<PromptLibrary | undefined> {
  if (!files) return undefined;
  const dir = join(folder, 'prompts');
  for (const [name, text] of Object.entries(files)) {
    const file = name === 'prompts.lock' ? join(folder, name) : join(dir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return loadPrompts({ dir, lock: join(folder, 'prompts.lock') }, promptFiles);
}

function plantedKeys(): Record<string, string> {
  return Object.fromEntries(Object.entries(PROVIDER_KEYS).map(([name, { key }]) => [variableOf(name), key]));
}

function limitsIn(server: HouseOptions['server']): object {
  return (server?.limits ?? {}) as object;
}

function configOf(options: HouseOptions, simulator: Simulator, ledgerFile: string): unknown {
  const { alpha, beta, gamma, omega, ...others } = options.providers ?? {};
  const provider = (dialect: SimulatedDialect, name: keyof typeof PROVIDER_KEYS) => ({
    dialect,
    baseUrl: simulator.baseUrl(dialect, name),
    apiKey: `env:${variableOf(name)}`,
  });
  return {
    // A test's own process is late for many reasons that have nothing to do with what it tests.
    server: { port: 0, ...options.server, limits: { loopDelay: '60s', ...limitsIn(options.server) } },
    providers: {
      alpha: { ...provider('openai-chat', 'alpha'), ...alpha },
      beta: { ...provider('anthropic-messages', 'beta'), ...beta },
      gamma: { ...provider('gemini-generate', 'gamma'), ...gamma },
      omega: { ...provider('openai-responses', 'omega'), ...omega },
      ...others,
    },
    routes: {
      reply: {
        targets: options.targets ?? ['alpha/steady-1', 'beta/steady-1', 'gamma/steady-1'],
        timeouts: { ...QUICK, ...options.timeouts },
        failover: options.failover ?? {},
      },
      ...options.routes,
    },
    health: options.health ?? {},
    storage: `sqlite:${ledgerFile}`,
    conversations: options.conversations ?? {},
    retention: options.retention ?? {},
    jobs: options.jobs ?? {},
    webhooks: options.webhooks ?? {},
    stateMemory: options.stateMemory ?? {},
    telemetry: { logLevel: 'trace' },
    ...options.more,
  };
}
