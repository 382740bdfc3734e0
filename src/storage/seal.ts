import { createHash, createHmac } from 'node:crypto';
import { LedgerError } from './ledger-error.ts';
import { SEALED_TAGS, type SealedTag } from './sealed-rows.ts';

/** What the first seal of a file follows. */
export const NO_SEAL = '';

/** Shortest key that is taken, in characters. */
export const minSealKeyChars = 16;

/** A key that seals are made with. */
export interface SealKey {
  /** Tells keys apart, and nothing of the key itself. */
  readonly id: string;
  readonly secret: string;
}

/** @throws LedgerError `seal-key` for one that is too short to be a secret. */
export function sealKeyOf(secret: string): SealKey {
  if (secret.length < minSealKeyChars) {
    throw new LedgerError('seal-key', `storage.sealKey must have at least ${minSealKeyChars} characters.`);
  }
  const id = createHmac('sha256', secret).update('understudy seal key').digest('hex').slice(0, 8);
  return { id, secret };
}

/** One link of the chain: what one transaction brought into its final state. */
export interface Seal {
  readonly seq: number;
  /** `digest` of the seal before it. */
  readonly prev: string;
  /** Empty: anybody can compute the digest. */
  readonly keyId: string;
  readonly run: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
  /** How many rows it seals. */
  readonly rows: number;
  /** One line for each row, and for each thing that was done to the chain. */
  readonly body: string;
}

/** SHA-256, or HMAC with SHA-256 where there is a key, in base64url. */
export function digestOf(seal: Seal, key: SealKey | undefined): string {
  const { seq, prev, keyId, run, at, rows, body } = seal;
  const made = key ? createHmac('sha256', key.secret) : createHash('sha256');
  return made
    .update(`understudy-seal-1\n${seq}\n${prev}\n${keyId}\n${run}\n${at}\n${rows}\n${body}`)
    .digest('base64url');
}

/** What one line of the body of a seal says. */
export type SealLine =
  /** A row reached its final state; `leaf`: the digest of its values. */
  | { readonly kind: 'row'; readonly tag: SealedTag; readonly leaf: string; readonly key: string }
  /** A process opened the file. */
  | { readonly kind: 'opened'; readonly run: string }
  /** How many more rows of a table are older than the chain; less than none where retention deleted some. The sum counts. */
  | { readonly kind: 'older'; readonly tag: SealedTag; readonly rows: number }
  /** Retention deleted a row; of a request, with all that belongs to it. */
  | { readonly kind: 'removed'; readonly tag: SealedTag; readonly key: string }
  /** Every row of the seals before this one is gone, and they with them. */
  | { readonly kind: 'begins'; readonly first: number; readonly prev: string };

export function lineText(line: Exclude<SealLine, { kind: 'row' }>): string {
  switch (line.kind) {
    case 'opened':
      return `+ ${line.run}\n`;
    case 'older':
      return `= ${line.tag} ${line.rows}\n`;
    case 'removed':
      return `- ${line.tag} ${line.key}\n`;
    case 'begins':
      return `< ${line.first} ${line.prev}\n`;
  }
}

/** Written for every row of the healthy path, so it makes no object. */
export function rowLine(tag: SealedTag, leaf: string, key: string): string {
  return `${tag} ${leaf} ${key}\n`;
}

/** The lines of a body; undefined in place of one that no version wrote. */
export function* linesOf(body: string): Generator<SealLine | undefined> {
  let from = 0;
  while (from < body.length) {
    const end = body.indexOf('\n', from);
    if (end < 0) {
      yield undefined;
      return;
    }
    yield lineOf(body.slice(from, end));
    from = end + 1;
  }
}

function lineOf(text: string): SealLine | undefined {
  const [mark = '', second = ''] = text.split(' ', 2);
  const rest = text.slice(mark.length + second.length + 2);
  if (isTag(mark)) return { kind: 'row', tag: mark, leaf: second, key: rest };
  switch (mark) {
    case '+':
      return { kind: 'opened', run: second };
    case '<':
      return { kind: 'begins', first: Number(second), prev: rest };
    case '-':
      return isTag(second) ? { kind: 'removed', tag: second, key: rest } : undefined;
    case '=':
      return isTag(second) ? { kind: 'older', tag: second, rows: Number(rest) } : undefined;
    default:
      return undefined;
  }
}

function isTag(text: string): text is SealedTag {
  return (SEALED_TAGS as readonly string[]).includes(text);
}
