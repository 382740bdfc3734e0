import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

const PUBLIC = /^ed25519:([A-Za-z0-9_-]{43})$/;
const SECRET = /^ed25519-secret:([A-Za-z0-9_-]{43})$/;
/** What stands before the 32 bytes of a seed in PKCS #8 (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Somebody's public key. */
export interface ReceiptKey {
  /** The first 16 hexadecimal digits of the SHA-256 of its 32 bytes. */
  readonly id: string;
  readonly key: KeyObject;
}

/** A key that signs, with the public one that belongs to it. */
export interface SigningKey extends ReceiptKey {
  /** As it is written into a configuration. */
  readonly publicText: string;
}

/** `ed25519:` and 43 characters of base64url; undefined for what is no such key. */
export function parsePublicKey(text: string): ReceiptKey | undefined {
  const x = PUBLIC.exec(text)?.[1];
  if (x === undefined) return undefined;
  return { id: keyId(x), key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }) };
}

/** `ed25519-secret:` and 43 characters of base64url; undefined for what is no such key. */
export function parseSigningKey(text: string): SigningKey | undefined {
  const seed = SECRET.exec(text.trim())?.[1];
  if (seed === undefined) return undefined;
  const der = Buffer.concat([PKCS8_HEAD, Buffer.from(seed, 'base64url')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { id: keyId(x), key, publicText: `ed25519:${x}` };
}

/** A new pair, as text. */
export function generateKeys(): { readonly publicText: string; readonly secretText: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { publicText: `ed25519:${x}`, secretText: `ed25519-secret:${d}` };
}

/** Ed25519 over the text in UTF-8, in base64url. */
export function signText(text: string, { key }: SigningKey): string {
  return sign(null, Buffer.from(text), key).toString('base64url');
}

export function holdsSignature(text: string, value: string, { key }: ReceiptKey): boolean {
  return verify(null, Buffer.from(text), key, Buffer.from(value, 'base64url'));
}

function keyId(x: string): string {
  return createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 16);
}
