import type { OpaqueState } from '../../model/conversation.ts';
import { sealState } from '../common/sealed-state.ts';
import { objectOf, stringOf } from './wire.ts';

/**
 * The signature of a thinking block for a caller: the vendor's own, or the sealed state of another provider, which comes
 * back with the conversation. Empty says that nobody signed. A request that brings a seal or nothing back to this vendor
 * goes out without the block. State without words needs a block of its own, which a client that did not ask for thinking
 * would take for the answer.
 */
export function signatureFor(hasWords: boolean, opaque: OpaqueState | undefined, thinks: boolean): string {
  if (opaque === undefined) return '';
  if (opaque.dialect === 'anthropic-messages') return stringOf(objectOf(opaque.value).signature);
  return hasWords || thinks ? sealState(opaque) : '';
}
