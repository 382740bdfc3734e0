import { isConfigError } from '../config/problems.ts';
import type { ReloadProblem } from '../server/reload-outcome.ts';
import { createLogger } from '../telemetry/logs.ts';
import { type FileSnapshot, readConfig } from './file-snapshot.ts';
import { Keeper, type ReadFiles } from './keeper.ts';
import { type Prepared, prepareConfig } from './prepare-config.ts';
import { shareProblem } from './shares.ts';

export interface KeepOptions {
  /** The configuration file that the operator named. */
  readonly path: string | undefined;
  readonly count: number;
  readonly prepared: Prepared;
  readonly files: FileSnapshot;
  /** Without a file there is nothing to read again. */
  readonly fromFile: boolean;
  /** Of the demo. */
  readonly simulatorUrl: string | undefined;
}

/** The keeper of so many workers, none of which is started yet. */
export function keeperOf(options: KeepOptions): Keeper {
  const { path, count, prepared, files, simulatorUrl } = options;
  const { config, env } = prepared;
  const { logLevel, logFormat } = config.telemetry;
  const logger = createLogger({ level: logLevel, format: logFormat, redact: (line) => line });
  return new Keeper({
    count,
    exec: workerProgram(),
    env,
    orders: { ...(path !== undefined && { path }), ...(simulatorUrl !== undefined && { simulatorUrl }) },
    files,
    reread: () => reread(options),
    log: (level, facts, message) => logger[level](facts, message),
  });
}

async function reread({ path, prepared, simulatorUrl, count, fromFile }: KeepOptions): Promise<ReadFiles> {
  const refused = (problems: readonly ReloadProblem[]) => ({
    ok: false as const,
    because: 'invalid' as const,
    problems,
  });
  if (!fromFile) {
    const message = 'this gateway was not started from a file that could be read again';
    return { ok: false, because: 'no-file', problems: [{ file: 'configuration', path: '', message }] };
  }
  let file = path ?? 'configuration';
  try {
    const { loaded, files } = await readConfig(path);
    if (loaded.kind === 'file') file = loaded.file;
    const problem = shareProblem(prepareConfig(loaded, simulatorUrl, prepared.env).config, loaded, count);
    return problem === undefined ? { ok: true, files } : refused([{ file, path: '', message: problem }]);
  } catch (error) {
    if (isConfigError(error)) return refused(error.problems);
    return refused([{ file, path: '', message: error instanceof Error ? error.message : String(error) }]);
  }
}

/** Flags of the keeper that make no sense for a worker: it has a program of its own. */
const OWN_PROGRAM = /^(--eval|-e|--print|-p|--input-type)(=|$)/;
const WITH_VALUE = new Set(['--eval', '-e', '--print', '-p', '--input-type']);

function workerProgram(): { readonly file: string; readonly execArgv: readonly string[] } {
  const name = import.meta.url.endsWith('.ts') ? './worker-main.ts' : './worker-main.js';
  const execArgv: string[] = [];
  for (let at = 0; at < process.execArgv.length; at += 1) {
    const flag = process.execArgv[at] ?? '';
    if (!OWN_PROGRAM.test(flag)) execArgv.push(flag);
    else if (WITH_VALUE.has(flag)) at += 1;
  }
  return { file: new URL(name, import.meta.url).pathname, execArgv };
}
