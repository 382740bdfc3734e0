import fc from 'fast-check';
import { estimateTokenCount } from 'tokenx';
import { describe, expect, it, test } from 'vitest';
import type { JsonValue } from '../model/json.ts';
import { jsonLength, jsonTokens, textTokens } from './text-tokens.ts';

describe('tokens of a text', () => {
  it.each([
    ['nothing', '', 0],
    ['a short word', 'word', 1],
    ['two words and the blank between them', 'two words', 2],
    ['a long word, cut into pieces', 'internationalization', 4],
    ['a name of several words', 'readRequestBody', 3],
    ['an abbreviation and a word', 'HTTPRequest', 3],
    ['three digits and three more', '123456', 2],
    ['an indentation', 'if:\n    return', 5],
    ['an emoji', '😀', 2],
  ])('%s', (_, text, tokens) => expect(textTokens(text)).toBe(tokens));

  it('a script without blanks costs by the character, far more than a quarter of a token', () => {
    expect(textTokens('没有人知道它为什么来到这里')).toBeGreaterThan(8);
    expect(textTokens('誰も知りませんが')).toBeGreaterThan(4);
    expect(textTokens('아무도 모르지만')).toBeGreaterThan(4);
    expect(textTokens('Никто не знает')).toBeGreaterThan(3);
  });

  it('bytes written as base64 cost more than prose of the same length', () => {
    const base64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'.repeat(4);
    expect(textTokens(base64)).toBeGreaterThan(base64.length / 3);
  });

  test.each([
    [
      'English',
      'The quick brown fox jumps over the lazy dog, and then it sleeps under an old tree for the afternoon. ',
    ],
    ['German', 'Der schnelle braune Fuchs springt über den faulen Hund und schläft danach unter einem alten Baum. '],
    ['French', 'Le rapide renard brun saute par-dessus le chien paresseux, puis il dort sous un vieil arbre. '],
    ['Chinese', '敏捷的棕色狐狸跳过了懒狗，然后整个下午都睡在一棵老树下。'],
    ['Japanese', '素早い茶色の狐が怠け者の犬を飛び越え、午後ずっと古い木の下で眠っていました。'],
    ['Korean', '빠른 갈색 여우가 게으른 개를 뛰어넘고 오래된 나무 아래에서 잠을 잤습니다. '],
    ['code', 'export function sum(list: readonly number[]): number {\n  return list.reduce((a, b) => a + b, 0);\n}\n'],
  ])('%s: within a third of what an independent estimator says', (_, sentence) => {
    const text = sentence.repeat(20);
    const ratio = textTokens(text) / estimateTokenCount(text);
    expect(ratio).toBeGreaterThan(0.75);
    expect(ratio).toBeLessThan(1.34);
  });

  it('any text: never negative, never more than two a character, and a whole costs no more than its halves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.nat(200), (text, at) => {
        const tokens = textTokens(text);
        expect(tokens).toBeGreaterThanOrEqual(0);
        expect(tokens).toBeLessThanOrEqual(text.length * 2);
        expect(tokens).toBeLessThanOrEqual(textTokens(text.slice(0, at)) + textTokens(text.slice(at)) + 1.5);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('tokens of a JSON value', () => {
  it('is near to the tokens of the value as it would be written', () => {
    const value = {
      type: 'object',
      properties: { city: { type: 'string', description: 'Name of the city' } },
      required: ['city'],
    };
    const ratio = jsonTokens(value) / textTokens(JSON.stringify(value));
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.2);
  });

  it('any value of short numbers and plain letters is no longer than its length says', () => {
    const leaf = fc.oneof(
      fc.stringMatching(/^[a-z ]{0,20}$/),
      fc.integer({ min: 0, max: 9_999_999 }),
      fc.boolean(),
      fc.constant(null),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('value')),
        fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, (raw) => {
        expect(jsonLength(raw as JsonValue)).toBeGreaterThanOrEqual(JSON.stringify(raw).length);
      }),
    );
  });
});
