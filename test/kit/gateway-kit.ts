import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningGateway, type StartOptions, startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { type LedgerReader, openLedgerReader } from '../../src/storage/ledger-reader.ts';

/** A gateway over three simulated providers, on real sockets and a real ledger file. */
export interface House {
  readonly gateway: RunningGateway;
  readonly simulator: Simulator;
  readonly ledgerFile: string;
  /** Every log line so far. */
  readonly logs: string[];
  readonly reader: LedgerReader;
  close(): Promise<void>;
}

export interface HouseOptions extends StartOptions {
  /** Targets of the route `reply`; `alpha` speaks openai-chat, `beta` anthropic-messages, `gamma` gemini-generate. */
  readonly targets?: readonly unknown[];
  readonly failover?: Record<string, unknown>;
  readonly timeouts?: Record<string, unknown>;
  /** More routes, by name. */
  readonly routes?: Record<string, unknown>;
  readonly server?: Record<string, unknown>;
  readonly health?: Record<string, unknown>;
  /** Merged over each provider, by name. */
  readonly providers?: Record<string, Record<string, unknown>>;
  readonly simulator?: Parameters<typeof startSimulator>[0];
}

/** Short clocks, so that a test of a time limit takes a moment. */
const QUICK = { connect: '500ms', headers: '400ms', firstContent: '600ms', gap: '400ms' };

/** Starts a house; close it when done. */
export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-house-'));
  const simulator = await startSimulator(options.simulator);
  const ledgerFile = join(folder, 'ledger.db');
  const over = options.providers ?? {};
  const config = checkConfig(
    {
      server: { port: 0, ...options.server },
      providers: {
        alpha: { dialect: 'openai-chat', baseUrl: simulator.baseUrl('openai-chat', 'alpha'), ...over.alpha },
        beta: { dialect: 'anthropic-messages', baseUrl: simulator.baseUrl('anthropic-messages', 'beta'), ...over.beta },
        gamma: { dialect: 'gemini-generate', baseUrl: simulator.baseUrl('gemini-generate', 'gamma'), ...over.gamma },
        ...Object.fromEntries(Object.entries(over).filter(([name]) => !['alpha', 'beta', 'gamma'].includes(name))),
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
      telemetry: { logLevel: 'debug' },
    },
    'test',
  );
  const logs: string[] = [];
  const gateway = await startGateway(resolveConfig(config), {
    logDestination: { write: (line) => void logs.push(line) },
    ...options,
  });
  const reader = openLedgerReader({ file: ledgerFile });
  return {
    gateway,
    simulator,
    ledgerFile,
    logs,
    reader,
    async close() {
      reader.close();
      await gateway.stop();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
