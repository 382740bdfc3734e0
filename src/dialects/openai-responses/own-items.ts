import type { JsonObject } from '../../model/json.ts';

/** A message, a piece of thinking, a call of a function, a call with free text. */
export type OwnKind = 'msg' | 'rs' | 'fc' | 'ctc';

/** Ids of items that the gateway wrote: OpenAI would look for them among its own, and refuse what it does not find. */
const OWN_ID = /^(?:msg|rs|fc|ctc)_understudy_/;

/** At most 64 characters, OpenAI's limit, with the gateway's own request ids. */
export function ownId(kind: OwnKind, requestId: string, index: number): string {
  return `${kind}_understudy_${requestId}_${index}`;
}

export function isOwnItem(item: JsonObject): boolean {
  return typeof item.id === 'string' && OWN_ID.test(item.id);
}
