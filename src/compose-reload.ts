import { gatewayOf, makeOwnParts, type OwnParts } from './compose-generation.ts';
import type { House } from './compose-house.ts';
import { NO_FILE, problemsOf, type ReadConfig } from './compose-problems.ts';
import { stackOf } from './compose-tools.ts';
import { type ConfigChanges, configChanges, isUnchanged, nameChanges, needsRestart } from './config/config-changes.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import type { RouteTarget } from './engine/route.ts';
import type { BuiltServer } from './server/build-server.ts';
import type { CallerKeys } from './server/caller-keys.ts';
import { Generation, type LiveGateway } from './server/live-gateway.ts';
import type { ReloadChanges, ReloadOrder, ReloadOutcome, ReloadProblem } from './server/reload-outcome.ts';

/** What runs: one house, and the configuration that it serves by now. */
export interface Running {
  readonly house: House;
  readonly live: LiveGateway;
  readonly server: BuiltServer;
  wakeJobs(): void;
  /** Of the configuration that is served. */
  own: OwnParts;
  /** Milliseconds since 1970 at which that was taken. */
  takenAt: number;
}

/** Most earlier configurations that requests may still go on with. Each of their requests has a deadline. */
export const MAX_RETIRED = 64;

type Because = Extract<ReloadOutcome, { outcome: 'refused' }>['because'];

/** All that can go wrong has gone well: what is left is to take it. */
interface Ready {
  readonly own: OwnParts;
  readonly changes: ReloadChanges;
  takeEvidence(): void;
}

/** Takes configurations in the place of the one that is served: whole, or not at all, and one after the other. */
export class Reloader {
  readonly #running: Running;
  /** Earlier configurations with which somebody still goes on. */
  readonly #retired = new Set<OwnParts>();
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(running: Running) {
    this.#running = running;
  }

  get retired(): number {
    return this.#retired.size;
  }

  /** Never rejects. `read` is asked when its turn has come; undefined: there is nothing to read. */
  reload(read: (() => Promise<ReadConfig>) | undefined, order: ReloadOrder): Promise<ReloadOutcome> {
    const turn = this.#last.then(async () => {
      const outcome = await this.#reload(read, order);
      this.#tell(outcome, order);
      return outcome;
    });
    this.#last = turn;
    return turn;
  }

  /** Takes nothing any more, and closes what is still held of earlier configurations. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
    await Promise.all([...this.#retired].map((own) => own.close()));
  }

  async #reload(read: (() => Promise<ReadConfig>) | undefined, { check }: ReloadOrder): Promise<ReloadOutcome> {
    const { live } = this.#running;
    const shut = this.#shut(read);
    if (!read || shut) return this.#refused(shut ?? 'no-file', []);
    let found: ReadConfig | undefined;
    try {
      found = await read();
      const needed = needsRestart(this.#running.own.config, found.config, found.file?.name ?? NO_FILE);
      if (needed.length > 0) return this.#refused('needs-restart', needed);
      const ready = await this.#prepare(found);
      const { changes } = ready;
      const isSame = isUnchanged(changes);
      const late = isSame || check ? undefined : this.#shut(read);
      if (isSame || check || late) await ready.own.close();
      if (late) return this.#refused(late, []);
      if (isSame) return { outcome: 'unchanged', generation: live.generation };
      if (check) return { outcome: 'would-reload', generation: live.generation, changes };
      this.#take(ready);
      return { outcome: 'reloaded', generation: live.generation, changes };
    } catch (error) {
      return this.#refused('invalid', problemsOf(error, found));
    }
  }

  /** Why nothing can be taken now, whatever it is. */
  #shut(read: unknown): Because | undefined {
    if (this.#stopped || this.#running.server.open.draining) return 'stopping';
    if (!read) return 'no-file';
    return this.#retired.size >= MAX_RETIRED ? 'busy' : undefined;
  }

  async #prepare({ config }: ReadConfig): Promise<Ready> {
    const { house, own: before } = this.#running;
    const own = await makeOwnParts(config, house.tools);
    try {
      const changes = changesOf(configChanges(before.config, config), before, own);
      house.check(config);
      const takeEvidence = changes.sections.includes('receipts')
        ? await house.receipts.prepare(config)
        : () => undefined;
      return { own, changes, takeEvidence };
    } catch (error) {
      await own.close();
      throw error;
    }
  }

  /** In one turn, so that nobody meets half of it. */
  #take({ own, takeEvidence }: Ready): void {
    const running = this.#running;
    const { house, live, server } = running;
    const before = running.own;
    const next = new Generation(live.generation + 1, gatewayOf(own, house, running.wakeJobs));
    running.own = own;
    running.takenAt = house.tools.clock.wallNow();
    house.follow(own.config, before.config);
    takeEvidence();
    const retired = live.replace(next);
    server.app.server.maxConnections = live.settings.limits.connections;
    this.#retired.add(before);
    retired.retire(() => {
      this.#retired.delete(before);
      const { clock, lanes } = live.engine;
      lanes.forgetGone(targetsOf(before.config), targetsOf(running.own.config), clock.now());
      before.close().catch((error: unknown) => house.tools.tell(`a configuration was not closed: ${stackOf(error)}`));
    });
    running.wakeJobs();
  }

  #refused(because: Because, problems: readonly ReloadProblem[]): ReloadOutcome {
    const said = problems.length > 0 ? problems : [{ file: NO_FILE, path: '', message: REFUSALS[because] }];
    return { outcome: 'refused', generation: this.#running.live.generation, because, problems: said };
  }

  #tell(outcome: ReloadOutcome, { cause, check }: ReloadOrder): void {
    const { metrics, tools } = this.#running.house;
    if (!check) metrics?.reloadEnded(outcome.outcome);
    const { logger } = tools;
    switch (outcome.outcome) {
      case 'reloaded': {
        const { generation, changes } = outcome;
        return logger.info({ cause, generation, changes }, 'the configuration was taken');
      }
      case 'unchanged':
        // Folders are watched whole: much that changes there is no configuration.
        return logger[cause === 'watch' ? 'debug' : 'info']({ cause }, 'the configuration has not changed');
      case 'would-reload':
        return logger.debug({ cause }, 'a configuration was checked');
      case 'refused': {
        const { because, problems } = outcome;
        if (because === 'stopping')
          return logger.info({ cause }, 'the gateway is stopping: the wish to reload is ignored');
        return logger.error({ cause, because, problems }, 'the configuration was refused; the one before goes on');
      }
    }
  }
}

const REFUSALS: Readonly<Record<Because, string>> = {
  invalid: 'it cannot be used',
  'needs-restart': 'the gateway has to be restarted for it',
  busy: `requests still go on with ${MAX_RETIRED} earlier configurations; try again when some of them have ended`,
  stopping: 'this gateway is shutting down',
  'no-file': 'this gateway was not started from a file that could be read again',
};

function changesOf(changes: ConfigChanges, before: OwnParts, after: OwnParts): ReloadChanges {
  const admin = !before.keys.hasAdminKeyOf(after.keys) && !changes.sections.includes('server.adminKey');
  return {
    ...changes,
    keys: nameChanges(printsOf(before), printsOf(after)),
    sections: admin ? [...changes.sections, 'server.adminKey'] : changes.sections,
  };
}

function targetsOf({ routes }: ResolvedConfig): readonly RouteTarget[] {
  return [...routes.values()].flatMap(({ targets }) => targets);
}

function printsOf({ keys, config }: { keys: CallerKeys; config: OwnParts['config'] }): ReadonlyMap<string, unknown> {
  return new Map([...keys.prints()].map(([name, print]) => [name, [print, config.callerLimits.get(name)]]));
}
