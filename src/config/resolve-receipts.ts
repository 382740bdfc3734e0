import { RECEIPT_DEFAULTS } from './defaults.ts';
import type { Config } from './schema.ts';
import type { SecretRef } from './secret-ref.ts';

/** Where evidence of parity lies, and whose counts. Times in milliseconds. */
export interface ResolvedReceipts {
  readonly dir: string;
  /** `ed25519:` and 43 characters of base64url each. */
  readonly publicKeys: readonly string[];
  readonly signingKey?: SecretRef;
  readonly validForMs: number;
  readonly unsigned: 'refuse' | 'accept';
  readonly everyMs: number;
}

export function resolveReceipts({ receipts = {} }: Config): ResolvedReceipts {
  return {
    dir: receipts.dir ?? RECEIPT_DEFAULTS.dir,
    publicKeys: receipts.publicKeys ?? [],
    ...(receipts.signingKey && { signingKey: receipts.signingKey }),
    validForMs: receipts.validFor ?? RECEIPT_DEFAULTS.validForMs,
    unsigned: receipts.unsigned ?? RECEIPT_DEFAULTS.unsigned,
    everyMs: receipts.every ?? RECEIPT_DEFAULTS.everyMs,
  };
}
