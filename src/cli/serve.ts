import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import pc from 'picocolors';
import { type RunningGateway, startGateway } from '../compose.ts';
import { demoConfig } from '../config/demo.ts';
import type { LoadedConfig } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Simulator } from '../simulator/index.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { load, promptsOf } from './load.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy serve`: runs until a signal; the second signal ends it at once. */
export async function serve(options: { config?: string | undefined }, output: Output): Promise<CommandOutcome> {
  // What a request leaves behind is little: threads that share the collecting of it cost more than the collecting.
  setFlagsFromString('--no-parallel-scavenge');
  const loaded = await load(options.config);
  const simulator = loaded.kind === 'demo' ? await (await import('../simulator/index.ts')).startSimulator() : undefined;
  try {
    const { config, adminKey, env } = prepare(loaded, simulator);
    const gateway = await listening(config, env);
    for (const line of banner(loaded, { gateway, config, simulator, adminKey })) output.data(line);
    return await untilSignal(gateway, config, output);
  } finally {
    // Whatever went wrong: a simulator that still listens would keep the process alive.
    await simulator?.stop();
  }
}

async function listening(config: ResolvedConfig, env: NodeJS.ProcessEnv): Promise<RunningGateway> {
  try {
    return await startGateway(config, { env });
  } catch (error) {
    throw addressError(error, config);
  }
}

/** In the demo the admin API is open to whoever reads the banner; elsewhere the operator decides. */
function prepare(loaded: LoadedConfig, simulator: Simulator | undefined) {
  const base = loaded.kind === 'demo' ? demoConfig(simulator?.url ?? '', loaded.overrides) : loaded.config;
  const config = resolveConfig(base, process.env, promptsOf(loaded));
  if (loaded.kind !== 'demo' || config.server.adminKey) return { config, adminKey: undefined, env: process.env };
  const adminKey = randomBytes(12).toString('hex');
  const reference = { kind: 'env' as const, name: 'UNDERSTUDY_DEMO_ADMIN_KEY' };
  const withAdmin: ResolvedConfig = { ...config, server: { ...config.server, adminKey: reference } };
  return { config: withAdmin, adminKey, env: { ...process.env, [reference.name]: adminKey } };
}

function addressError(error: unknown, config: ResolvedConfig): unknown {
  const { code } = error as { code?: string };
  const where = `${config.server.host}:${config.server.port}`;
  if (code === 'EADDRINUSE')
    return new CommandError(EXIT.unreachable, `${where} is taken; set PORT or server.port to another one`);
  if (code === 'EACCES')
    return new CommandError(
      EXIT.unreachable,
      `${where} may not be opened by this user; set PORT or server.port to one above 1023`,
    );
  return error;
}

interface Banner {
  readonly gateway: RunningGateway;
  readonly config: ResolvedConfig;
  readonly simulator: Simulator | undefined;
  readonly adminKey: string | undefined;
}

function banner(loaded: LoadedConfig, { gateway, config, simulator, adminKey }: Banner): string[] {
  const [first] = config.routes.keys();
  const key = config.server.keys.length > 0 ? " -H 'authorization: Bearer $KEY'" : '';
  const body = `{"model":"${first}","messages":[{"role":"user","content":"Hello"}]}`;
  const lines = [
    `${pc.bold('understudy')} serves ${pc.cyan(gateway.url)}  (${sourceOf(loaded)})`,
    `  routes   ${[...config.routes.values()].map((route) => `${route.name}: ${route.targets.map(({ target }) => target.id).join(' → ')}`).join('\n           ')}`,
    `  ledger   ${config.storage.file}`,
    '',
    `  curl -i ${gateway.url}/v1/chat/completions -H 'content-type: application/json'${key} -d '${body}'`,
  ];
  if (!simulator) return lines;
  return [
    ...lines,
    '',
    '  Break the primary and ask again; the answer then comes from another provider and says so:',
    `  curl -X PUT ${simulator.url}/admin/script/sim-openai -d '{"fault":"status","status":503}'`,
    '  Then see why (x-understudy-request-id of the answer):',
    `  node bin/understudy.js requests    ·    node bin/understudy.js explain <request-id>`,
    `  curl ${gateway.url}/admin/targets -H 'authorization: Bearer ${adminKey}'`,
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

async function untilSignal(gateway: RunningGateway, config: ResolvedConfig, output: Output): Promise<CommandOutcome> {
  const { delayMs, graceMs } = config.server.drain;
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const onSignal = (signal: string) => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt < ECHO_MS) return;
        output.say(`${signal} again: stopping now`);
        process.exit(EXIT.interrupted);
      }
      askedAt = performance.now();
      output.say(
        `${signal}: finishing what runs (at most ${Math.round((delayMs + graceMs) / 1000)} s; once more to stop now)`,
      );
      gateway.drain(delayMs, graceMs).then(
        (allEnded) => resolve(allEnded ? EXIT.ok : EXIT.interrupted),
        (error: unknown) => {
          output.say(String(error));
          resolve(EXIT.failed);
        },
      );
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
