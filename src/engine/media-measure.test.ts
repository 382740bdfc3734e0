import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MediaSource } from '../model/conversation.ts';
import { audioSeconds, bytesOf, measureImage, pdfPages } from './media-measure.ts';

const held = (bytes: Uint8Array | string, mediaType: string): MediaSource => ({
  kind: 'base64',
  mediaType,
  data: Buffer.from(bytes as Uint8Array).toString('base64'),
});
const bytes = (...parts: (string | readonly number[] | Uint8Array)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
const le32 = (value: number) => u32(value).reverse();
const le16 = (value: number) => [value & 255, value >>> 8];

const png = bytes([0x89], 'PNG\r\n\x1a\n', u32(13), 'IHDR', u32(1_600), u32(900), new Uint8Array(30));
const gif = bytes('GIF89a', le16(320), le16(200), new Uint8Array(60));
const lossless = bytes(
  'RIFF',
  le32(100),
  'WEBP',
  'VP8L',
  le32(20),
  [0x2f],
  le32((639 | (479 << 14)) >>> 0),
  new Uint8Array(30),
);
const extended = bytes(
  'RIFF',
  le32(100),
  'WEBP',
  'VP8X',
  le32(10),
  le32(0),
  [0xff, 1, 0],
  [0xff, 0, 0],
  new Uint8Array(20),
);
const jpeg = bytes(
  [0xff, 0xd8, 0xff, 0xe1, 0x40, 0x02],
  new Uint8Array(0x4000),
  [0xff, 0xc2, 0, 17, 8, 0x03, 0x00, 0x04, 0x00],
  new Uint8Array(40),
);

describe('the sides of an image', () => {
  it.each([
    ['PNG', png, 'image/png', { width: 1_600, height: 900 }],
    ['GIF', gif, 'image/gif', { width: 320, height: 200 }],
    ['lossless WebP', lossless, 'image/webp', { width: 640, height: 480 }],
    ['extended WebP', extended, 'image/webp', { width: 512, height: 256 }],
    ['JPEG with 16 KiB of camera data before its frame', jpeg, 'image/jpeg', { width: 1_024, height: 768 }],
  ])('%s', (_, image, type, sides) => expect(measureImage(held(image, type), undefined).sides).toEqual(sides));

  it('bytes elsewhere, an unknown format, or no base64 at all: not known', () => {
    expect(measureImage({ kind: 'url', url: 'https://example.com/a.png' }, undefined).sides).toBeUndefined();
    expect(measureImage(held('BM something', 'image/bmp'), undefined).sides).toBeUndefined();
    expect(measureImage({ kind: 'base64', mediaType: 'image/png', data: '%%%%' }, undefined).sides).toBeUndefined();
  });

  it('low detail is remembered', () => {
    expect(measureImage(held(png, 'image/png'), 'low').lowDetail).toBe(true);
    expect(measureImage(held(png, 'image/png'), 'high').lowDetail).toBe(false);
  });
});

describe('the pages of a PDF', () => {
  const pdf = (tree: string, filler = 0) =>
    held(`%PDF-1.7\n${' '.repeat(filler)}\n1 0 obj << ${tree} >> endobj`, 'application/pdf');

  it('what the page tree says, whichever way round it is written, at the end of a large file too', () => {
    expect(pdfPages(pdf('/Type /Pages /Kids [2 0 R] /Count 17'))).toBe(17);
    expect(pdfPages(pdf('/Count 9 /Kids [2 0 R] /Type /Pages'))).toBe(9);
    expect(pdfPages(pdf('/Type/Pages/Count 3', 400_000))).toBe(3);
  });

  it('the largest number counts: inner nodes of the tree have smaller ones', () => {
    expect(pdfPages(pdf('/Type /Pages /Count 4 >> endobj 2 0 obj << /Type /Pages /Count 40'))).toBe(40);
  });

  it('from its size where the tree is compressed, and a few where the bytes are elsewhere', () => {
    expect(pdfPages(held('x'.repeat(200_000), 'application/pdf'))).toBe(4);
    expect(pdfPages({ kind: 'url', url: 'https://example.com/a.pdf' })).toBe(5);
  });
});

describe('the seconds of a sound', () => {
  it('WAV says how many bytes a second has', () => {
    const wav = bytes(
      'RIFF',
      le32(0),
      'WAVE',
      'fmt ',
      le32(16),
      le16(1),
      le16(1),
      le32(8_000),
      le32(16_000),
      new Uint8Array(160_000),
    );
    expect(audioSeconds(held(wav, 'audio/wav'))).toBe(11);
  });

  it('from its size otherwise', () => {
    expect(audioSeconds(held('x'.repeat(64_000), 'audio/mpeg'))).toBe(4);
    expect(audioSeconds({ kind: 'url', url: 'https://example.com/a.mp3' })).toBe(60);
  });
});

it('any bytes, and any text that is none: numbers that make sense, and no exception', () => {
  const data = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.uint8Array().map((some) => bytes('\xff\xd8', some).toString('base64')),
  );
  fc.assert(
    fc.property(data, fc.constantFrom('image/jpeg', 'image/png', 'image/webp'), (text, mediaType) => {
      const source: MediaSource = { kind: 'base64', mediaType, data: text };
      const { sides } = measureImage(source, undefined);
      if (sides) expect(Math.min(sides.width, sides.height)).toBeGreaterThan(0);
      expect(pdfPages(source)).toBeGreaterThan(0);
      expect(audioSeconds(source)).toBeGreaterThan(0);
      expect(bytesOf(text)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2_000 },
  );
});
