import type { Gateway } from './gateway.ts';

/** The gateway as one configuration has it, for as long as anybody is served by it. */
export class Generation {
  /** 1 for the configuration that the process started with. */
  readonly number: number;
  readonly gateway: Gateway;
  #users = 0;
  #onOver: (() => void) | undefined;

  constructor(number: number, gateway: Gateway) {
    this.number = number;
    this.gateway = gateway;
  }

  hold(): this {
    this.#users += 1;
    return this;
  }

  /** Owed once for each `hold`. */
  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#onOver?.();
  }

  /** Nobody new comes; `onOver` is called once the last user is gone, at once where there is none. */
  retire(onOver: () => void): void {
    this.#onOver = onOver;
    if (this.#users === 0) onOver();
  }
}

/**
 * The gateway as its present configuration has it. What is read from it twice may be of two configurations: a request
 * that is served over many turns holds a generation, and goes on with that one.
 */
export class LiveGateway implements Gateway {
  #now: Generation;

  constructor(first: Generation) {
    this.#now = first;
  }

  /** The present generation, kept until `release`. */
  hold(): Generation {
    return this.#now.hold();
  }

  get generation(): number {
    return this.#now.number;
  }

  /** Takes another in its place; gives the one before. */
  replace(next: Generation): Generation {
    const before = this.#now;
    this.#now = next;
    return before;
  }

  get settings() {
    return this.#now.gateway.settings;
  }

  get routes() {
    return this.#now.gateway.routes;
  }

  get descriptions() {
    return this.#now.gateway.descriptions;
  }

  get engine() {
    return this.#now.gateway.engine;
  }

  get keys() {
    return this.#now.gateway.keys;
  }

  get reader() {
    return this.#now.gateway.reader;
  }

  get lanes() {
    return this.#now.gateway.lanes;
  }

  get keeping() {
    return this.#now.gateway.keeping;
  }

  get deferring() {
    return this.#now.gateway.deferring;
  }

  get statesElsewhere() {
    return this.#now.gateway.statesElsewhere;
  }

  get parity() {
    return this.#now.gateway.parity;
  }

  readonly rawRoute: Gateway['rawRoute'] = (model) => this.#now.gateway.rawRoute(model);
  readonly operatorActed: Gateway['operatorActed'] = (row) => this.#now.gateway.operatorActed(row);
  readonly feedbackGiven: Gateway['feedbackGiven'] = (row) => this.#now.gateway.feedbackGiven(row);
  readonly lastFault: Gateway['lastFault'] = (lane) => this.#now.gateway.lastFault(lane);
  readonly metrics: Gateway['metrics'] = () => this.#now.gateway.metrics();
  readonly ledgerLost: Gateway['ledgerLost'] = () => this.#now.gateway.ledgerLost();
  readonly onShedding: Gateway['onShedding'] = (moved) => this.#now.gateway.onShedding(moved);
  readonly onInternalError: Gateway['onInternalError'] = (error, id) => this.#now.gateway.onInternalError(error, id);
}
