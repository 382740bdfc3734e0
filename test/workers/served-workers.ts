import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Listening, listening } from '../kit/listening.ts';

/** `understudy serve --workers` as its operator runs it. */
export interface ServedWorkers extends Listening {
  readonly keeper: ChildProcess;
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
  return { ...(await listening(keeper)), keeper, workers: () => childrenOf(keeper.pid) };
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
