import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** `understudy serve --workers` as its operator runs it. */
export interface ServedWorkers {
  readonly url: string;
  readonly keeper: ChildProcess;
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, string | null]>;
  /** What it wrote on standard error so far. */
  complaints(): string;
  /** Process ids of the workers that there are now. */
  workers(): number[];
}

export interface ServeOrder {
  /** Folder of the compiled sources. */
  readonly sources: string;
  readonly folder: string;
  readonly config: object;
  readonly workers: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves once all of them listen. Rejects with what it wrote where it ends before. */
export async function serveWorkers({ sources, folder, config, workers, env }: ServeOrder): Promise<ServedWorkers> {
  const file = join(folder, 'understudy.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  const main = pathToFileURL(join(sources, 'cli', 'main.js')).href;
  const run = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
  const args = ['--input-type=module', '--eval', run, '--', 'serve', '--config', file, '--workers', String(workers)];
  const keeper = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  keeper.stderr.on('data', (piece: Buffer) => {
    complaints += piece.toString();
  });
  const ended = once(keeper, 'exit') as ServedWorkers['ended'];
  const lines = createInterface({ input: keeper.stdout });
  const url = await Promise.race([
    new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
        if (found) resolve(found);
      });
    }),
    ended.then(() => undefined),
  ]);
  if (url === undefined) throw new Error(complaints);
  return { url, keeper, ended, complaints: () => complaints, workers: () => childrenOf(keeper.pid) };
}

function childrenOf(pid: number | undefined): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    // It says so by its exit code where there is none.
    return [];
  }
}
