import { hash32 } from '../chance.ts';

/** The signature of a thinking block: it holds for this text and no other, as the vendor's does. */
export function signatureOf(thinking: string): string {
  const digest = [1, 2, 3, 4].map((seed) => hash32(thinking, seed).toString(36).padStart(7, '0')).join('');
  return `simulatedThinking${digest}==`;
}
