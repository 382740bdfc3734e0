import type { Conversations } from '../storage/conversations.ts';
import type { CallerKey } from './caller-keys.ts';
import type { ConversationLocks } from './conversation-locks.ts';
import { HttpFailure } from './http-failure.ts';

/** What the gateway keeps for callers of the Responses API, and how much. */
export interface Keeping {
  readonly store: Conversations;
  readonly locks: ConversationLocks;
  readonly limits: {
    /** Most kept items that a request may go on from. */
    readonly items: number;
    readonly bytes: number;
  };
  /** Told of answers that their caller wanted kept and that are not; for the log, a gauge and an alert. */
  onUnkept(unkept: Unkept): void;
}

export interface Unkept {
  readonly requestId: string;
  readonly why: string;
  /** False where it is the caller's own doing. */
  readonly fault: boolean;
}

/** Whom everything belongs to where nobody needs a key. No caller of a name can be called so. */
const ANONYMOUS = '';

export function ownerOf(caller: CallerKey | undefined): string {
  return caller?.name ?? ANONYMOUS;
}

/** `field` asks for what is kept, and the operator has it that nothing is. */
export function keepsNothing(field: string, instead: string): HttpFailure {
  const why = '`conversations.store` is false in the configuration of this gateway';
  return new HttpFailure(400, 'invalid_request', `${field}: nothing is kept here, because ${why}; ${instead}`, {
    field,
  });
}

export function absent(field: string, what: string, id: string): HttpFailure {
  return new HttpFailure(404, 'not_found', `${what} ${JSON.stringify(id.slice(0, 100))} is not known here`, { field });
}
