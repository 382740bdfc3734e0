import type { Secret } from './secret.ts';

/** Takes secrets out of texts that are about to be logged, stored or shown. */
export interface Redactor {
  /** The text with every known secret, and everything that looks like a key, replaced by `<redacted>`. */
  redact(text: string): string;
  /** Learns one more value, e.g. after a rotation. The old ones stay known. */
  add(secret: Secret): void;
  /** Learns a token that will end. After as many as the limit allows the oldest, long ended, is forgotten. */
  addPassing(secret: Secret): void;
}

const MARK = '<redacted>';

/** Shorter values occur in ordinary text by chance: replacing them would shred it and hide nothing. */
const minSecretLength = 8;

/**
 * Keys by their looks. Each is linear: one literal start and one character class.
 * OpenAI quotes refused keys with asterisks in the middle, so those belong to the class.
 */
const KEY_PATTERNS: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_*-]{8,}/g,
  /\bAIza[0-9A-Za-z_-]{16,}/g,
  /\bgsk_[A-Za-z0-9*]{8,}/g,
  /\bxai-[A-Za-z0-9*-]{8,}/g,
  /\bpplx-[A-Za-z0-9*]{8,}/g,
  /\bhf_[A-Za-z0-9*]{8,}/g,
  /\bA[KS]IA[0-9A-Z]{12,}/g,
  /\bya29\.[0-9A-Za-z_.-]{15,}[0-9A-Za-z_-]/g,
  /\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}/g,
  /(?<=\bbearer\s{1,4})[A-Za-z0-9._~+/=*-]{8,}/gi,
];

/** Lets a text without any of these skip the patterns above. */
const KEY_HINT = /sk-|AIza|gsk_|xai-|pplx-|hf_|A[KS]IA|ya29\.|eyJ|bearer/i;

/** Tokens that are known at once: the present and the last one of sixteen sources. Every text is searched for each. */
const maxPassing = 32;

type Span = readonly [start: number, end: number];

export function createRedactor(secrets: Iterable<Secret>): Redactor {
  const forms = new Set<string>();
  const add = (secret: Secret) => {
    for (const form of formsOf(secret.reveal())) forms.add(form);
  };
  for (const secret of secrets) add(secret);
  const passing: (readonly string[])[] = [];

  return {
    add,
    addPassing(secret) {
      passing.push(formsOf(secret.reveal()));
      if (passing.length > maxPassing) passing.shift();
    },
    redact(text) {
      const spans: Span[] = [];
      for (const form of forms) findAll(text, form, spans);
      for (const token of passing) for (const form of token) findAll(text, form, spans);
      if (KEY_HINT.test(text)) findKeys(text, spans);
      if (spans.length === 0) return text;
      const clean = replaceSpans(text, spans);
      // What is left of a text and the mark can spell a secret only where somebody chose it to; then nothing is shown.
      for (const form of [...forms, ...passing.flat()]) if (clean.includes(form)) return MARK;
      return clean;
    },
  };
}

/** A value as it may stand in a text: plain, in JSON, in a URL, and inside base64 at each of the three alignments. */
function formsOf(value: string): string[] {
  const forms = [value, JSON.stringify(value).slice(1, -1), urlEncoded(value)];
  for (const offset of [0, 1, 2]) {
    const core = base64Core(value, offset);
    forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms.filter((form) => form.length >= minSecretLength && !MARK.includes(form));
}

function urlEncoded(value: string): string {
  return encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
}

/** The characters of a base64 text that depend on the value alone when it starts `offset` bytes into a group of three. */
function base64Core(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value, 'utf8')]);
  const encoded = bytes.toString('base64').replace(/=+$/, '');
  const touchedBefore = Math.ceil((offset * 8) / 6);
  const touchedAfter = bytes.length % 3 === 0 ? 0 : 1;
  return encoded.slice(touchedBefore, encoded.length - touchedAfter);
}

function findAll(text: string, form: string, spans: Span[]): void {
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) spans.push([at, at + form.length]);
}

function findKeys(text: string, spans: Span[]): void {
  for (const pattern of KEY_PATTERNS) {
    for (const match of text.matchAll(pattern)) spans.push([match.index, match.index + match[0].length]);
  }
}

/** Overlapping finds become one mark, so that no tail of the second is left behind by the first. */
function replaceSpans(text: string, spans: Span[]): string {
  spans.sort((a, b) => a[0] - b[0]);
  let out = '';
  let end = -1;
  for (const [from, to] of spans) {
    if (from >= end) out += text.slice(Math.max(end, 0), from) + MARK;
    end = Math.max(end, to);
  }
  return out + text.slice(end);
}
