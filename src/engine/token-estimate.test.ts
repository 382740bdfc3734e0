import { describe, expect, it } from 'vitest';
import { chatRequest } from '../../test/kit/engine-kit.ts';
import type { Part } from '../model/conversation.ts';
import { DEFAULT_TOKEN_RULES, type ImageTokenRule } from '../model/token-rules.ts';
import { inputTokens, isMostlyText, LazyMeasure, measureRequest } from './token-estimate.ts';

const url = { kind: 'url', url: 'https://example.com/x' } as const;
const with_ = (...parts: Part[]) => ({ ...chatRequest(), messages: [{ role: 'user' as const, parts }] });
const of = (...parts: Part[]) => inputTokens(measureRequest(with_(...parts))) - 4;
const text = (words: number): Part => ({ type: 'text', text: 'word '.repeat(words) });

/** A PNG of these sides, as far as its header goes. */
function png(width: number, height: number): Part {
  const head = Buffer.alloc(48);
  head.write('\x89PNG\r\n\x1a\n', 'latin1');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: head.toString('base64') } };
}

describe('an estimate of input tokens', () => {
  it('counts words, and a few tokens around every message', () => {
    expect([of(text(1)), of(text(8)), of(text(2), text(2))]).toEqual([1, 8, 4]);
    expect(inputTokens(measureRequest(chatRequest({ messages: [{ role: 'user', content: '' }] })))).toBe(4);
  });

  it('counts calls, results, thinking, refusals and foreign blocks by their text', () => {
    expect(of({ type: 'tool-call', id: 'ignored', name: 'look', arguments: '{"a":1}' })).toBeGreaterThan(10);
    expect(of({ type: 'reasoning', text: 'word '.repeat(40) }, { type: 'refusal', text: 'no' })).toBe(41);
    expect(of({ type: 'tool-result', callId: 'c', content: [{ type: 'text', text: 'word' }], isError: false })).toBe(9);
    expect(
      of({ type: 'foreign', dialect: 'gemini-generate', kind: 'x', value: { text: 'word '.repeat(30) } }),
    ).toBeGreaterThan(30);
  });

  it('counts tools with their schemas, and the schema of the answer', () => {
    const tool = { type: 'function', function: { name: 'look', description: 'it up', parameters: { type: 'object' } } };
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const plain = inputTokens(measureRequest(chatRequest()));
    const tools = inputTokens(measureRequest(chatRequest({ tools: [tool] })));
    const response_format = { type: 'json_schema', json_schema: { name: 'a', schema } };
    expect(tools).toBeGreaterThan(plain + 10);
    expect(inputTokens(measureRequest(chatRequest({ response_format })))).toBeGreaterThan(plain + 5);
  });

  it('multiplies text by the model’s factor, and media by nothing', () => {
    const rules = { ...DEFAULT_TOKEN_RULES, textFactor: 1.5 };
    const measure = measureRequest(with_(text(96), { type: 'image', source: url }));
    expect(inputTokens(measure, rules)).toBe(150 + 1_000);
  });

  it('documents count by their pages, sounds by their seconds, plain text files by their bytes', () => {
    const file = {
      kind: 'base64',
      mediaType: 'text/plain',
      data: Buffer.from('x'.repeat(400)).toString('base64'),
    } as const;
    expect(of({ type: 'file', source: url })).toBe(5 * DEFAULT_TOKEN_RULES.pdfPageTokens);
    expect(of({ type: 'audio', source: url })).toBe(60 * DEFAULT_TOKEN_RULES.audioSecondTokens);
    expect(of({ type: 'file', source: file })).toBe(100);
  });

  it('only requests of nothing but text say something of a tokenizer', () => {
    expect(isMostlyText(measureRequest(with_(text(5))))).toBe(true);
    expect(isMostlyText(measureRequest(with_(text(5), png(1, 1))))).toBe(false);
    expect(isMostlyText(measureRequest(with_({ type: 'audio', source: url })))).toBe(false);
  });
});

describe('what an image counts', () => {
  const counted = (image: ImageTokenRule, part: Part) =>
    inputTokens(measureRequest(with_(part)), { ...DEFAULT_TOKEN_RULES, image }) - 4;
  const tiles: ImageTokenRule = {
    kind: 'tiles',
    tileSide: 512,
    maxSide: 2_048,
    shortSide: 768,
    base: 85,
    perTile: 170,
  };
  const area: ImageTokenRule = { kind: 'area', pixelsPerToken: 750, maxTokens: 1_600 };
  const patches: ImageTokenRule = { kind: 'patches', side: 32, maxPatches: 1_536, factor: 1.5 };

  // The examples of the vendors' own pages: 1,024 × 1,024 at high detail, 2,048 × 4,096, and one of low detail.
  it.each([
    ['a square in tiles', tiles, png(1_024, 1_024), 765],
    ['a tall one, scaled twice', tiles, png(2_048, 4_096), 1_105],
    ['a small one', tiles, png(100, 100), 255],
    ['low detail', tiles, { type: 'image', source: url, detail: 'low' } as const, 85],
    ['of unknown size, in tiles', tiles, { type: 'image', source: url } as const, 765],
    ['by area', area, png(1_000, 1_000), 1_334],
    ['by area, scaled down', area, png(4_000, 3_000), 1_600],
    ['of unknown size, by area', area, { type: 'image', source: url } as const, 1_600],
    ['by patches', patches, png(640, 320), 300],
    ['by patches, at most', patches, png(8_000, 8_000), 2_304],
  ])('%s', (_, rule, part, tokens) => expect(counted(rule, part as Part)).toBe(tokens));
});

describe('the ceiling', () => {
  it('is above the estimate for any text, and without end for what only a measure tells', () => {
    for (const part of [
      text(50),
      { type: 'text', text: '😀'.repeat(50) } as const,
      { type: 'tool-call', id: 'c', name: 'n', arguments: '[[[[' } as const,
    ]) {
      const measure = new LazyMeasure(with_(part));
      expect(measure.ceiling).toBeGreaterThanOrEqual(inputTokens(measure.get()));
    }
    expect(new LazyMeasure(with_({ type: 'image', source: url })).ceiling).toBe(Number.POSITIVE_INFINITY);
  });

  it('covers tools', () => {
    const parameters = {
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`field${i}`, { type: 'string' }])),
    };
    const measure = new LazyMeasure(
      chatRequest({ tools: [{ type: 'function', function: { name: 'look', parameters } }] }),
    );
    expect(measure.ceiling).toBeGreaterThanOrEqual(inputTokens(measure.get()));
    expect(measure.ceiling).toBeLessThan(5_000);
  });
});
