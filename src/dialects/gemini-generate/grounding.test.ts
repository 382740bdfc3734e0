import { describe, expect, it } from 'vitest';
import { CitedText } from '../../model/cited-text.ts';
import type { JsonObject } from '../../model/json.ts';
import { readCitations, readGrounding, writeGrounding } from './grounding.ts';

const TEXT = 'Öl kostet. Öl steigt.';
const text = new CitedText(TEXT);
const bytes = (words: string) => Buffer.byteLength(words);
const web = { uri: 'https://a.example', title: 'A' };
const second = { startIndex: bytes('Öl kostet. '), endIndex: bytes('Öl kostet. Öl') };

describe('what an answer is grounded on', () => {
  it('is counted in bytes: of words that stand twice the right ones, with and without the words', () => {
    for (const segment of [second, { ...second, text: 'Öl' }]) {
      const metadata = {
        groundingChunks: [{ web }],
        groundingSupports: [{ segment, groundingChunkIndices: [0] }],
      };
      expect(readGrounding(metadata, text)).toMatchObject([{ start: 11, end: 13, url: web.uri, title: 'A' }]);
    }
  });

  it('is found by its words where the count is not right, and of no words where they are not there', () => {
    const of = (words: string) => {
      const segment = { ...second, text: words };
      const metadata = { groundingChunks: [{ web }], groundingSupports: [{ segment, groundingChunkIndices: [0] }] };
      const [citation] = readGrounding(metadata, text);
      return [citation?.start, citation?.end];
    };
    expect(of('steigt')).toEqual([14, 20]);
    expect(of('fällt')).toEqual([undefined, undefined]);
  });

  it('is told without words where it backs none of them, and from every kind of source', () => {
    const groundingChunks: JsonObject[] = [
      { web },
      { retrievedContext: { title: 'Doc', text: 'Oil.' } },
      { maps: { title: 'Oslo' } },
    ];
    expect(
      readGrounding({ groundingChunks }, text).map(({ start, url, title, quote }) => [start, url, title, quote]),
    ).toEqual([
      [undefined, web.uri, 'A', undefined],
      [undefined, undefined, 'Doc', 'Oil.'],
      [undefined, undefined, 'Oslo', undefined],
    ]);
  });

  it('of recited passages has two names; a start of 0 is left out', () => {
    const source = { endIndex: bytes('Öl kostet.'), uri: 'https://b.example' };
    for (const name of ['citations', 'citationSources']) {
      expect(readCitations({ [name]: [source] }, text)).toMatchObject([{ start: 0, end: 10, url: source.uri }]);
    }
  });

  it('names each source once, however many words it backs', () => {
    const native = { dialect: 'openai-chat', value: null } as const;
    const cited = { url: web.uri, title: 'A', native };
    const written = writeGrounding([{ ...cited, start: 0, end: 2 }, { ...cited, start: 11, end: 13 }, cited], text);
    expect(written).toEqual({
      groundingChunks: [{ web }],
      groundingSupports: [
        { segment: { startIndex: 0, endIndex: 3, text: 'Öl' }, groundingChunkIndices: [0] },
        { segment: { ...second, text: 'Öl' }, groundingChunkIndices: [0] },
      ],
    });
    expect(writeGrounding([], text)).toBeUndefined();
  });
});
