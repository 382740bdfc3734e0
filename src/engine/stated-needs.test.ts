import { describe, expect, it } from 'vitest';
import { parseNeeds } from './stated-needs.ts';

describe('needs in an operator’s words', () => {
  it.each([
    ['', { abilities: [] }],
    ['tools, vision', { abilities: ['tools', 'vision'] }],
    [
      'context=64k,output=4k,thinking=1.5k',
      { abilities: [], inputTokens: 64_000, outputTokens: 4_000, thinkingTokens: 1_500 },
    ],
    ['context=1M', { abilities: [], inputTokens: 1_000_000 }],
    [
      'region=eu+ch,language=de,retention=0',
      { abilities: [], residency: ['eu', 'ch'], languages: ['de'], maxRetentionDays: 0 },
    ],
  ])('%j is understood', (text, needs) => {
    expect(parseNeeds(text)).toEqual(needs);
  });

  it.each([
    ['magic', '"magic" is no ability'],
    ['colour=red', '"colour" is nothing that can be needed'],
    ['context=lots', 'context=lots: write a number of tokens'],
    ['context=-1', 'context=-1: write a number of tokens'],
    ['region=', 'region= names nothing'],
    ['retention=forever', 'retention=forever: write a whole number of days'],
    ['x'.repeat(1_001), 'longer than 1000 characters'],
  ])('%j is refused with words', (text, words) => {
    expect(() => parseNeeds(text)).toThrow(words);
  });
});
