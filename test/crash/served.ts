import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Listening, listening } from '../kit/listening.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = `
  const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;

/** A gateway as its operator runs it: the command in a process of its own. */
export interface ServedGateway extends Omit<Listening, 'complaints'> {
  readonly child: ChildProcess;
}

/** Runs `understudy serve` on a configuration and waits until it listens. `descriptors`: most files it may have open. */
export async function serve(config: object, folder: string, descriptors?: number): Promise<ServedGateway> {
  const file = join(folder, 'understudy.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const args = ['--import', 'tsx', '--input-type=module', '--eval', RUN, '--', 'serve', '--config', file];
  const limited = ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...args];
  const [command, ...rest] = descriptors === undefined ? [process.execPath, ...args] : ['/bin/sh', ...limited];
  const child = spawn(command ?? '', rest, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const { url, ended } = await listening(child);
  return { url, child, ended };
}
