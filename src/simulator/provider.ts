import type { ServerResponse } from 'node:http';
import { hash32 } from './chance.ts';
import type { Habit } from './habits.ts';
import { MeterBook } from './meter.ts';
import { Playlist } from './playlist.ts';

/** The name of a provider: a path segment. `admin` is taken. */
export function isProviderName(name: string): boolean {
  return name !== 'admin' && /^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name);
}

/** One simulated provider: what it plays, what it counted, who is being answered. */
export class SimulatedProvider {
  readonly playlist = new Playlist();
  readonly meter = new MeterBook();
  readonly #open = new Set<ServerResponse>();
  readonly #prefix: string;
  #serial = 0;
  #crashed = false;

  /** Of all its models. */
  readonly habits: readonly Habit[];

  constructor(name: string, seed: number, habits: readonly Habit[] = []) {
    this.habits = habits;
    this.#prefix = hash32(name, seed).toString(36).padStart(7, '0');
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Letters and digits, never twice the same, another row for each provider and seed. */
  newId(): string {
    return `${this.#prefix}${(this.#serial++).toString(36).padStart(14, '0')}`;
  }

  hold(response: ServerResponse): void {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
  }

  /** Resets every connection that is being answered, and all requests from now on. */
  crash(): void {
    this.#crashed = true;
    for (const response of this.#open) response.socket?.resetAndDestroy();
  }

  revive(): void {
    this.#crashed = false;
  }
}
