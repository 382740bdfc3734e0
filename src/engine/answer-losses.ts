import type { Loss } from '../model/loss.ts';

/** Most fields of one answer that are named as lost. */
const MAX_ANSWER_LOSSES = 32;

/** What of one answer its caller is not given, each field once. */
export class AnswerLosses {
  readonly #losses = new Map<string, Loss>();

  add(loss: Loss): void {
    if (this.#losses.size < MAX_ANSWER_LOSSES && !this.#losses.has(loss.field)) this.#losses.set(loss.field, loss);
  }

  get list(): readonly Loss[] {
    return [...this.#losses.values()];
  }

  get matter(): boolean {
    if (this.#losses.size === 0) return false;
    for (const { matters } of this.#losses.values()) if (matters) return true;
    return false;
  }

  /** Another attempt's answer loses what it loses itself. */
  restart(): void {
    this.#losses.clear();
  }
}
