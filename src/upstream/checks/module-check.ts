import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CheckVerdict } from '../../engine/answer-checks.ts';
import type { StopSignal } from '../../model/stop-signal.ts';
import { readVerdict } from './read-verdict.ts';

/** Memory of a module's thread, in MiB. */
const MAX_HEAP_MIB = 256;
/** Questions that wait for one module; it works them off as its own code allows. */
const MAX_WAITING = 256;

/** A question that only asks whether the thread still takes any, and how long it has to say so, in milliseconds. */
const PROOF = 0;
const PROOF_MS = 500;

/** What runs beside the module: plain JavaScript, because a thread of an older Node reads nothing else. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const loaded = import(workerData);
loaded.catch(() => undefined);
parentPort.on('message', async ({ id, question }) => {
  try {
    if (question === undefined) return parentPort.postMessage({ id });
    const { check } = await loaded;
    if (typeof check !== 'function') throw new TypeError('it exports no function named check');
    const { answer, request } = JSON.parse(question);
    parentPort.postMessage({ id, said: JSON.stringify(await check(answer, request)) });
  } catch (error) {
    parentPort.postMessage({ id, threw: String(error && error.message || error).slice(0, 200) });
  }
});
`;

interface Reply {
  readonly id: number;
  readonly said?: string;
  readonly threw?: string;
}

/**
 * A check in a file, which runs in a thread of its own: what loops there holds up nobody here, and what takes longer
 * than its time is ended with its thread. It sees no environment variables, and what it prints goes nowhere.
 */
export class ModuleCheck {
  readonly #url: string;
  #thread: Worker | undefined;
  #proving: NodeJS.Timeout | undefined;
  #ids = 0;
  readonly #waiting = new Map<number, (verdict: CheckVerdict) => void>();

  constructor(file: string) {
    this.#url = pathToFileURL(file).href;
  }

  ask(question: string, signal: StopSignal): Promise<CheckVerdict> {
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.resolve({ kind: 'failed', why: `${MAX_WAITING} answers wait for it already` });
    }
    const thread = this.#started();
    this.#ids += 1;
    const id = this.#ids;
    return new Promise((resolve) => {
      const givenUp = () => {
        this.#waiting.get(id)?.({ kind: 'failed', why: 'nobody waits for it any more' });
        this.#proveAlive(thread);
      };
      this.#waiting.set(id, (verdict) => {
        signal.removeEventListener('abort', givenUp);
        this.#waiting.delete(id);
        resolve(verdict);
      });
      signal.addEventListener('abort', givenUp, { once: true });
      thread.postMessage({ id, question });
    });
  }

  async close(): Promise<void> {
    await this.#end('the gateway ends');
  }

  #started(): Worker {
    if (this.#thread) return this.#thread;
    const thread = new Worker(THREAD, {
      eval: true,
      workerData: this.#url,
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    });
    this.#thread = thread;
    thread.unref();
    thread.on('message', ({ id, said, threw }: Reply) => {
      if (id === PROOF) return this.#proven();
      const verdict: CheckVerdict =
        threw === undefined ? readVerdict(parsed(said)) : { kind: 'failed', why: `it threw: ${threw}` };
      this.#waiting.get(id)?.(verdict);
    });
    thread.on('error', (error) => this.#lost(thread, `its thread ended: ${error.message}`));
    thread.on('exit', () => this.#lost(thread, 'its thread ended'));
    return thread;
  }

  /** A module that waits is left alone; one that loops takes nobody's questions any more, and is ended. */
  #proveAlive(thread: Worker): void {
    if (this.#thread !== thread || this.#proving) return;
    this.#proving = setTimeout(() => {
      this.#proving = undefined;
      if (this.#thread === thread) void this.#end('another answer took it too long');
    }, PROOF_MS);
    this.#proving.unref();
    thread.postMessage({ id: PROOF });
  }

  #proven(): void {
    clearTimeout(this.#proving);
    this.#proving = undefined;
  }

  #lost(thread: Worker, why: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    this.#fail(why);
  }

  async #end(why: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#proven();
    this.#fail(why);
    await thread?.terminate();
  }

  #fail(why: string): void {
    for (const tell of [...this.#waiting.values()]) tell({ kind: 'failed', why });
  }
}

function parsed(said: string | undefined): unknown {
  return said === undefined ? undefined : JSON.parse(said);
}
