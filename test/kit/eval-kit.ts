import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type OpenEvals, openEvals } from '../../src/compose-evals.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { fileAnswers } from '../../src/rehearsal/evals/answer-store.ts';
import { suiteFrom } from '../../src/rehearsal/evals/read-suite.ts';
import type { EvalReport } from '../../src/rehearsal/evals/report.ts';
import { type RunWish, runSuite } from '../../src/rehearsal/evals/run-suite.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { MemoryLedger } from './memory-ledger.ts';

const WEEK_MS = 7 * 86_400_000;
const PRICE = { price: { inputPerMillion: 1_000, outputPerMillion: 2_000 } };

export interface EvalHouseOptions {
  /** Of the route `reply`; `alpha` speaks openai-chat, `beta` anthropic-messages, `gamma` gemini-generate. */
  readonly targets?: readonly string[];
  /** Options of the route beside its targets. */
  readonly route?: Readonly<Record<string, unknown>>;
  readonly providers?: Readonly<Record<string, unknown>>;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Evals over simulated providers on real sockets, with a real cache and rows in memory; gone with the test. */
export interface EvalKit extends OpenEvals {
  readonly simulator: Simulator;
  readonly folder: string;
  readonly ledger: MemoryLedger;
  /** Runs a suite as a file would have it, with the cache on unless told. */
  run(suite: Readonly<Record<string, unknown>>, wish?: Partial<RunWish>): Promise<EvalReport>;
  /** Requests that a provider has been sent. */
  sent(provider: string): number;
}

export async function startEvals(options: EvalHouseOptions = {}): Promise<EvalKit> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-evals-'));
  const simulator = await startSimulator();
  const ledger = new MemoryLedger();
  const targets = options.targets ?? ['alpha/steady-1', 'beta/steady-1'];
  const config = resolveConfig(checkConfig(configOf(options, simulator, targets), 'test'), {});
  const evals = await openEvals(config, {
    answers: fileAnswers(join(folder, 'answers')),
    env: { KEY: 'sk-eval-kit' },
    ledger,
    onProblem: () => undefined,
  });
  onTestFinished(async () => {
    await evals.close();
    await simulator.stop();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    ...evals,
    simulator,
    folder,
    ledger,
    run: (suite, wish) =>
      runSuite(
        suiteFrom({ name: 'kit', subject: { route: 'reply' }, ...suite }, join(folder, 'kit.yaml')),
        evals.house,
        {
          maxAgeMs: WEEK_MS,
          signal: new AbortController().signal,
          ...wish,
        },
      ),
    sent: (provider) => simulator.meter(provider).requests,
  };
}

function configOf(options: EvalHouseOptions, simulator: Simulator, targets: readonly string[]): unknown {
  const models = (provider: string) =>
    Object.fromEntries(
      targets.filter((id) => id.startsWith(`${provider}/`)).map((id) => [id.slice(provider.length + 1), PRICE]),
    );
  const provider = (dialect: Parameters<Simulator['baseUrl']>[0], name: string) => ({
    dialect,
    baseUrl: simulator.baseUrl(dialect, name),
    apiKey: 'env:KEY',
    models: models(name),
  });
  return {
    providers: {
      alpha: provider('openai-chat', 'alpha'),
      beta: provider('anthropic-messages', 'beta'),
      gamma: provider('gemini-generate', 'gamma'),
      ...options.providers,
    },
    routes: { reply: { targets, ...options.route } },
    ...options.more,
  };
}

/** Cases whose answers the simulator is told word for word. */
export function toldCases(count: number, answer: (at: number) => string, assertions: readonly unknown[]) {
  return Array.from({ length: count }, (_, at) => ({
    id: `case-${at + 1}`,
    message: `Question ${at + 1}. [[answer: ${answer(at)}]]`,
    assertions,
  }));
}
