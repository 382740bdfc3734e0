import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../model/chat-request.ts';
import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import { LossList } from './losses.ts';
import { decodeAccount, decodeVerbosity } from './openai-account.ts';
import { encodeAccount, encodeVerbosity, takesLogprobs } from './openai-parameters.ts';
import { foreignRequest } from './test-kit.ts';
import { Unmapped } from './unmapped.ts';

function account(change: Partial<ChatRequest>, quirks: Partial<Quirks> = {}) {
  const losses = new LossList();
  const fields = encodeAccount(foreignRequest(change), { ...DEFAULT_QUIRKS, ...quirks }, losses);
  return { fields, lost: losses.list().map(({ field }) => field) };
}

describe('who asks, at what price', () => {
  const all = { endUser: 'u', serviceTier: 'standard', promptCacheKey: 'k' } as const;

  it('is told to those that are known to take it', () => {
    expect(account(all, { vendorFields: true })).toEqual({
      fields: { safety_identifier: 'u', service_tier: 'default', prompt_cache_key: 'k' },
      lost: [],
    });
  });

  it('is kept from imitators, but for the user, whose older name everybody knows', () => {
    expect(account(all)).toEqual({ fields: { user: 'u' }, lost: ['service_tier', 'prompt_cache_key'] });
  });

  it('names longer than OpenAI takes go another way, or not at all', () => {
    const long = 'x'.repeat(65);
    expect(account({ endUser: long, promptCacheKey: long }, { vendorFields: true })).toEqual({
      fields: { user: long },
      lost: ['prompt_cache_key'],
    });
  });

  it('is read from both of OpenAI’s dialects; of two names for a user the newer one counts', () => {
    const unmapped = new Unmapped('openai-chat');
    const body = {
      user: 'a',
      safety_identifier: 'b',
      service_tier: 'scale',
      metadata: { x: 'y', n: 1 },
      prompt_cache_key: 'k',
    };
    expect(decodeAccount(body, unmapped)).toEqual({ endUser: 'b', metadata: { x: 'y' }, promptCacheKey: 'k' });
    expect(unmapped.fields()).toEqual([
      { field: 'metadata.n', matters: false },
      { field: 'service_tier', matters: false },
      { field: 'user', matters: false },
    ]);
    expect(decodeAccount({ user: 'a', safety_identifier: 'a', service_tier: 'priority' }, unmapped)).toEqual({
      endUser: 'a',
      serviceTier: 'priority',
    });
  });
});

describe('the length of answers', () => {
  const verbosity = (word: ChatRequest['verbosity'], quirks: Partial<Quirks>) => {
    const losses = new LossList();
    const sent = encodeVerbosity(foreignRequest(word && { verbosity: word }), { ...DEFAULT_QUIRKS, ...quirks }, losses);
    return [sent, losses.list().length];
  };
  const modern = { vendorFields: true, thinking: 'effort' } as const;

  it('goes to models that know the word, and is named where it cannot', () => {
    expect(verbosity('low', modern)).toEqual(['low', 0]);
    expect(verbosity('low', { vendorFields: true })).toEqual([undefined, 1]);
    expect(verbosity('high', { thinking: 'effort' })).toEqual([undefined, 1]);
  });

  it('that models write unasked is no wish', () => {
    expect(verbosity('medium', modern)).toEqual([undefined, 0]);
    expect(verbosity(undefined, modern)).toEqual([undefined, 0]);
  });

  it('a word that is not known yet stays with this dialect', () => {
    const unmapped = new Unmapped('openai-responses');
    expect(decodeVerbosity({ verbosity: 'endless' }, 'text', unmapped)).toEqual({});
    expect(unmapped.fields()).toEqual([{ field: 'text.verbosity', matters: false }]);
  });
});

it.each([
  [{}, true, 0],
  [{ logprobs: false }, false, 1],
  [{ sampling: false }, false, 1],
])('log probabilities of a target with %j', (quirks, taken, lost) => {
  const losses = new LossList();
  const request = foreignRequest({ logprobs: { top: 2 } });
  expect(takesLogprobs(request, { ...DEFAULT_QUIRKS, ...quirks }, losses)).toBe(taken);
  expect(losses.list().filter(({ matters }) => matters)).toHaveLength(lost);
  expect(takesLogprobs(foreignRequest(), DEFAULT_QUIRKS, losses)).toBe(false);
});
