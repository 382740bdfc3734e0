import { existsSync, readFileSync } from 'node:fs';

/** A key that nobody may see but the one it is for: its name, and what to look for. */
export interface Canary {
  readonly name: string;
  readonly key: string;
}

/**
 * A key that looks like nobody's, so that only knowing it can hide it: no redaction by pattern finds it. It holds
 * characters that URLs, JSON and base64 write differently.
 */
export function canary(name: string): Canary {
  return { name, key: `plnt+${name}/${core(name)}==` };
}

/** 32 letters and digits that follow from the name alone, so that a failing run can be repeated. */
function core(name: string): string {
  const letters = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  let state = 2_166_136_261;
  for (const char of name) state = Math.imul(state ^ char.charCodeAt(0), 16_777_619) >>> 0;
  let text = '';
  for (let at = 0; at < 32; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += letters[(state >>> 16) % letters.length];
  }
  return text;
}

/** Where a key was found, told without the key. */
export interface Sighting {
  readonly name: string;
  readonly form: string;
  readonly context: string;
}

/** Looks for keys whole, in parts, and in the encodings that a text may carry them in. Bytes are read as Latin-1. */
export function sightings(output: string | Buffer, canaries: Iterable<Canary>): Sighting[] {
  const text = typeof output === 'string' ? output : output.toString('latin1');
  const found: Sighting[] = [];
  for (const { name, key } of canaries) {
    for (const [form, needle] of formsOf(name, key)) {
      const at = text.indexOf(needle);
      if (at === -1) continue;
      const context = `${text.slice(Math.max(0, at - 60), at)}<HERE>${text.slice(at + needle.length, at + needle.length + 40)}`;
      found.push({ name, form, context });
    }
  }
  return found;
}

function formsOf(name: string, key: string): [form: string, needle: string][] {
  const bytes = Buffer.from(key);
  const random = core(name);
  const url = encodeURIComponent(key);
  return [
    ['plain', key],
    ['its beginning', random.slice(0, 12)],
    ['its middle', random.slice(10, 22)],
    ['its end', random.slice(20)],
    ['URL', url],
    ['URL, small letters', url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['hexadecimal', bytes.toString('hex')],
    ['UTF-16', Buffer.from(random, 'utf16le').toString('latin1')],
    ...[0, 1, 2].map((offset): [string, string] => {
      // What of a base64 text depends on the key alone, wherever in a group of three it begins.
      const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
      return [`base64, offset ${offset}`, encoded.slice(offset === 0 ? 0 : 4, -4)];
    }),
    ['base64url', bytes.toString('base64url').slice(0, -4)],
  ];
}

/** Throws where an output holds a key; the error names key, form and place, and not the key itself. */
export function holdsNoKey(what: string, output: string | Buffer, canaries: Iterable<Canary>): void {
  const found = sightings(output, canaries);
  if (found.length === 0) return;
  const list = found.map(({ name, form, context }) => `  ${name} (${form}): ${context}`).join('\n');
  throw new Error(`${what} holds a planted key:\n${list}`);
}

/** The ledger's bytes as they lie on the disk, its write-ahead log included. */
export function ledgerBytes(file: string): Buffer {
  const parts = [file, `${file}-wal`, `${file}-shm`].filter((part) => existsSync(part));
  return Buffer.concat(parts.map((part) => readFileSync(part)));
}
