import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordings, recordingsPresent } from '../../test/kit/recordings.ts';
import { Headroom } from '../resilience/headroom.ts';
import { limitsTold } from './rate-limit-headers.ts';

const NOW = Date.parse('2026-01-02T03:04:05Z');
const told = (headers: Record<string, string>) => limitsTold(headers, NOW);
const three = (name: (what: string) => string, limit: string, remaining: string, reset?: string) => ({
  [name('limit')]: limit,
  [name('remaining')]: remaining,
  ...(reset !== undefined && { [name('reset')]: reset }),
});

describe('the forms in use', () => {
  test('OpenAI and Groq: durations with their unit, refilled all the time', () => {
    const headers = {
      ...three((what) => `x-ratelimit-${what}-requests`, '500', '499', '120ms'),
      ...three((what) => `x-ratelimit-${what}-tokens`, '30000', '18000', '6m0s'),
      'x-ratelimit-limit-input-images': '50',
      'x-ratelimit-remaining-input-images': '0',
      'x-ratelimit-reset-input-images': '1ms',
    };
    expect(told(headers)).toEqual([
      { name: 'requests', kind: 'requests', limit: 500, remaining: 499, resetMs: 120, refill: 'gradual' },
      { name: 'tokens', kind: 'tokens', limit: 30_000, remaining: 18_000, resetMs: 360_000, refill: 'gradual' },
    ]);
  });

  test('Anthropic: dates; of its token limits all but that of output count the input alone', () => {
    const kind = (name: string) => (what: string) => `anthropic-ratelimit-${name}-${what}`;
    const headers = {
      ...three(kind('requests'), '50', '49', '2026-01-02T03:04:06Z'),
      ...three(kind('tokens'), '90000', '80000', '2026-01-02T03:04:15Z'),
      ...three(kind('input-tokens'), '60000', '50000', '2026-01-02T03:04:15Z'),
      ...three(kind('output-tokens'), '30000', '30000', '2026-01-02T03:04:05Z'),
      ...three(kind('unified'), '1', '0', '2026-01-02T03:04:06Z'),
    };
    expect(told(headers)).toEqual([
      { name: 'requests', kind: 'requests', limit: 50, remaining: 49, resetMs: 1_000, refill: 'gradual' },
      { name: 'tokens', kind: 'input-tokens', limit: 90_000, remaining: 80_000, resetMs: 10_000, refill: 'gradual' },
      {
        name: 'input-tokens',
        kind: 'input-tokens',
        limit: 60_000,
        remaining: 50_000,
        resetMs: 10_000,
        refill: 'gradual',
      },
      { name: 'output-tokens', kind: 'output-tokens', limit: 30_000, remaining: 30_000, resetMs: 0, refill: 'gradual' },
    ]);
  });

  test('Azure and Cerebras: bare seconds, a window with an end', () => {
    expect(told(three((what) => `x-ratelimit-${what}-requests`, '60', '59', '1'))).toEqual([
      { name: 'requests', kind: 'requests', limit: 60, remaining: 59, resetMs: 1_000, refill: 'at-once' },
    ]);
    expect(told(three((what) => `x-ratelimit-${what}-tokens-minute`, '1000', '10', '59.5'))).toEqual([
      { name: 'tokens-minute', kind: 'tokens', limit: 1_000, remaining: 10, resetMs: 59_500, refill: 'at-once' },
    ]);
    expect(told(three((what) => `x-ratelimit-${what}-requests-day`, '900', '1', '24000'))).toMatchObject([
      { name: 'requests-day', kind: 'requests', resetMs: 24_000_000 },
    ]);
  });

  test('Mistral, xAI and Fireworks: no reset; the window is in the name, or nowhere', () => {
    expect(told(three((what) => `x-ratelimit-${what}-req-10-second`, '60', '51'))).toEqual([
      { name: 'req-10-second', kind: 'requests', limit: 60, remaining: 51, resetMs: undefined, refill: 'at-once' },
    ]);
    expect(told(three((what) => `x-ratelimit-${what}-audio-seconds-minute`, '200', '0'))).toEqual([]);
    expect(told(three((what) => `ratelimitbysize-${what}`, '2000', '1500', '34'))).toEqual([
      { name: 'size-tokens', kind: 'tokens', limit: 2_000, remaining: 1_500, resetMs: 34_000, refill: 'at-once' },
    ]);
    expect(told(three((what) => `x-ratelimitbysize-${what}-month`, '2000', '1500'))).toMatchObject([
      { name: 'size-month', kind: 'tokens' },
    ]);
  });

  test('Together, Hugging Face and OpenRouter: no kind, which means requests', () => {
    expect(told(three((what) => `x-ratelimit-${what}`, '2', '1', '2'))).toMatchObject([
      { name: 'requests', kind: 'requests', limit: 2, remaining: 1, resetMs: 2_000 },
    ]);
    expect(told(three((what) => `ratelimit-${what}`, '400', '399', '19'))).toMatchObject([{ limit: 400 }]);
    expect(told(three((what) => `x-ratelimit-${what}-minute`, '400', '399'))).toMatchObject([
      { name: 'minute', kind: 'requests' },
    ]);
    expect(told(three((what) => `x-ratelimit-${what}`, '20', '0', String(NOW + 7_000)))).toMatchObject([
      { resetMs: 7_000, refill: 'at-once' },
    ]);
  });

  test('input and output apart, as some hosts name them after OpenAI', () => {
    expect(told(three((what) => `x-ratelimit-${what}-input-tokens`, '20', '10', '5s'))[0]?.kind).toBe('input-tokens');
    expect(told(three((what) => `x-ratelimit-${what}-output-tokens`, '20', '10', '5s'))[0]?.kind).toBe('output-tokens');
  });

  test("the IETF's, with what the policy of the same name grants", () => {
    const policy = '"minute";q=100;w=60, "day";q=900;w=86400';
    expect(told({ ratelimit: '"minute";r=7;t=30, "day";r=0', 'ratelimit-policy': policy })).toEqual([
      { name: 'policy-minute', kind: 'requests', limit: 100, remaining: 7, resetMs: 30_000, refill: 'at-once' },
      { name: 'policy-day', kind: 'requests', limit: 900, remaining: 0, resetMs: undefined, refill: 'at-once' },
    ]);
    expect(told({ ratelimit: '"minute";r=7;t=30' })).toEqual([]);
    expect(told({ ratelimit: '"other";r=7;t=30', 'ratelimit-policy': policy })).toEqual([]);
    expect(told({ ratelimit: `"minute";r=7;t=30${' '.repeat(300)}`, 'ratelimit-policy': policy })).toEqual([]);
  });
});

describe('what is not told', () => {
  test('nothing without a limit, nothing that is no number, nothing by a reset that cannot be read', () => {
    expect(told({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '5s' })).toEqual([]);
    expect(told(three((what) => `x-ratelimit-${what}-requests`, 'many', '0', '5s'))).toEqual([]);
    expect(told(three((what) => `x-ratelimit-${what}-requests`, '20, 20;w=60', '0', '5s'))).toEqual([]);
    expect(told(three((what) => `x-ratelimit-${what}-requests`, '20', '', '5s'))).toEqual([]);
    expect(told(three((what) => `x-ratelimit-${what}-requests`, '20', '0', 'soon'))).toEqual([]);
    expect(told({})).toEqual([]);
    expect(told({ 'content-type': 'text/plain', 'x-request-id': 'ratelimit-remaining' })).toEqual([]);
  });

  test('-1 is handed on, for whoever judges whether it makes sense', () => {
    expect(told(three((what) => `x-ratelimit-${what}-tokens`, '-1', '-1', '0'))).toMatchObject([
      { limit: -1, remaining: -1 },
    ]);
  });

  test('more than twelve limits are not read', () => {
    const many = Array.from({ length: 20 }, (_, at) => three((what) => `x-ratelimit-${what}-requests-${at}`, '9', '8'));
    expect(told(Object.assign({}, ...many))).toHaveLength(12);
  });
});

test('whatever is sent, nothing is thrown and a lane is never shut for longer than five minutes', () => {
  const name = fc.constantFrom(
    'x-ratelimit-limit-requests',
    'x-ratelimit-remaining-requests',
    'x-ratelimit-reset-requests',
    'anthropic-ratelimit-tokens-limit',
    'anthropic-ratelimit-tokens-remaining',
    'anthropic-ratelimit-tokens-reset',
    'ratelimit',
    'ratelimit-policy',
    'x-ratelimit-remaining-',
    'ratelimitbysize-remaining',
  );
  const value = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.integer().map(String),
    fc.nat({ max: 5 }).map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.stringMatching(/^"[a-z]{1,3}";[rtqw]=\d{1,12}(;[rtqw]=\d{1,12})?$/),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const headroom = new Headroom({ reserve: 0 });
      headroom.learn(limitsTold(headers, NOW), undefined, 0);
      const waitMs = headroom.refusal(0, { input: 10, output: 10 })?.waitMs ?? 0;
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(300_000);
    }),
    { numRuns: 2_000 },
  );
});

describe.skipIf(!recordingsPresent)('recorded answers', () => {
  test('every limit of requests or tokens that was recorded with what remains of it is read', () => {
    const providers = new Set<string>();
    const unread: string[] = [];
    for (const file of ['openai-chat', 'openai-responses', 'anthropic-messages', 'mistral'] as const) {
      for (const { id, provider, response } of recordings(file)) {
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        );
        const told = limitsTold(headers, NOW);
        if (told.length > 0) providers.add(provider);
        const pairs = Object.keys(headers).filter(
          (name) =>
            /ratelimit.*remaining/.test(name) &&
            !/image|audio/.test(name) &&
            headers[name.replace('remaining', 'limit')] !== undefined,
        );
        if (told.length !== pairs.length) unread.push(`${id}: ${pairs.length - told.length} of ${pairs.join(', ')}`);
      }
    }
    expect(unread).toEqual([]);
    expect([...providers].sort()).toEqual(expect.arrayContaining(['anthropic', 'azure', 'cerebras', 'groq', 'openai']));
  });
});
