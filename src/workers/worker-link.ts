import type { Clock } from '../engine/ports.ts';
import type { ServingPlace, SharedEvent } from '../engine/sharing.ts';
import type { ReloadOrder, ReloadOutcome } from '../server/reload-outcome.ts';
import type { ServingState } from '../server/serving-state.ts';
import type { KeeperAnswer, KeeperQuestion, Question, ToKeeper, ToWorker, WorkerAnswer } from './messages.ts';
import { Outbox } from './outbox.ts';
import { ProbeOwners } from './probe-owners.ts';
import type { Member, MetricsText, Together } from './together.ts';

/** How long a worker waits for what it asks of the others: they answer within a turn of their loop, or are ill. */
const ASK_MS = 3_000;
/** The same for a configuration that all of them take, one after the other. */
const RELOAD_MS = 60_000;

/** The way to the keeper; `sent` is called once it can take more. */
export interface Channel {
  send(message: ToKeeper, sent?: () => void): void;
}

export interface WorkerLinkParts {
  readonly channel: Channel;
  readonly clock: Clock;
  readonly place: ServingPlace;
  readonly lead: boolean;
  readonly standing: readonly SharedEvent[];
  onLost(events: number): void;
}

/** A worker's side of serving together: tells and is told, asks and is asked. */
export class WorkerLink implements Together {
  readonly sharing: Outbox;
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #probes = new ProbeOwners();
  readonly #waiting = new Map<number, (answer: KeeperAnswer | undefined) => void>();
  readonly #onLead: (() => void)[] = [];
  #lead: boolean;
  #lastId = 0;
  #member: Member | undefined;
  /** Told before there was anybody to tell. */
  #early: { readonly from: number; readonly events: readonly SharedEvent[] }[];

  constructor({ channel, clock, place, lead, standing, onLost }: WorkerLinkParts) {
    this.#channel = channel;
    this.#clock = clock;
    this.#lead = lead;
    this.#early = [{ from: -1, events: standing }];
    const send = (events: readonly SharedEvent[], sent: () => void) => channel.send({ type: 'events', events }, sent);
    this.sharing = new Outbox({ place, clock, send, onLost });
  }

  get isLead(): boolean {
    return this.#lead;
  }

  whenLead(task: () => void): void {
    if (this.#lead) task();
    else this.#onLead.push(task);
  }

  join(member: Member): void {
    this.#member = member;
    for (const { from, events } of this.#early) this.#takeIn(from, events);
    this.#early = [];
  }

  async lock(conversation: string): Promise<(() => void) | undefined> {
    const answer = await this.#ask({ kind: 'lock', conversation });
    if (answer?.kind !== 'lock' || !answer.granted) return undefined;
    return () => this.#channel.send({ type: 'unlock', conversation });
  }

  async statesElsewhere(): Promise<readonly ServingState[]> {
    const answer = await this.#ask({ kind: 'states' });
    return answer?.kind === 'states' ? answer.states : [];
  }

  async metrics(): Promise<MetricsText> {
    const answer = await this.#ask({ kind: 'metrics' });
    if (answer?.kind === 'metrics') return answer.metrics;
    throw new Error(`the other workers gave no metrics in ${ASK_MS} ms`);
  }

  /** Has the keeper read the configuration again, for all workers. */
  async reload(order: ReloadOrder): Promise<ReloadOutcome> {
    const answer = await this.#ask({ kind: 'reload', order }, RELOAD_MS);
    if (answer?.kind === 'reload') return answer.outcome;
    throw new Error(`the workers did not all take the configuration in ${RELOAD_MS} ms`);
  }

  wakeJobs(): void {
    if (this.#lead) this.#member?.wakeJobs();
    else this.#channel.send({ type: 'wake-jobs' });
  }

  /** What the keeper says of serving together; what concerns the process itself is for its owner. */
  take(message: ToWorker): void {
    switch (message.type) {
      case 'events':
        return this.#takeIn(message.from, message.events);
      case 'gone':
        for (const event of this.#probes.freedBy(message.index)) this.#member?.takeIn(event);
        return;
      case 'lead':
        this.#lead = true;
        for (const task of this.#onLead.splice(0)) task();
        return;
      case 'wake-jobs':
        return this.#member?.wakeJobs();
      case 'question':
        void this.#answer(message.id, message.question);
        return;
      case 'answered': {
        this.#waiting.get(message.id)?.(message.answer);
        return;
      }
      case 'serve':
      case 'reload':
      case 'drain':
        return;
    }
  }

  #takeIn(from: number, events: readonly SharedEvent[]): void {
    const member = this.#member;
    if (!member) {
      this.#early.push({ from, events });
      return;
    }
    for (const event of events) {
      this.#probes.note(from, event);
      member.takeIn(event);
    }
  }

  async #answer(id: number, question: Question): Promise<void> {
    const answer = await answerOf(question, this.#member);
    if (answer) this.#channel.send({ type: 'answer', id, answer });
  }

  #ask(question: KeeperQuestion, limitMs: number = ASK_MS): Promise<KeeperAnswer | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const done = (answer: KeeperAnswer | undefined) => {
        cancel();
        this.#waiting.delete(id);
        resolve(answer);
      };
      const cancel = this.#clock.setTimer(limitMs, () => done(undefined));
      this.#waiting.set(id, done);
      this.#channel.send({ type: 'question', id, question });
    });
  }
}

/** Undefined where there is nobody yet who could answer. */
async function answerOf(question: Question, member: Member | undefined): Promise<WorkerAnswer | undefined> {
  if (!member) return undefined;
  switch (question) {
    case 'standing':
      return { kind: 'standing', events: member.standing() };
    case 'state':
      return { kind: 'state', state: member.state() };
    case 'metrics': {
      const metrics = await member.metrics();
      return { kind: 'metrics', ...(metrics && { metrics }) };
    }
  }
}
