import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));

type Told = { readonly loaded?: true; readonly url?: string; readonly error?: string };

/** A moment in the life of a request, as the engine tells its observers. */
export interface DieAt {
  readonly event: 'requestBegun' | 'attemptBegun' | 'attemptEnded' | 'requestEnded';
  readonly after: number;
}

/** A gateway in a process of its own: loaded first, started when its time has come, killed where it stands. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #loaded: Promise<Told>;

  /** `sources`: folder of the compiled sources. `node`: the binary to run; the one of this process unless told. */
  constructor(sources: string, node?: string) {
    this.#child = fork(CHILD, [sources], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      ...(node !== undefined && { execPath: node }),
    });
    this.#loaded = this.#next();
    // Whoever never starts this process need not handle its end.
    this.#loaded.catch(() => {});
  }

  /** Opens the ledger and listens; gives the URL. `dieAt`: kills itself at an event of the engine, after so many others of it. */
  async start(config: object, dieAt?: DieAt): Promise<string> {
    await this.#loaded;
    const started = this.#next();
    this.#child.send({ config, ...(dieAt && { dieAt }) });
    const { url, error } = await started;
    if (url === undefined) throw new Error(`the gateway did not start: ${error}`);
    return url;
  }

  /** Resolves when it is gone, by whatever hand. */
  async gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #next(): Promise<Told> {
    const died = new AbortController();
    const onExit = () => died.abort(new Error('the gateway process ended by itself'));
    this.#child.once('exit', onExit);
    try {
      const [told] = (await once(this.#child, 'message', { signal: died.signal })) as [Told];
      return told;
    } catch (error) {
      throw died.signal.reason ?? error;
    } finally {
      this.#child.off('exit', onExit);
    }
  }
}
