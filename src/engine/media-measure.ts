import type { MediaSource } from '../model/conversation.ts';

/** What an estimate has to know of an image; without sides where the bytes are elsewhere, or of a format not read here. */
export interface ImageMeasure {
  readonly sides?: { readonly width: number; readonly height: number };
  /** The caller asked for low detail. */
  readonly lowDetail: boolean;
}

/** Base64 characters read of an image, document or sound: headers stand at the beginning. */
const MAX_READ_CHARS = 131_072;
/** Bytes of a PDF's page where the file does not say how many it has: between a page of text and a scanned one. */
const PDF_PAGE_BYTES = 65_536;
/** Bytes of a second of sound where the file does not say: MP3 of 128 kbit/s. */
const SOUND_BYTES_A_SECOND = 16_000;
/** Seconds of a sound and pages of a document whose bytes are elsewhere. */
const UNSEEN_SECONDS = 60;
const UNSEEN_PAGES = 5;

export function measureImage(source: MediaSource, detail: string | undefined): ImageMeasure {
  const lowDetail = detail === 'low';
  if (source.kind !== 'base64') return { lowDetail };
  const sides = imageSides(firstBytes(source.data, source.mediaType === 'image/jpeg' ? MAX_READ_CHARS : 64));
  return sides ? { sides, lowDetail } : { lowDetail };
}

/** Pages of a PDF: what its page tree says where it can be read, otherwise a guess from its size. Never 0. */
export function pdfPages(source: MediaSource): number {
  if (source.kind !== 'base64') return UNSEEN_PAGES;
  const { data } = source;
  const read = firstBytes(data, MAX_READ_CHARS) + lastBytes(data, MAX_READ_CHARS);
  let told = 0;
  for (const [, count] of read.matchAll(/\/Type\s*\/Pages\b[^>]{0,500}?\/Count\s+(\d{1,6})/g))
    told = Math.max(told, Number(count));
  for (const [, count] of read.matchAll(/\/Count\s+(\d{1,6})\b[^>]{0,500}?\/Type\s*\/Pages\b/g))
    told = Math.max(told, Number(count));
  return told > 0 ? told : Math.max(1, Math.ceil(bytesOf(data) / PDF_PAGE_BYTES));
}

/** Seconds of a sound: exact for WAV, otherwise a guess from its size. Never 0. */
export function audioSeconds(source: MediaSource): number {
  if (source.kind !== 'base64') return UNSEEN_SECONDS;
  const head = firstBytes(source.data, 64);
  const isWav = head.startsWith('RIFF') && head.startsWith('WAVE', 8) && head.startsWith('fmt ', 12);
  const bytesASecond = isWav ? littleEndian(head, 28, 4) : 0;
  return Math.max(1, Math.ceil(bytesOf(source.data) / (bytesASecond > 0 ? bytesASecond : SOUND_BYTES_A_SECOND)));
}

/** Bytes that a base64 text stands for. */
export function bytesOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.max(0, Math.floor(base64.length * 0.75) - padding);
}

/** The first bytes as a text of one character a byte; empty where that is no base64. */
function firstBytes(base64: string, chars: number): string {
  return decoded(base64.slice(0, chars - (chars % 4)));
}

function lastBytes(base64: string, chars: number): string {
  if (base64.length <= chars) return '';
  const from = Math.max(chars, base64.length - chars);
  return decoded(base64.slice(from - (from % 4)));
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}

type Sides = { readonly width: number; readonly height: number };

/** PNG, GIF, WebP and JPEG; undefined for everything else. */
function imageSides(bytes: string): Sides | undefined {
  const sides = pngSides(bytes) ?? gifSides(bytes) ?? webpSides(bytes) ?? jpegSides(bytes);
  return sides && sides.width > 0 && sides.height > 0 ? sides : undefined;
}

/** @see https://www.w3.org/TR/png-3/#11IHDR */
function pngSides(bytes: string): Sides | undefined {
  if (!bytes.startsWith('\x89PNG') || bytes.length < 24) return undefined;
  return { width: bigEndian(bytes, 16, 4), height: bigEndian(bytes, 20, 4) };
}

function gifSides(bytes: string): Sides | undefined {
  if (!bytes.startsWith('GIF8') || bytes.length < 10) return undefined;
  return { width: littleEndian(bytes, 6, 2), height: littleEndian(bytes, 8, 2) };
}

/** @see https://developers.google.com/speed/webp/docs/riff_container */
function webpSides(bytes: string): Sides | undefined {
  if (!bytes.startsWith('RIFF') || !bytes.startsWith('WEBP', 8) || bytes.length < 30) return undefined;
  switch (bytes.slice(12, 16)) {
    case 'VP8 ':
      return { width: littleEndian(bytes, 26, 2) & 0x3fff, height: littleEndian(bytes, 28, 2) & 0x3fff };
    case 'VP8L': {
      const bits = littleEndian(bytes, 21, 4);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: littleEndian(bytes, 24, 3) + 1, height: littleEndian(bytes, 27, 3) + 1 };
    default:
      return undefined;
  }
}

/** Walks the segments to the one that begins a frame (SOF0 to SOF15, without DHT, JPG and DAC). */
function jpegSides(bytes: string): Sides | undefined {
  if (!bytes.startsWith('\xff\xd8')) return undefined;
  let at = 2;
  while (at + 9 < bytes.length && bytes.charCodeAt(at) === 0xff) {
    const marker = bytes.charCodeAt(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { width: bigEndian(bytes, at + 7, 2), height: bigEndian(bytes, at + 5, 2) };
    at += 2 + Math.max(2, bigEndian(bytes, at + 2, 2));
  }
  return undefined;
}

function bigEndian(bytes: string, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i += 1) value = value * 256 + byteAt(bytes, at + i);
  return value;
}

function littleEndian(bytes: string, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i -= 1) value = value * 256 + byteAt(bytes, at + i);
  return value;
}

/** 0 beyond the end. */
function byteAt(bytes: string, at: number): number {
  return bytes.charCodeAt(at) || 0;
}
