import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A spawned command that listens. */
export interface Listening {
  readonly url: string;
  /** Exit code and signal. */
  readonly ended: Promise<[number | null, string | null]>;
  /** What it wrote on standard error so far. */
  complaints(): string;
}

/** Waits until `child`, whose outputs are pipes, says where it listens. Rejects with its complaints where it ends before. */
export async function listening(child: ChildProcess): Promise<Listening> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('what listens has to be spawned with pipes for its outputs');
  let complaints = '';
  stderr.on('data', (piece: Buffer) => {
    complaints += piece.toString();
  });
  const ended = once(child, 'exit') as Listening['ended'];
  const lines = createInterface({ input: stdout });
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
  return { url, ended, complaints: () => complaints };
}
