import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HttpFailure } from './http-failure.ts';

/** A caller that may use the gateway. */
export interface CallerKey {
  readonly name: string;
  /** Names of the routes it may use; absent: all. */
  readonly routes?: readonly string[];
}

/** Longest key that is even looked at. */
const MAX_KEY_LENGTH = 512;

/** Lives as long as the process, so that a key can be told from the one that it had before a reload. */
const PEPPER = randomBytes(32).toString('hex');

/**
 * Who may call. Keys are kept as digests under a pepper that lives as long as the process; a key is found by its digest, so
 * the time it takes says nothing about how much of a guess was right. Digests never leave the process, so that the
 * pepper in front does what an HMAC would.
 */
export class CallerKeys {
  readonly #callers = new Map<string, CallerKey>();
  /**
   * Keys that were shown and are good: their digest need not be taken again. A guess finds nothing here, and learns nothing
   * from the time that takes: a map compares only what has the same hash, which depends on a secret of the process.
   */
  readonly #shown = new Map<string, CallerKey>();
  readonly #admin: string | undefined;

  constructor(keys: readonly (CallerKey & { readonly key: string })[], adminKey: string | undefined) {
    for (const { key, ...caller } of keys) this.#callers.set(this.#digest(key), caller);
    this.#admin = adminKey === undefined ? undefined : this.#digest(adminKey);
  }

  /** True when callers have to show a key. */
  get required(): boolean {
    return this.#callers.size > 0;
  }

  /** By the names of the callers, what is other for one whose key or whose routes have changed. Never leaves the process. */
  prints(): ReadonlyMap<string, string> {
    return new Map([...this.#callers].map(([digest, { name, routes }]) => [name, `${digest} ${routes?.join(' ')}`]));
  }

  hasAdminKeyOf(other: CallerKeys): boolean {
    return this.#admin === other.#admin;
  }

  /** The caller behind a request; undefined where no keys are configured. Throws 401 for a missing or wrong one. */
  authenticate(headers: IncomingHttpHeaders): CallerKey | undefined {
    if (!this.required) return undefined;
    const given = keyIn(headers);
    const caller = given === undefined ? undefined : (this.#shown.get(given) ?? this.#look(given));
    if (caller) return caller;
    throw new HttpFailure(
      401,
      'unauthorized',
      'a valid key is required: `Authorization: Bearer …`, `x-api-key` or `x-goog-api-key`',
      { field: 'authorization' },
    );
  }

  /** Throws unless the request shows the admin key. */
  authenticateAdmin(headers: IncomingHttpHeaders): void {
    if (!this.#admin) {
      throw new HttpFailure(
        403,
        'forbidden',
        'the admin API is off: set `server.adminKey` in the configuration, e.g. "env:UNDERSTUDY_ADMIN_KEY"',
      );
    }
    const given = keyIn(headers);
    if (given !== undefined && isSame(this.#digest(given), this.#admin)) return;
    throw new HttpFailure(401, 'unauthorized', 'the admin key is required: `Authorization: Bearer …`', {
      field: 'authorization',
    });
  }

  #look(given: string): CallerKey | undefined {
    const caller = this.#callers.get(this.#digest(given));
    if (caller) this.#shown.set(given, caller);
    return caller;
  }

  #digest(key: string): string {
    return hash('sha256', PEPPER + key, 'hex');
  }
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const plain = headers['x-api-key'] ?? headers['x-goog-api-key'];
  const key = bearer ?? (typeof plain === 'string' ? plain : undefined);
  return key === undefined || key.length > MAX_KEY_LENGTH ? undefined : key;
}
