import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN = `
  const { main } = await import(${JSON.stringify(new URL('../../src/cli/main.ts', import.meta.url).href)});
  process.exitCode = await main(process.argv.slice(1));`;

/** A gateway as its operator runs it: the command in a process of its own. */
export interface ServedGateway {
  readonly url: string;
  readonly child: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, string | null]>;
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
  let complaints = '';
  child.stderr.on('data', (piece: Buffer) => {
    complaints += piece.toString();
  });
  const ended = once(child, 'exit') as ServedGateway['ended'];
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
        if (found) resolve(found);
      });
    }),
    ended.then(() => undefined),
  ]);
  if (url === undefined) throw new Error(`the gateway ended before it listened: ${complaints}`);
  return { url, child, ended };
}
