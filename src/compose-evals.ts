import { readFileSync } from 'node:fs';
import { engineOf } from './compose.ts';
import { answerChecksOf } from './compose-checks.ts';
import { routeForRawTarget } from './config/resolve.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { Lanes } from './engine/lanes.ts';
import { operatorsWord } from './engine/parity.ts';
import type { Ledger } from './engine/ports.ts';
import { unwatchedQuality } from './engine/quality-watch.ts';
import type { EngineDeps } from './engine/run-state.ts';
import { Spending } from './engine/spending.ts';
import { readSecrets } from './read-secrets.ts';
import type { AnswerStore } from './rehearsal/evals/answer-store.ts';
import type { EvalHouse } from './rehearsal/evals/house.ts';
import { newRequestId } from './server/chat-surface.ts';
import { openLedger } from './storage/open-ledger.ts';
import { systemClock } from './system-clock.ts';
import { combineObservers } from './telemetry/observers.ts';
import { createTraces } from './telemetry/traces.ts';
import { loadLibraries } from './upstream/cloud-libraries.ts';
import { upstreamProviders } from './upstream/provider.ts';
import { createRedactor } from './upstream/redactor.ts';
import { createUpstream } from './upstream/upstream.ts';

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
  const providers = upstreamProviders(config.providers);
  const libraries = await loadLibraries(providers.values());
  const secrets = await readSecrets(config, options.env);
  const redactor = createRedactor(secrets.known);
  secrets.onNew((secret) => redactor.add(secret));
  const tell = (problem: string) => options.onProblem(redactor.redact(problem));
  const checks = answerChecksOf(config);
  const { ledger, close } = options.ledger
    ? { ledger: options.ledger, close: async () => undefined }
    : await ownLedger(config, tell);
  const upstream = createUpstream({
    providers,
    libraries,
    resolveSecret: secrets.resolve,
    onSecret: (secret) => redactor.addPassing(secret),
    onProblem: tell,
    now: () => systemClock.wallNow(),
  });
  const observer = combineObservers(
    [createTraces()].filter((one) => one !== undefined),
    (error) => tell(String(error)),
  );
  const made = engineOf(
    config,
    {},
    {
      upstream,
      ledger,
      observer,
      status: undefined,
      // What is measured is asked for its evidence by nobody.
      parity: operatorsWord(() => systemClock.wallNow()),
      checks,
      redact: (text) => redactor.redact(text),
    },
  );
  // Answers to made-up questions say nothing of how live ones are.
  const engine: EngineDeps = { ...made, quality: unwatchedQuality };
  return {
    house: houseOf(config, engine, options.answers),
    async close() {
      await Promise.all([upstream.close(), checks.close()]);
      await close();
    },
  };
}

async function ownLedger(config: ResolvedConfig, tell: (problem: string) => void) {
  const { ledger } = await openLedger({
    file: config.storage.file,
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
