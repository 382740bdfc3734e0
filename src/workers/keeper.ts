import cluster from 'node:cluster';
import type { ReloadOrder, ReloadOutcome, ReloadProblem } from '../server/reload-outcome.ts';
import type { FileSnapshot } from './file-snapshot.ts';
import { ConversationBook, MetricsBook } from './keeper-books.ts';
import { KeeperError } from './keeper-error.ts';
import type { KeeperAnswer, KeeperQuestion, Question, ToKeeper, WorkerAnswer, WorkerOrders } from './messages.ts';
import type { MetricsText } from './together.ts';
import { WorkerSlot } from './worker-slot.ts';

/** How long the keeper waits for the answers of all workers: one whose loop stands still is left out. */
const GATHER_MS = 1_000;
/** What workers have beyond delay and grace for their last rows, before they are ended by force. */
const LAST_WORDS_MS = 10_000;

/** A configuration that these workers could take, or why they cannot. */
export type ReadFiles = { readonly ok: true; readonly files: FileSnapshot } | RefusedRead;

export interface RefusedRead {
  readonly ok: false;
  readonly because: 'invalid' | 'no-file';
  readonly problems: readonly ReloadProblem[];
}

export interface KeeperOptions {
  readonly count: number;
  /** Of every worker: what it is started with. */
  readonly exec: { readonly file: string; readonly execArgv: readonly string[] };
  readonly env: NodeJS.ProcessEnv;
  /** The same for every worker but for its place and what stands. */
  readonly orders: Pick<WorkerOrders, 'path' | 'simulatorUrl'>;
  readonly files: FileSnapshot;
  /** Reads the configuration as it is by now. Never rejects. */
  reread(): Promise<ReadFiles>;
  log(level: 'info' | 'warn' | 'error', facts: Readonly<Record<string, unknown>>, message: string): void;
}

/** Keeps the workers: starts and replaces them, carries what they tell each other, answers for all. It serves nobody. */
export class Keeper {
  readonly #options: KeeperOptions;
  readonly #slots: readonly WorkerSlot[];
  readonly #conversations = new ConversationBook();
  readonly #metrics = new MetricsBook();
  readonly #gathering = new Map<number, (index: number, answer: WorkerAnswer) => void>();
  #files: FileSnapshot;
  #lead: number | undefined;
  #restarts = 0;
  #lastId = 0;
  #draining = false;
  #cut = false;
  #lastReload: Promise<unknown> = Promise.resolve();
  #generation = 1;
  #onServing: ((result: string | KeeperError) => void) | undefined;
  readonly #onEmpty: (() => void)[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#files = options.files;
    const events = {
      message: (slot: WorkerSlot, message: ToKeeper) => this.#message(slot, message),
      gone: (slot: WorkerSlot, why: string, againInMs: number | undefined) => this.#gone(slot, why, againInMs),
    };
    this.#slots = Array.from({ length: options.count }, (_, index) => new WorkerSlot(index, options.env, events));
  }

  /** Resolves with the address once all listen. Rejects with a `KeeperError`; no worker is left then. */
  async start(): Promise<string> {
    const { file, execArgv } = this.#options.exec;
    cluster.setupPrimary({ exec: file, args: [], execArgv: [...execArgv] });
    const serving = new Promise<string | KeeperError>((resolve) => {
      this.#onServing = resolve;
    });
    for (const slot of this.#slots) slot.start();
    const result = await serving;
    this.#onServing = undefined;
    if (typeof result === 'string') return result;
    await this.kill();
    throw result;
  }

  /** Resolves when no worker is left and none will be started, which is not to happen unless they are drained. */
  over(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }

  /** Ends all of them as one process would; resolves true when all requests ended by themselves. */
  async drain(delayMs: number, graceMs: number): Promise<boolean> {
    this.#draining = true;
    const over = this.#slots.some(({ pid }) => pid !== undefined) ? this.over() : Promise.resolve();
    for (const slot of this.#slots) {
      slot.retire();
      if (slot.state === 'serving') slot.send({ type: 'drain', delayMs, graceMs });
      else slot.kill();
    }
    const late = setTimeout(
      () => {
        this.#cut = true;
        for (const slot of this.#slots) slot.kill();
      },
      delayMs + graceMs + LAST_WORDS_MS,
    );
    await over;
    clearTimeout(late);
    return !this.#cut;
  }

  /** Ends all of them at once. */
  async kill(): Promise<void> {
    this.#draining = true;
    const over = this.#slots.some(({ pid }) => pid !== undefined) ? this.over() : Promise.resolve();
    for (const slot of this.#slots) {
      slot.retire();
      slot.kill();
    }
    await over;
  }

  /** What the configuration in use was read from. */
  get files(): FileSnapshot {
    return this.#files;
  }

  /** Reads the configuration again and has every worker go on with it, one after the other. A bad one changes nothing. Never rejects. */
  reload(order: ReloadOrder): Promise<ReloadOutcome> {
    const turn = this.#lastReload.then(() => this.#reload(order));
    this.#lastReload = turn;
    return turn;
  }

  async #reload(order: ReloadOrder): Promise<ReloadOutcome> {
    const read = await this.#options.reread();
    if (!read.ok) return this.#refused(read.because, read.problems);
    const { files } = read;
    const [first, ...others] = this.#slots.filter(({ state }) => state === 'serving');
    // What the first refuses the others are not even asked.
    const outcome = first && (await this.#reloadAt(first, files, order));
    if (!first || !outcome) return this.#refused('busy', []);
    this.#generation = outcome.generation;
    if (outcome.outcome !== 'reloaded') return outcome;
    this.#files = files;
    for (const slot of others) {
      const also = await this.#reloadAt(slot, files, order);
      if (also && also.outcome !== 'refused') continue;
      // It would go on with the configuration before; its successor begins with this one.
      this.#options.log('error', { worker: slot.index, also }, 'a worker could not reload and is replaced');
      slot.kill();
    }
    return outcome;
  }

  async #reloadAt(slot: WorkerSlot, files: FileSnapshot, order: ReloadOrder): Promise<ReloadOutcome | undefined> {
    const answers = await this.#gather([slot], (id) => ({ type: 'reload', id, files, order }), RELOAD_MS);
    const answer = answers.get(slot.index);
    return answer?.kind === 'reload' ? answer.outcome : undefined;
  }

  #refused(because: RefusedRead['because'] | 'busy', problems: readonly ReloadProblem[]): ReloadOutcome {
    const none = { file: 'configuration', path: '', message: 'no worker answers' };
    const said = problems.length > 0 ? problems : [none];
    const facts = { because, problems: said };
    this.#options.log('error', facts, 'the configuration was refused; the one before goes on');
    return { outcome: 'refused', generation: this.#generation, because, problems: said };
  }

  #message(slot: WorkerSlot, message: ToKeeper): void {
    switch (message.type) {
      case 'loaded':
        slot.state = 'loaded';
        return this.#tellToServe();
      case 'listening':
        return this.#listening(slot, message.url);
      case 'failed':
        return this.#failed(slot, message.message, message.exitCode);
      case 'events':
        for (const other of this.#slots) {
          if (other === slot || other.state === 'loading' || other.state === 'loaded') continue;
          other.send({ type: 'events', from: slot.index, events: message.events });
        }
        return;
      case 'answer':
        return this.#gathering.get(message.id)?.(slot.index, message.answer);
      case 'question':
        void this.#answer(slot, message.id, message.question);
        return;
      case 'unlock':
        return this.#conversations.release(message.conversation, slot.index);
      case 'wake-jobs':
        if (this.#lead !== undefined) this.#slots[this.#lead]?.send({ type: 'wake-jobs' });
        return;
      case 'drained':
        if (!message.allEnded) this.#cut = true;
        return;
    }
  }

  /** The first opens the ledger, and migrates it, before the others do. */
  #tellToServe(): void {
    const first = this.#slots.every(({ state }) => state !== 'serving');
    if (first && this.#slots.some(({ state }) => state === 'told')) return;
    for (const slot of this.#slots) {
      if (slot.state !== 'loaded') continue;
      slot.state = 'told';
      void this.#tell(slot);
      if (first) return;
    }
  }

  async #tell(slot: WorkerSlot): Promise<void> {
    const knowing = this.#slots.find(({ state }) => state === 'serving');
    const question = (id: number) => ({ type: 'question' as const, id, question: 'standing' as const });
    const answers = knowing && (await this.#gather([knowing], question, GATHER_MS));
    const answer = knowing && answers?.get(knowing.index);
    this.#lead ??= slot.index;
    slot.send({
      type: 'serve',
      orders: {
        ...this.#options.orders,
        index: slot.index,
        count: this.#options.count,
        lead: this.#lead === slot.index,
        files: this.#files,
        standing: answer?.kind === 'standing' ? answer.events : [],
      },
    });
  }

  #listening(slot: WorkerSlot, url: string): void {
    slot.state = 'serving';
    slot.url = url;
    this.#tellToServe();
    if (this.#slots.every(({ state }) => state === 'serving')) this.#onServing?.(url);
  }

  #failed(slot: WorkerSlot, message: string, exitCode: number): void {
    this.#options.log('error', { worker: slot.index }, `a worker cannot serve: ${message}`);
    this.#onServing?.(new KeeperError(message, exitCode));
  }

  #gone(slot: WorkerSlot, why: string, againInMs: number | undefined): void {
    const { index } = slot;
    this.#conversations.releaseAll(index);
    this.#metrics.died(index);
    if (this.#lead === index) this.#newLead();
    for (const other of this.#slots) if (other.state === 'serving') other.send({ type: 'gone', index });
    if (this.#draining) {
      if (this.#slots.every(({ pid }) => pid === undefined)) this.#empty();
      return;
    }
    const { log } = this.#options;
    if (againInMs !== undefined) {
      this.#restarts += 1;
      log('error', { worker: index, why, againInMs }, 'a worker has died and is replaced');
      return this.#tellToServe();
    }
    log('error', { worker: index, why }, 'a worker has died again and again, and is given up');
    this.#onServing?.(new KeeperError(`worker ${index} died again and again before it could serve (${why})`, 1));
    if (this.#slots.every(({ state }) => state === 'given-up')) this.#empty();
  }

  #empty(): void {
    for (const tell of this.#onEmpty.splice(0)) tell();
  }

  #newLead(): void {
    const next = this.#slots.find(({ state }) => state === 'serving');
    this.#lead = next?.index;
    next?.send({ type: 'lead' });
  }

  async #answer(slot: WorkerSlot, id: number, question: KeeperQuestion): Promise<void> {
    slot.send({ type: 'answered', id, answer: await this.#answerOf(slot, question) });
  }

  async #answerOf(slot: WorkerSlot, question: KeeperQuestion): Promise<KeeperAnswer> {
    switch (question.kind) {
      case 'lock':
        return { kind: 'lock', granted: this.#conversations.take(question.conversation, slot.index) };
      case 'reload':
        return { kind: 'reload', outcome: await this.reload(question.order) };
      case 'states': {
        const others = this.#slots.filter((other) => other !== slot && other.state === 'serving');
        const answers = await this.#askAll(others, 'state');
        return { kind: 'states', states: answers.flatMap((answer) => (answer.kind === 'state' ? [answer.state] : [])) };
      }
      case 'metrics':
        return { kind: 'metrics', metrics: await this.metrics() };
    }
  }

  /** Of all workers, summed. */
  async metrics(): Promise<MetricsText> {
    const serving = this.#slots.filter(({ state }) => state === 'serving');
    const answers = await this.#gather(serving, (id) => ({ type: 'question', id, question: 'metrics' }), GATHER_MS);
    const texts = new Map<number, MetricsText>();
    for (const [index, answer] of answers) {
      if (answer.kind === 'metrics' && answer.metrics) texts.set(index, answer.metrics);
    }
    const { count: configured } = this.#options;
    return this.#metrics.sum(texts, { configured, serving: serving.length, restarts: this.#restarts });
  }

  async #askAll(slots: readonly WorkerSlot[], question: Question): Promise<readonly WorkerAnswer[]> {
    const answers = await this.#gather(slots, (id) => ({ type: 'question', id, question }), GATHER_MS);
    return [...answers.values()];
  }

  /** The answers that come in time, by the worker's index. */
  #gather(
    slots: readonly WorkerSlot[],
    message: (id: number) => Parameters<WorkerSlot['send']>[0],
    limitMs: number,
  ): Promise<ReadonlyMap<number, WorkerAnswer>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answers = new Map<number, WorkerAnswer>();
    if (slots.length === 0) return Promise.resolve(answers);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(late);
        this.#gathering.delete(id);
        resolve(answers);
      };
      const late = setTimeout(done, limitMs);
      this.#gathering.set(id, (index, answer) => {
        answers.set(index, answer);
        if (answers.size === slots.length) done();
      });
      for (const slot of slots) slot.send(message(id));
    });
  }
}

/** How long a worker may take to open what a new configuration has. */
const RELOAD_MS = 20_000;
