import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process of the soak tells when it is ready, and what it does when it is told to. */
export interface ChildOrders {
  readonly ready: Readonly<Record<string, unknown>>;
  readonly orders: Readonly<Record<string, (argument: unknown) => unknown>>;
}

interface Order {
  readonly id: number;
  readonly name: string;
  readonly argument?: unknown;
}

/** The main function of a child: starts with the setting that its parent gave, and then does what it is told. */
export function runChild<Setting>(start: (setting: Setting) => Promise<ChildOrders>): void {
  // Whoever started it is gone: nobody would ever end it.
  process.on('disconnect', () => process.exit(0));
  // Ctrl-C reaches the whole group; the parent decides who ends when.
  process.on('SIGINT', () => {});
  process.once('message', (setting) => {
    void start(setting as Setting).then(({ ready, orders }) => {
      process.on('message', (message) => {
        const { id, name, argument } = message as Order;
        void Promise.resolve(orders[name]?.(argument)).then((value) => process.send?.({ id, value }));
      });
      process.send?.({ ready });
    });
  });
}

/** A process that the soak started, seen from the parent. */
export class Child<Ready> {
  readonly ready: Ready;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (value: unknown) => void>();
  #lastId = 0;

  private constructor(process: ChildProcess, ready: Ready) {
    this.#process = process;
    this.ready = ready;
    process.on('message', (message) => {
      const { id, value } = message as { id: number; value: unknown };
      this.#waiting.get(id)?.(value);
      this.#waiting.delete(id);
    });
  }

  /** Starts a module of this folder and waits until it is ready. Rejects when it ends before that. */
  static async start<Ready>(module: string, setting: object): Promise<Child<Ready>> {
    const child = fork(new URL(module, import.meta.url), [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.send(setting);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${module} ended with ${String(code)} before it was ready`);
    });
    ended.catch(() => {});
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ ready: Ready }];
    return new Child(child, message.ready);
  }

  /** Gives what the child answers. */
  tell<Answer>(name: string, argument?: unknown): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, (value) => resolve(value as Answer));
      this.#process.send({ id, name, argument });
    });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }
}
