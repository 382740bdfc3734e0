import type { JsonObject } from '../../model/json.ts';

/** Ids of items that the gateway wrote: OpenAI would look for them among its own, and refuse what it does not find. */
const OWN_ID = /^(?:msg|rs|fc)_understudy_/;

/** At most 64 characters, OpenAI's limit, with the gateway's own request ids. */
export function ownId(kind: 'msg' | 'rs' | 'fc', requestId: string, index: number): string {
  return `${kind}_understudy_${requestId}_${index}`;
}

export function isOwnItem(item: JsonObject): boolean {
  return typeof item.id === 'string' && OWN_ID.test(item.id);
}
