import { spawn, spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMAND } from '../cli/understudy.ts';
import { commandsOf, missingLine } from './page.ts';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/walkthrough.md', root), 'utf8');
const commands = commandsOf(page);

/** The ports of the page, and those that are free here. */
const ports = new Map<string, string>();
const beside: ReturnType<typeof spawn>[] = [];
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-walkthrough-'));
  await cp(fileURLToPath(new URL('examples/walkthrough', root)), folder, { recursive: true });
  for (const port of ['4141', '4150']) ports.set(port, await freePort());
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    await writeFile(path, here(await readFile(path, 'utf8')));
  }
  const command = [process.execPath, ...COMMAND].map((part) => `'${part}'`).join(' ');
  await writeFile(join(folder, 'understudy'), `#!/bin/sh\nexec ${command} "$@"\n`);
  await chmod(join(folder, 'understudy'), 0o755);
});

afterAll(async () => {
  for (const child of beside) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) process.stderr.write('skipped: the walk-through, because there is no curl here\n');

describe.skipIf(!hasCurl)('the walk-through does what its page shows', () => {
  it.each(commands.map((one) => ({ ...one, title: `line ${one.at}: ${one.command}` })))(
    '$title',
    async ({ command, lines, exitCode }) => {
      const { code, output } = await run(here(command));
      expect(missingLine(lines.map(here), output), output).toBeUndefined();
      expect(code, output).toBe(exitCode);
    },
    60_000,
  );

  it('and ends where it says: with every exit code of the gate on the way', () => {
    const gates = commands.filter(({ command }) => /understudy eval (run|gate)/.test(command));
    expect(new Set(gates.map(({ exitCode }) => exitCode))).toEqual(new Set([0, 1, 3]));
  });
});

function here(text: string): string {
  return text.replace(/\b41(41|50)\b/g, (port) => ports.get(port) ?? port);
}

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/** Ends what was begun beside the rest, numbered from 1 as a shell numbers its jobs. */
function end(job: number): Promise<Ran> {
  const child = beside[job - 1];
  if (!child) throw new Error(`there is no job ${job}`);
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output: '' }));
    child.kill('SIGTERM');
  });
}

/** In a shell, in the folder of the example. What goes on beside the rest is over once it says where it serves. */
function run(command: string): Promise<Ran> {
  const job = /^kill %(\d+)$/.exec(command)?.[1];
  if (job !== undefined) return end(Number(job));
  const lasting = command.endsWith(' &');
  const child = spawn('sh', ['-c', lasting ? `exec ${command.slice(0, -2)}` : command], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH ?? ''}`, NO_COLOR: '1', COLUMNS: '200', NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  return new Promise((resolve) => {
    const hear = (data: Buffer) => {
      output += data.toString('utf8');
      if (lasting && /http:\/\/127\.0\.0\.1:\d+/.test(output)) resolve({ code: 0, output });
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('close', (code) => resolve({ code, output }));
    if (lasting) beside.push(child);
  });
}

function freePort(): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(String(typeof address === 'object' ? address?.port : '')));
    });
  });
}
