import { setFlagsFromString } from 'node:v8';
import { type RunningGateway, startGateway } from '../compose.ts';
import { loadConfig } from '../config/load.ts';
import type { ReloadOrder, ReloadOutcome } from '../server/reload-outcome.ts';
import { systemClock } from '../system-clock.ts';
import { type FileSnapshot, recordedFiles } from './file-snapshot.ts';
import type { ToKeeper, ToWorker, WorkerOrders } from './messages.ts';
import { type Prepared, prepareConfig } from './prepare-config.ts';
import { shareOfConfig } from './shares.ts';
import { startProblem } from './start-problem.ts';
import { WorkerLink } from './worker-link.ts';

/** A worker that could not write its last rows, or was cut, has nothing more to say. */
const EXIT_DONE = 0;

/** One serving process of several: waits for its orders, serves, and ends when its keeper says so, or is gone. */
export function serveAsWorker(): void {
  // What a request leaves behind is little: threads that share the collecting of it cost more than the collecting.
  setFlagsFromString('--no-parallel-scavenge');
  // A terminal signals the whole group; when to end is the keeper's word alone.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => {});
  process.on('SIGHUP', () => {});
  let serving: Promise<Serving | undefined> | undefined;
  let link: WorkerLink | undefined;
  /** Told between the question what stands and the orders that hold the answer. */
  const early: ToWorker[] = [];
  process.on('message', (message: ToWorker) => {
    if (link) link.take(message);
    else if (message.type === 'events') early.push(message);
    switch (message.type) {
      case 'serve':
        link = linkOf(message.orders);
        for (const one of early.splice(0)) link.take(one);
        serving = begin(message.orders, link);
        return;
      case 'reload':
        void serving?.then(async (running) => {
          const outcome = await running?.reload(message.files, message.order);
          if (outcome) send({ type: 'answer', id: message.id, answer: { kind: 'reload', outcome } });
        });
        return;
      case 'drain':
        void serving?.then((running) => end(running, message.delayMs, message.graceMs));
        return;
      default:
        return;
    }
  });
  send({ type: 'loaded' });
}

interface Serving {
  readonly gateway: RunningGateway;
  /** Has the gateway read these the next time. */
  reload(files: FileSnapshot, order: ReloadOrder): Promise<ReloadOutcome>;
}

function send(message: ToKeeper, sent?: () => void): void {
  // A channel that is closed ends this process by itself.
  process.send?.(message, undefined, {}, () => sent?.());
}

function linkOf({ index, count, lead, standing }: WorkerOrders): WorkerLink {
  return new WorkerLink({
    channel: { send },
    clock: systemClock,
    place: { index, count },
    lead,
    standing,
    onLost: (events) =>
      process.stderr.write(
        `worker ${index}: ${events} events for the other workers were given up, the channel is full\n`,
      ),
  });
}

async function begin(orders: WorkerOrders, link: WorkerLink): Promise<Serving | undefined> {
  let { files } = orders;
  const read = async () => {
    const { path, simulatorUrl } = orders;
    const loaded = await loadConfig({ ...(path !== undefined && { path }), env: process.env, ...recordedFiles(files) });
    const prepared = prepareConfig(loaded, simulatorUrl);
    const text = loaded.kind === 'file' ? files.texts[loaded.file] : undefined;
    const file = loaded.kind === 'file' && text !== undefined ? { file: { name: loaded.file, text } } : {};
    return { ...prepared, config: shareOfConfig(prepared.config, orders), ...file };
  };
  let prepared: Prepared | undefined;
  try {
    prepared = await read();
    const gateway = await startGateway(prepared.config, { env: prepared.env, together: link, reread: read });
    send({ type: 'listening', url: gateway.url });
    const reload: Serving['reload'] = async (next, order) => {
      const before = files;
      files = next;
      const outcome = await gateway.reload(undefined, order);
      if (outcome.outcome !== 'reloaded') files = before;
      return outcome;
    };
    return { gateway, reload };
  } catch (error) {
    const { message, exitCode } = startProblem(error, prepared?.config);
    send({ type: 'failed', message, exitCode }, () => process.exit(exitCode));
    return undefined;
  }
}

async function end(running: Serving | undefined, delayMs: number, graceMs: number): Promise<void> {
  const allEnded = running ? await running.gateway.drain(delayMs, graceMs).catch(() => false) : true;
  send({ type: 'drained', allEnded }, () => process.exit(EXIT_DONE));
}
