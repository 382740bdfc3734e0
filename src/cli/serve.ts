import { setFlagsFromString } from 'node:v8';
import pc from 'picocolors';
import type { LoadedConfig } from '../config/load.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Simulator } from '../simulator/index.ts';
import { type FileSnapshot, readConfig } from '../workers/file-snapshot.ts';
import { type Prepared, prepareConfig } from '../workers/prepare-config.ts';
import { shareProblem, workersOf } from '../workers/shares.ts';
import { startProblem } from '../workers/start-problem.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';
import { type Reloadable, reloadOnSignal } from './reload-signal.ts';
import { sourceOf as configSource } from './reread.ts';

export interface ServeOptions {
  readonly config?: string;
  /** Wins over `server.workers`. */
  readonly workers?: number | 'auto';
}

/** `understudy serve`: runs until a signal; the second signal ends it at once. */
export async function serve(options: ServeOptions, output: Output): Promise<CommandOutcome> {
  // What a request leaves behind is little: threads that share the collecting of it cost more than the collecting.
  setFlagsFromString('--no-parallel-scavenge');
  const { loaded, files } = await readConfig(options.config);
  const simulator = loaded.kind === 'demo' ? await (await import('../simulator/index.ts')).startSimulator() : undefined;
  let endReloads = () => {};
  try {
    const prepared = prepareConfig(loaded, simulator?.url);
    const served = await listening({ options, loaded, files, prepared, simulator });
    for (const line of banner(loaded, { url: served.url, prepared, simulator, workers: served.workers }))
      output.data(line);
    // Without a file there is nothing to read again, and whoever closes the terminal wants an end.
    if (loaded.kind === 'file') endReloads = reloadOnSignal(served, prepared.config.server.watch, output);
    return await untilSignal(served, prepared.config, output);
  } finally {
    endReloads();
    // Whatever went wrong: a simulator that still listens would keep the process alive.
    await simulator?.stop();
  }
}

/** What serves: this process, or several that it keeps. */
interface Served extends Reloadable {
  readonly url: string;
  readonly workers: number;
  drain(delayMs: number, graceMs: number): Promise<boolean>;
  /** Ends at once what this process does not end by ending itself. */
  kill(): Promise<void>;
  /** Resolves when nothing serves any more although nobody asked for it; never where this process serves. */
  readonly over?: Promise<void>;
}

interface Serving {
  readonly options: ServeOptions;
  readonly loaded: LoadedConfig;
  readonly files: FileSnapshot;
  readonly prepared: Prepared;
  readonly simulator: Simulator | undefined;
}

async function listening(serving: Serving): Promise<Served> {
  const { config, env } = serving.prepared;
  const count = workersOf(serving.options.workers ?? config.server.workers);
  try {
    if (count > 1) return await keeping(serving, count);
    const source = configSource(serving.loaded, serving.files);
    // A keeper serves nobody, and does without all of it.
    const { startGateway } = await import('../compose.ts');
    const gateway = await startGateway(config, { env, ...(source.reread && { reread: source.reread }) });
    return {
      url: gateway.url,
      workers: 1,
      files: source.files,
      reload: (cause) => gateway.reload(undefined, { cause }),
      drain: (...times) => gateway.drain(...times),
      kill: async () => {},
    };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { message, exitCode } = startProblem(error, config);
    throw new CommandError(Object.values(EXIT).find((code) => code === exitCode) ?? EXIT.failed, message);
  }
}

async function keeping(serving: Serving, count: number): Promise<Served> {
  const { options, loaded, files, prepared, simulator } = serving;
  const problem = shareProblem(prepared.config, loaded, count);
  if (problem !== undefined) throw new CommandError(EXIT.usage, problem);
  const { keeperOf } = await import('../workers/keep-workers.ts');
  const keeper = keeperOf({
    path: options.config,
    count,
    prepared,
    files,
    fromFile: loaded.kind === 'file',
    simulatorUrl: simulator?.url,
  });
  const url = await keeper.start();
  return {
    url,
    workers: count,
    files: () => keeper.files,
    reload: (cause) => keeper.reload({ cause }),
    drain: (delayMs, graceMs) => keeper.drain(delayMs, graceMs),
    kill: () => keeper.kill(),
    over: keeper.over(),
  };
}

interface Banner {
  readonly url: string;
  readonly workers: number;
  readonly prepared: Prepared;
  readonly simulator: Simulator | undefined;
}

function banner(loaded: LoadedConfig, { url, workers, prepared, simulator }: Banner): string[] {
  const { config, adminKey } = prepared;
  const [first] = config.routes.keys();
  const key = config.server.keys.length > 0 ? " -H 'authorization: Bearer $KEY'" : '';
  const body = `{"model":"${first}","messages":[{"role":"user","content":"Hello"}]}`;
  const lines = [
    `${pc.bold('understudy')} serves ${pc.cyan(url)}  (${sourceOf(loaded)})`,
    ...(workers > 1 ? [`  workers  ${workers}`] : []),
    `  routes   ${[...config.routes.values()].map((route) => `${route.name}: ${route.targets.map(({ target }) => target.id).join(' → ')}`).join('\n           ')}`,
    `  ledger   ${config.storage.file}`,
    '',
    `  curl -i ${url}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
  ];
  if (!simulator) return lines;
  return [
    ...lines,
    '',
    '  Break the primary and ask again; the answer then comes from another provider and says so:',
    `  curl -X PUT ${simulator.url}/admin/script/sim-openai -d '{"fault":"status","status":503}'`,
    '  Then see why (x-understudy-request-id of the answer):',
    `  node bin/understudy.js requests    ·    node bin/understudy.js explain <request-id>`,
    `  curl ${url}/admin/targets -H 'authorization: Bearer ${adminKey}'`,
    `  Heal it: curl -X DELETE ${simulator.url}/admin/script/sim-openai`,
  ];
}

function sourceOf(loaded: LoadedConfig): string {
  switch (loaded.kind) {
    case 'file':
      return loaded.file;
    case 'environment':
      return `keys found: ${loaded.found.map(({ keyVariable }) => keyVariable).join(', ')}`;
    case 'demo':
      return 'demo: no configuration and no provider key found, three simulated providers serve';
  }
}

/** Ctrl-C reaches npm as well, and npm passes it on: the same wish arrives twice. A person needs longer than this. */
const ECHO_MS = 500;

async function untilSignal(served: Served, config: ResolvedConfig, output: Output): Promise<CommandOutcome> {
  const { delayMs, graceMs } = config.server.drain;
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const onSignal = (signal: string) => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt < ECHO_MS) return;
        output.say(`${signal} again: stopping now`);
        void served.kill();
        process.exit(EXIT.interrupted);
      }
      askedAt = performance.now();
      output.say(
        `${signal}: finishing what runs (at most ${Math.round((delayMs + graceMs) / 1000)} s; once more to stop now)`,
      );
      served.drain(delayMs, graceMs).then(
        (allEnded) => {
          // Each of them was told, in its own protocol: a stop in good order.
          if (!allEnded) output.say('some requests had not ended in time, and were told that the gateway stops');
          resolve(EXIT.ok);
        },
        (error: unknown) => {
          output.say(String(error));
          resolve(EXIT.failed);
        },
      );
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    void served.over?.then(() => {
      if (askedAt !== undefined) return;
      output.say('every worker has died again and again: nothing serves any more');
      resolve(EXIT.failed);
    });
  });
}
