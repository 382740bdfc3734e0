import type { JobStore } from './job-store.ts';
import type { Clock } from './ports.ts';

interface LeaseKeeperParts {
  readonly store: JobStore;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** The lease has passed to somebody else, or what it was for is over. Told once. */
  onLost(token: string): void;
  onTrouble(error: unknown): void;
}

/** Renewals within one lease: two may be lost. */
const RENEWALS = 3;

/** Renews the leases of what this process works on, for as long as it does. Without any there is no timer. */
export class LeaseKeeper {
  readonly #parts: LeaseKeeperParts;
  readonly #tokens = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  keep(token: string): void {
    this.#tokens.add(token);
    this.#cancel ??= this.#later();
  }

  release(token: string): void {
    this.#tokens.delete(token);
    if (this.#tokens.size === 0) this.close();
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #later(): () => void {
    return this.#parts.clock.setTimer(this.#parts.leaseMs / RENEWALS, () => {
      this.#cancel = undefined;
      void this.#renew().finally(() => {
        if (this.#tokens.size > 0) this.#cancel ??= this.#later();
      });
    });
  }

  async #renew(): Promise<void> {
    const { store, leaseMs, onLost, onTrouble } = this.#parts;
    const tokens = [...this.#tokens];
    try {
      const renewed = await store.order({ kind: 'renew', tokens, leaseMs });
      if (renewed === tokens.length) return;
      const standing = store.view.standing(tokens);
      for (const token of tokens) if (!standing.has(token) && this.#tokens.delete(token)) onLost(token);
    } catch (error) {
      onTrouble(error);
    }
  }
}
