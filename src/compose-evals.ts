import { readFileSync } from 'node:fs';
import { answerChecksOf } from './compose-checks.ts';
import { engineCore, engineOf } from './compose-engine.ts';
import { priceTablesFor } from './compose-prices.ts';
import { reachProviders } from './compose-upstream.ts';
import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { Alerts } from './engine/alerts.ts';
import { Lanes } from './engine/lanes.ts';
import { operatorsWord } from './engine/parity.ts';
import type { Ledger } from './engine/ports.ts';
import { unwatchedQuality } from './engine/quality-watch.ts';
import type { EngineDeps } from './engine/run-state.ts';
import { Spending } from './engine/spending.ts';
import { openSecrets, readSealKey, readSecrets } from './read-secrets.ts';
import type { AnswerStore } from './rehearsal/evals/answer-store.ts';
import type { EvalHouse } from './rehearsal/evals/house.ts';
import { newRequestId } from './server/chat-surface.ts';
import { SharedParts } from './shared-parts.ts';
import { openLedger } from './storage/open-ledger.ts';
import { systemClock } from './system-clock.ts';
import { combineObservers } from './telemetry/observers.ts';
import { createTraces } from './telemetry/traces.ts';
import { createRedactor } from './upstream/redactor.ts';

export interface EvalOptions {
  readonly answers: AnswerStore;
  /** Variables that `env:` references are read from; the process's own unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where rows go instead of the configured ledger. */
  readonly ledger?: Ledger;
  /** Told in one line of what went wrong beside the evals. */
  onProblem(problem: string): void;
}

/** The engine of a configuration without its server, for evals. */
export interface OpenEvals {
  readonly house: EvalHouse;
  close(): Promise<void>;
}

/** Puts together what evals need: the same upstream, prompts, contracts, prices and ledger that the gateway has. */
export async function openEvals(config: ResolvedConfig, options: EvalOptions): Promise<OpenEvals> {
  const redactor = createRedactor([]);
  const tell = (problem: string) => options.onProblem(redactor.redact(problem));
  const secrets = openSecrets(options.env, (secret) => redactor.add(secret));
  const shared = new SharedParts();
  const providers = await reachProviders(config, { secrets, redactor, tell, clock: systemClock, shared });
  await readSecrets(config, secrets.resolve);
  const checks = answerChecksOf(config, shared);
  const { ledger, close } = options.ledger
    ? { ledger: options.ledger, close: async () => undefined }
    : await ownLedger(config, tell);
  const observer = combineObservers(
    [createTraces()].filter((one) => one !== undefined),
    (error) => tell(String(error)),
  );
  const core = engineCore(() => config, {
    ledger,
    observer,
    alerts: new Alerts(observer),
    // What is measured is asked for its evidence by nobody.
    parity: operatorsWord(() => systemClock.wallNow()),
    redact: (text) => redactor.redact(text),
  });
  const made = engineOf(core, config, {
    upstream: providers.upstream,
    prices: await priceTablesFor(config),
    checks: checks.part,
  });
  // Answers to made-up questions say nothing of how live ones are.
  const engine: EngineDeps = { ...made, quality: unwatchedQuality };
  return {
    house: houseOf(config, engine, options.answers),
    async close() {
      await Promise.all([providers.release(), checks.release()]);
      await close();
    },
  };
}

async function ownLedger(config: ResolvedConfig, tell: (problem: string) => void) {
  const sealKey = config.storage.sealKey && (await readSealKey(config.storage.sealKey));
  const { ledger } = await openLedger({
    file: config.storage.file,
    ...(sealKey !== undefined && { sealKey }),
    onTrouble: ({ message }) => tell(`ledger: ${message}`),
  });
  return { ledger, close: () => ledger.close() };
}

function houseOf(config: ResolvedConfig, engine: EngineDeps, answers: AnswerStore): EvalHouse {
  return {
    engine,
    replaying: () => withoutEffect(config, engine),
    answers,
    route: (name) => config.routes.get(name),
    routeBoundTo: (prompt) => [...config.routes.values()].find((route) => route.prompt === prompt),
    rawRoute: (target) => routeForRawTarget(config, target),
    addressOf: ({ provider }) => config.providers.get(provider)?.baseUrl ?? '',
    newRequestId,
    version: version(),
  };
}

const NO_LEDGER: Ledger = {
  requestBegun: () => undefined,
  attemptStarted: () => undefined,
  attemptEnded: () => undefined,
  requestEnded: () => Promise.resolve(),
};

/** What was paid for once is neither written, nor spent, nor learned from again. */
function withoutEffect(config: ResolvedConfig, engine: EngineDeps): EngineDeps {
  return {
    ...engine,
    ledger: NO_LEDGER,
    lanes: new Lanes(config.health, () => undefined),
    spending: new Spending(),
    observer: combineObservers([], () => undefined),
  };
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
