import type { ChatRequest } from '../../model/chat-request.ts';
import type { Loss } from '../../model/loss.ts';
import { callerTerm } from './caller-terms.ts';

/** Most losses listed for one request; a long conversation can lose the same thing in every turn. */
export const maxLosses = 100;

/** Collects what an encode had to drop or change, in the terms of the request's caller. */
export class LossList {
  readonly #request: Pick<ChatRequest, 'dialect' | 'original'> | undefined;
  readonly #losses: Loss[] = [];
  #more = 0;
  #moreMatters = false;

  constructor(request?: Pick<ChatRequest, 'dialect' | 'original'>) {
    this.#request = request;
  }

  add(field: string, why: string, matters = false): void {
    const request = this.#request;
    this.#push({ field: request ? callerTerm(field, request.dialect, request.original) : field, why, matters });
  }

  /** Dropped or changed, and the answer may suffer for it. */
  grave(field: string, why: string): void {
    this.add(field, why, true);
  }

  /** Dropped or changed without harm to the answer. */
  slight(field: string, why: string): void {
    this.add(field, why, false);
  }

  /** Names what only the caller's dialect has. */
  addUnmapped(request: Pick<ChatRequest, 'unmapped'>): void {
    for (const { field, matters, why } of request.unmapped) {
      const more = why === undefined ? '' : `: ${why}`;
      this.#push({ field, why: `has no counterpart at this target${more}`, matters });
    }
  }

  list(): Loss[] {
    if (this.#more === 0) return [...this.#losses];
    return [
      ...this.#losses,
      { field: '', why: `${this.#more} further losses are not listed`, matters: this.#moreMatters },
    ];
  }

  #push(loss: Loss): void {
    if (this.#losses.length < maxLosses) this.#losses.push(loss);
    else {
      this.#more += 1;
      this.#moreMatters ||= loss.matters;
    }
  }
}
