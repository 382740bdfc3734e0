import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const root = new URL('../../', import.meta.url);
const file = (path: string) => fileURLToPath(new URL(path, root));

/** The built command, as users run it; the sources where somebody has changed them since. `npm test` builds first. */
const { isBuilt } = (await import(new URL('scripts/ensure.mjs', root).href)) as { isBuilt(): boolean };
export const COMMAND: readonly string[] = isBuilt()
  ? [file('bin/understudy.js')]
  : ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href, file('test/cli/run-sources.mjs')];

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Working directory; a fresh, empty one unless told. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that runs. */
export class Running {
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';
  readonly ended: Promise<Finished>;

  constructor(child: ChildProcess) {
    this.#child = child;
    // A character of several bytes may come in two pieces.
    child.stdout?.setEncoding('utf8');
    child.stderr?.setEncoding('utf8');
    child.stdout?.on('data', (data) => {
      this.#stdout += data;
    });
    child.stderr?.on('data', (data) => {
      this.#stderr += data;
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
  }

  /** Waits until either output matches; gives the first group, or the whole match. */
  async said(pattern: RegExp, limitMs = 15_000): Promise<string> {
    const giveUpAt = performance.now() + limitMs;
    for (;;) {
      const found = pattern.exec(this.#stdout) ?? pattern.exec(this.#stderr);
      if (found) return found[1] ?? found[0];
      if (performance.now() > giveUpAt || this.#child.exitCode !== null) {
        throw new Error(`nothing matches ${pattern} in:\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** An empty working directory that goes with the test. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a command. Nothing of this machine's environment reaches it: a provider key would change what it does. */
export async function start(args: readonly string[], options: CommandOptions = {}): Promise<Running> {
  const child = spawn(process.execPath, [...COMMAND, ...args], {
    cwd: options.cwd ?? (await emptyFolder()),
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return new Running(child);
}

/** Runs a command to its end. */
export async function understudy(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return (await start(args, options)).ended;
}
