import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LedgerError } from './ledger-error.ts';
import type { SealHead } from './seal-chain.ts';

/** Enough for the last line of a file. */
const lastBytes = 4_096;
/** Lines that may wait for a slow disk; more are left out, for the newest tells as much. */
const maxWaiting = 16;

/** What the end of a chain was at some moment, kept in another place than the chain. */
export interface Checkpoint extends SealHead {
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Writes down, line by line and in a file of its own, how far the chain had come: a chain by itself cannot show that its
 * end is missing. Lines are only ever added, so the file may stand on storage that lets nobody change what is there.
 */
export class CheckpointFile {
  readonly #file: string;
  readonly #onFailed: (message: string) => void;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(file: string, onFailed: (message: string) => void) {
    this.#file = file;
    this.#onFailed = onFailed;
  }

  add(head: SealHead, at: number): void {
    if (this.#waiting >= maxWaiting) return;
    this.#waiting += 1;
    const line = JSON.stringify({ at: new Date(at).toISOString(), seq: head.seq, digest: head.digest });
    this.#work = this.#work.then(() => this.#append(`${line}\n`));
  }

  /** Resolves once everything that was added is written, or has failed. */
  async close(): Promise<void> {
    await this.#work;
  }

  async #append(line: string): Promise<void> {
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await appendFile(this.#file, line);
    } catch (error) {
      this.#onFailed(`A checkpoint could not be written: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.#waiting -= 1;
    }
  }
}

export interface CheckpointsRead {
  readonly checkpoints: readonly Checkpoint[];
  /** Lines that are no checkpoints; a crash can leave half a line. */
  readonly unreadable: number;
}

/** @throws LedgerError `file-absent` */
export async function readCheckpoints(file: string): Promise<CheckpointsRead> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LedgerError('file-absent', `The checkpoints at ${file} cannot be read: ${why}`);
  }
  return checkpointsOf(text);
}

/** The newest line of a file; undefined where there is none yet. */
export async function lastCheckpoint(file: string): Promise<Checkpoint | undefined> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file);
  } catch {
    return undefined;
  }
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - lastBytes);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(lastBytes), 0, lastBytes, from);
    return checkpointsOf(buffer.toString('utf8', 0, bytesRead)).checkpoints.at(-1);
  } finally {
    await handle.close();
  }
}

function checkpointsOf(text: string): CheckpointsRead {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const checkpoints = lines.map(checkpointOf).filter((one) => one !== undefined);
  return { checkpoints, unreadable: lines.length - checkpoints.length };
}

function checkpointOf(line: string): Checkpoint | undefined {
  try {
    const { at, seq, digest } = JSON.parse(line) as Partial<Checkpoint>;
    if (typeof at !== 'string' || typeof digest !== 'string' || !Number.isSafeInteger(seq)) return undefined;
    return { at, seq: seq as number, digest };
  } catch {
    return undefined;
  }
}
