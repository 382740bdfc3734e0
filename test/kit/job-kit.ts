import { JobCourier } from '../../src/engine/job-courier.ts';
import type { JobPolicy } from '../../src/engine/job-policy.ts';
import {
  type JobOrder,
  type JobStore,
  SUBMISSIONS,
  type Submission,
  type WebhookAnswer,
  type WebhookMessage,
} from '../../src/engine/job-store.ts';
import { JobWorker } from '../../src/engine/job-worker.ts';
import type { Route } from '../../src/engine/route.ts';
import type { NewJob, StoredJob } from '../../src/model/job.ts';
import { JobQueries } from '../../src/storage/job-queries.ts';
import { JobTables } from '../../src/storage/job-tables.ts';
import { migrate } from '../../src/storage/migrate.ts';
import { openSqlite, type SqliteConnection } from '../../src/storage/sqlite-driver.ts';
import { engine } from './engine-kit.ts';
import type { Script } from './scripted-upstream.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const JOB_POLICY: JobPolicy = {
  leaseMs: 60_000,
  attempts: 8,
  deadlineMs: 86_400_000,
  keepMs: 7 * 86_400_000,
  queue: { jobs: 10_000, bytes: 256 * 1_048_576, ageMs: 43_200_000 },
};

/** A store over real tables in memory, in virtual time. Several processes may be made over one connection. */
export interface VirtualStore extends JobStore {
  readonly view: JobQueries;
  readonly tables: JobTables;
  /** Rejects every order while it is set: a disk that is full. */
  broken: Error | undefined;
}

export async function jobDatabase(): Promise<SqliteConnection> {
  const connection = openSqlite(':memory:');
  await migrate(':memory:', connection);
  return connection;
}

/** `run` names the process. */
export function storeOver(connection: SqliteConnection, clock: VirtualClock, run: string): VirtualStore {
  const now = () => clock.wallNow();
  const tables = new JobTables(connection, { run, now });
  const store: VirtualStore = {
    view: new JobQueries(connection, now),
    tables,
    broken: undefined,
    async order(order: JobOrder) {
      if (store.broken) throw store.broken;
      return tables.execute(order);
    },
  };
  return store;
}

let made = 0;

/** A request of chat completions, to be run later. */
export function newJob(over: Partial<NewJob> = {}, words = 'Say it.'): NewJob {
  made += 1;
  return {
    id: `job_${made}`,
    caller: '',
    digest: `digest of ${words}`,
    route: 'reply',
    dialect: 'openai-chat',
    body: JSON.stringify({ model: 'reply', messages: [{ role: 'user', content: words }] }),
    options: '{}',
    deadlineMs: JOB_POLICY.deadlineMs,
    ...over,
  };
}

/** A process with worker and courier, the real engine, and scripted providers. */
export async function jobHouse(
  route: Route,
  scripts: Record<string, Script>,
  how: { policy?: Partial<JobPolicy>; answer?: (message: WebhookMessage) => WebhookAnswer } = {},
) {
  const setting = engine(scripts);
  const connection = await jobDatabase();
  const store = storeOver(connection, setting.clock, 'run-1');
  const policy = { ...JOB_POLICY, ...how.policy };
  const troubles: string[] = [];
  const messages: WebhookMessage[] = [];
  const onTrouble = (what: string, error: unknown) => troubles.push(`${what}: ${String(error)}`);
  const sender = {
    async send(message: WebhookMessage): Promise<WebhookAnswer> {
      messages.push(message);
      return how.answer?.(message) ?? { kind: 'answered', status: 204 };
    },
  };
  let requests = 0;
  const process = (mine: VirtualStore) => {
    const courier = new JobCourier({ engine: setting.deps, store: mine, sender, leaseMs: policy.leaseMs, onTrouble });
    const worker = new JobWorker({
      engine: setting.deps,
      store: mine,
      policy,
      annotate: true,
      routeOf: (name) => (name === route.name ? route : undefined),
      hold: () => () => {},
      newRequestId: () => {
        requests += 1;
        return `req_job_${requests}`;
      },
      onEnded: () => courier.wake(),
      onTrouble,
    });
    return { worker, courier, store: mine };
  };
  const first = process(store);
  return {
    ...setting,
    ...first,
    connection,
    troubles,
    messages,
    /** One more process on the same file. */
    another: (run: string) => process(storeOver(connection, setting.clock, run)),
    submit(job: NewJob): Submission | undefined {
      return SUBMISSIONS[store.tables.execute({ kind: 'submit', job, limits: policy.queue })];
    },
    job(id: string): StoredJob {
      const found = store.view.job(id);
      if (!found) throw new Error(`there is no job ${id}`);
      return found;
    },
  };
}
