import type { OpaqueState } from '../../model/conversation.ts';
import { DIALECT_NAMES } from '../../model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { parseJson } from '../common/frame-json.ts';

/** Ids of items that the gateway wrote: OpenAI would look for them among its own, and refuse what it does not find. */
const OWN_ID = /^(?:msg|rs|fc)_understudy_/;
const SEAL = 'understudy:';

/** At most 64 characters, OpenAI's limit, with the gateway's own request ids. */
export function ownId(kind: 'msg' | 'rs' | 'fc', requestId: string, index: number): string {
  return `${kind}_understudy_${requestId}_${index}`;
}

export function isOwnItem(item: JsonObject): boolean {
  return typeof item.id === 'string' && OWN_ID.test(item.id);
}

/**
 * What only its maker can read, in the one field whose content callers give back unread: a thinking signature survives a
 * conversation in this dialect and is there when its maker serves again.
 */
export function sealState(state: OpaqueState): string {
  return `${SEAL}${JSON.stringify({ dialect: state.dialect, value: state.value })}`;
}

/** Undefined for anything that is not a seal of the gateway's. */
export function openSeal(sealed: JsonValue | undefined): OpaqueState | undefined {
  if (typeof sealed !== 'string' || !sealed.startsWith(SEAL)) return undefined;
  const parsed = parseJson(sealed.slice(SEAL.length));
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { dialect: name, value } = parsed.value;
  const dialect = DIALECT_NAMES.find((known) => known === name);
  return dialect === undefined || value === undefined ? undefined : { dialect, value };
}
