import type { OpaqueState } from '../../model/conversation.ts';
import { TARGET_DIALECTS } from '../../model/dialect-name.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { parseJson } from './frame-json.ts';

const SEAL = 'understudy:';
/** The seal's first twelve characters, `understudy:{`, in base64, of either alphabet. */
const SEAL_IN_BASE64 = 'dW5kZXJzdHVkeTp7';

/**
 * What only its maker can read, in a field whose content callers give back unread: the state of a target survives a
 * conversation in another dialect than its own, and is there when its maker serves again, whatever the gateway forgot.
 */
export function sealState({ dialect, value, origin }: OpaqueState): string {
  return `${SEAL}${JSON.stringify({ dialect, value, ...(origin !== undefined && { origin }) })}`;
}

/** The same for a field of bytes, which some clients decode and encode again. */
export function sealStateInBase64(state: OpaqueState): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(sealState(state))) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Undefined for anything that is not a seal of the gateway's. */
export function openSeal(sealed: JsonValue | undefined): OpaqueState | undefined {
  if (typeof sealed !== 'string') return undefined;
  const text = sealed.startsWith(SEAL_IN_BASE64) ? decodeBase64(sealed) : sealed;
  if (text === undefined || !text.startsWith(SEAL)) return undefined;
  const parsed = parseJson(text.slice(SEAL.length));
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { dialect: name, value, origin } = parsed.value;
  const dialect = TARGET_DIALECTS.find((known) => known === name);
  if (dialect === undefined || value === undefined) return undefined;
  return { dialect, value, ...(typeof origin === 'string' && { origin }) };
}

function decodeBase64(text: string): string | undefined {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
