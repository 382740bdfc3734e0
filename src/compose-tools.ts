import type { DestinationStream, Logger } from 'pino';
import type { ReadConfig } from './compose-problems.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import type { Observer } from './engine/observer.ts';
import type { Chance, Clock } from './engine/ports.ts';
import { openSecrets, type Secrets } from './read-secrets.ts';
import { SharedParts } from './shared-parts.ts';
import { systemChance, systemClock } from './system-clock.ts';
import { createLogger } from './telemetry/logs.ts';
import { createRedactor, type Redactor } from './upstream/redactor.ts';
import type { Together } from './workers/together.ts';

/** What an embedding program or a test may replace. */
export interface StartOptions {
  /** Where log lines go; standard error unless told. */
  readonly logDestination?: DestinationStream;
  /** Variables that `env:` references are read from; the process's own unless told. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly chance?: Chance;
  /** Watches beside metrics, traces and logs. */
  readonly observer?: Observer;
  /** The processes that serve beside this one; absent where it serves alone. */
  readonly together?: Together;
  /** Reads the configuration again, from where it came; absent: it can only be given by `reload`. */
  readonly reread?: () => Promise<ReadConfig>;
}

/** What everything else is put together with; nothing of it has to be closed. */
export interface Tools {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly redactor: Redactor;
  readonly secrets: Secrets;
  readonly logger: Logger;
  /** Told in one line of what went wrong beside the traffic. */
  tell(problem: string): void;
  /** Parts that two configurations may have in common. */
  readonly shared: SharedParts;
}

export function openTools({ telemetry }: ResolvedConfig, options: StartOptions): Tools {
  const redactor = createRedactor([]);
  const logger = createLogger({
    level: telemetry.logLevel,
    format: telemetry.logFormat,
    redact: (line) => redactor.redact(line),
    ...(options.logDestination && { destination: options.logDestination }),
  });
  return {
    clock: options.clock ?? systemClock,
    chance: options.chance ?? systemChance,
    redactor,
    secrets: openSecrets(options.env, (secret) => redactor.add(secret)),
    logger,
    tell: (problem) => logger.warn({}, problem),
    shared: new SharedParts(),
  };
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
