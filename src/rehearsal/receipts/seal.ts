import { createHash } from 'node:crypto';
import { claimText, type Receipt, type ReceiptClaim, signedText } from '../../quality/receipts/receipt.ts';
import { holdsSignature, type ReceiptKey, type SigningKey, signText } from './receipt-keys.ts';

/** Whose receipts count. */
export interface ReceiptTrust {
  readonly keys: readonly ReceiptKey[];
  /** `accept`: whoever can write into the folder is believed. */
  readonly unsigned: 'refuse' | 'accept';
}

/** Names a receipt by what it says, and signs it where there is a key. */
export function sealed(claim: ReceiptClaim, key?: SigningKey): Receipt {
  const receipt: Receipt = { ...claim, id: idOf(claim) };
  if (!key) return receipt;
  return { ...receipt, signature: { keyId: key.id, value: signText(signedText(receipt), key) } };
}

/** Why a receipt is not to be believed; undefined where it is. */
export function distrust(receipt: Receipt, { keys, unsigned }: ReceiptTrust): string | undefined {
  const id = idOf(receipt);
  if (id !== receipt.id) return `it was changed after it was issued: it says ${receipt.id}, and holds ${id}`;
  const { signature } = receipt;
  if (!signature) {
    if (unsigned === 'accept') return undefined;
    return 'it is not signed, and `receipts.unsigned` is not `accept`';
  }
  const key = keys.find((known) => known.id === signature.keyId);
  if (!key) return `it is signed by key ${signature.keyId}, which is not among \`receipts.publicKeys\``;
  return holdsSignature(signedText(receipt), signature.value, key)
    ? undefined
    : `its signature by key ${signature.keyId} does not hold`;
}

function idOf(claim: ReceiptClaim): string {
  return `rcpt_${createHash('sha256').update(claimText(claim)).digest('hex').slice(0, 32)}`;
}
