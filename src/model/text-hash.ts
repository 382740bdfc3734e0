/** A 64-bit hash: two 32-bit lanes in the manner of MurmurHash3, with its finalizer; not for secrets. */
export function hash64(text: string): bigint {
  let a = 0x9e3779b9 ^ text.length;
  let b = 0x85ebca6b ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x85ebca77);
    b = Math.imul(b ^ unit, 0xc2b2ae3d);
    a ^= a >>> 15;
    b ^= b >>> 13;
  }
  return (BigInt(finalize(a ^ (b >>> 7))) << 32n) | BigInt(finalize(b ^ (a << 5)));
}

/** The same as text, for keys. */
export function textHash(text: string): string {
  return hash64(text).toString(36);
}

function finalize(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
