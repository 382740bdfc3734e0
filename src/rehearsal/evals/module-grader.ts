import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { Grade } from '../../quality/graders/grader.ts';

/** What a module is handed. */
export interface ModuleQuestion {
  readonly answer: { readonly text: string; readonly toolCalls: readonly { name: string; arguments: string }[] };
  readonly context: {
    readonly case: string;
    readonly target: string;
    readonly variables: Readonly<Record<string, JsonValue>>;
    readonly options: JsonValue;
  };
}

/** Memory of one module, in mebibytes. */
const MAX_MEMORY_MIB = 256;

/** Runs in the thread: loads the module once and answers one question after another. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const loaded = import(workerData.url);
loaded.catch(() => {});
parentPort.on('message', async ({ answer, context }) => {
  try {
    const { grade } = await loaded;
    if (typeof grade !== 'function') throw new Error('it exports no function named grade');
    parentPort.postMessage({ found: await grade(answer, context) });
  } catch (error) {
    parentPort.postMessage({ problem: String((error && error.message) || error) });
  }
});`;

type Reply = { readonly found: unknown } | { readonly problem: string };

/**
 * A grader of the suite's author, in a thread of its own: a loop without end costs its time limit and not the run. It has
 * no environment, so that no key of a provider reaches it.
 */
export class ModuleGrader {
  readonly #url: string;
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `file`: absolute path of a module that exports `grade(answer, context)`. */
  constructor(file: string) {
    this.#url = pathToFileURL(file).href;
  }

  /** One at a time; resolves with the problem where the module gives no grade. */
  grade(question: ModuleQuestion, timeoutMs: number): Promise<Grade | { readonly problem: string }> {
    const next = this.#last.then(() => this.#ask(question, timeoutMs));
    this.#last = next;
    return next.then((reply) => ('problem' in reply ? reply : gradeOf(reply.found)));
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask(question: ModuleQuestion, timeoutMs: number): Promise<Reply> {
    const worker = this.#worker ?? this.#start();
    return new Promise((resolve) => {
      const onMessage = (reply: Reply) => settle(reply, false);
      const onError = (error: unknown) =>
        settle({ problem: error instanceof Error ? error.message : String(error) }, true);
      const onExit = (code: number) => settle({ problem: `it ended its thread with code ${code}` }, true);
      const settle = (reply: Reply, dead: boolean) => {
        clearTimeout(timer);
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        if (dead) {
          this.#worker = undefined;
          // What it still says is for nobody, and must not end the process.
          worker.on('error', () => undefined);
          void worker.terminate();
        }
        resolve(reply);
      };
      const timer = setTimeout(() => settle({ problem: `it took more than ${timeoutMs} ms` }, true), timeoutMs);
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
      worker.postMessage(question);
    });
  }

  #start(): Worker {
    const worker = new Worker(THREAD, {
      eval: true,
      env: {},
      workerData: { url: this.#url },
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MIB },
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

/** True or false, a score from 0 to 1, or `{ score, pass, because }`. */
function gradeOf(found: unknown): Grade | { readonly problem: string } {
  if (typeof found === 'boolean') return { score: found ? 1 : 0, pass: found, because: String(found) };
  const { score, pass, because } = isJsonObject(found) ? found : { score: found, pass: undefined, because: undefined };
  if (typeof score !== 'number' || !(score >= 0 && score <= 1))
    return { problem: 'it gave no score from 0 to 1, and neither true nor false' };
  return {
    score,
    pass: typeof pass === 'boolean' ? pass : score >= 0.5,
    because: typeof because === 'string' ? because.slice(0, 300) : score.toFixed(2),
  };
}
