import type { AddressInfo } from 'node:net';
import { gatewayOf, makeOwnParts } from './compose-generation.ts';
import { type House, type Later, openHouse } from './compose-house.ts';
import { composeJobs, type RunningJobs } from './compose-jobs.ts';
import { Reloader, type Running } from './compose-reload.ts';
import { memberOf } from './compose-together.ts';
import { openTools, type StartOptions } from './compose-tools.ts';
import type { ResolvedConfig } from './config/resolved-config.ts';
import { restoreOrders } from './engine/operator-orders.ts';
import type { EngineDeps } from './engine/run-state.ts';
import { buildServer } from './server/build-server.ts';
import { findTarget } from './server/find-route.ts';
import { Generation, LiveGateway } from './server/live-gateway.ts';
import type { AskReload, ReloadOrder, ReloadOutcome } from './server/reload-outcome.ts';
import { ACCEPT_BACKLOG } from './server/room.ts';

export { engineForQuestions } from './compose-engine.ts';
export type { ReadConfig } from './compose-problems.ts';
export { evidenceOfFiles, parityForQuestions } from './compose-receipts.ts';
export type { StartOptions } from './compose-tools.ts';
export { missingLibraries } from './compose-upstream.ts';
export { readAdminKey, readSigningKey } from './read-secrets.ts';
export type * from './server/reload-outcome.ts';

/** A gateway that listens. */
export interface RunningGateway {
  /** `http://host:port`. */
  readonly url: string;
  /** Of the present configuration. */
  readonly engine: EngineDeps;
  /** The present one. */
  readonly config: ResolvedConfig;
  /**
   * Takes another configuration, or the one that `reread` reads where none is given: whole, or not at all. Requests that
   * run go on with the one that they began with. Never rejects.
   */
  reload(next?: ResolvedConfig, order?: ReloadOrder): Promise<ReloadOutcome>;
  /**
   * Readiness fails at once; after `delayMs` new requests are refused; running ones have `graceMs` more to end, and are
   * then ended with `gateway_draining` in their own protocol. The ledger is flushed. Resolves true when all ended by
   * themselves.
   */
  drain(delayMs: number, graceMs: number): Promise<boolean>;
  /** Stops at once. */
  stop(): Promise<void>;
}

/** Puts the real parts together and starts to listen. Rejects with an error that names what is wrong. */
export async function startGateway(config: ResolvedConfig, options: StartOptions = {}): Promise<RunningGateway> {
  const running = await put(config, options);
  const { server, house } = running;
  try {
    await server.app.listen({ host: config.server.host, port: config.server.port, backlog: ACCEPT_BACKLOG });
  } catch (error) {
    house.close();
    await Promise.all([server.app.close(), running.own.close()]);
    await house.opened.ledger.close();
    throw error;
  }
  if (options.together) options.together.whenLead(() => running.jobs.start());
  else running.jobs.start();
  return handleOf(running, options.reread);
}

interface Started extends Running {
  readonly jobs: RunningJobs;
  readonly reloader: Reloader;
}

async function put(config: ResolvedConfig, options: StartOptions): Promise<Started> {
  const tools = openTools(config, options);
  const own = await makeOwnParts(config, tools);
  const present: Present = { own, takenAt: tools.clock.wallNow() };
  const house = await openHouse(laterOf(present), options, tools).catch(async (error: unknown) => {
    await own.close();
    throw error;
  });
  // Of several processes one does the jobs of all.
  const wakeJobs = () => (options.together ? options.together.wakeJobs() : jobs.wake());
  const live = new LiveGateway(new Generation(1, gatewayOf(own, house, wakeJobs)));
  const jobs = composeJobs(live, house, present);
  restoreLanes(live, house);
  const { together } = options;
  together?.join(memberOf(live, house, { openRequests: laterOf(present).openRequests, wakeJobs: () => jobs.wake() }));
  const reload: AskReload = (order) => reloader.reload(options.reread, order);
  const server = buildServer(live, together ? (order) => together.reload(order) : reload);
  const running = Object.assign(present, { house, live, server, jobs, wakeJobs });
  const reloader = new Reloader(running);
  return Object.assign(running, { reloader });
}

/** What runs, as far as it is there. */
type Present = Pick<Running, 'own' | 'takenAt'> & Partial<Pick<Running, 'live' | 'server'>>;

function laterOf(present: Present): Later {
  return {
    now: () => present.own.config,
    generation: () => present.live?.generation ?? 1,
    takenAt: () => present.takenAt,
    openRequests: () => present.server?.open.count ?? 0,
    admission: () => present.server?.admission,
  };
}

/** What operators ordered before a restart holds after it. */
function restoreLanes(live: LiveGateway, { opened, tools }: House): void {
  const { engine } = live;
  const targetOf = (id: string) => findTarget(live, id);
  const lost = restoreOrders(opened.lanes.standing(engine.clock.wallNow()), { ...engine, targetOf });
  for (const { target, action } of lost) tools.logger.warn({ target, action }, 'an order is for a target that is gone');
}

/** What requests that were given up have for their last row and their last words. */
const HALTED_MS = 2_000;

function handleOf(running: Started, reread: StartOptions['reread']): RunningGateway {
  const { server, house, jobs, live, reloader } = running;
  const { host } = running.own.config.server;
  const { port } = server.app.server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      const reloaded = reloader.stop();
      await jobs.finish(0);
      server.app.server.closeAllConnections();
      await server.app.close();
      await reloaded;
      await running.own.close();
      house.close();
      await house.opened.ledger.close();
    })();
    return stopped;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    get engine() {
      return live.engine;
    },
    stop,
    get config() {
      return running.own.config;
    },
    reload: (next, order = { cause: 'program' }) =>
      reloader.reload(next ? async () => ({ config: next }) : reread, order),
    async drain(delayMs, graceMs) {
      server.open.announceDrain();
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      server.open.drain();
      const [answered, worked] = await Promise.all([server.open.empty(graceMs), jobs.finish(graceMs)]);
      const allEnded = answered && worked;
      if (!allEnded) {
        server.open.haltAll();
        await server.open.empty(HALTED_MS);
      }
      await stop();
      return allEnded;
    },
  };
}
