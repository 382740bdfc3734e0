import { expect, test } from 'vitest';
import { VirtualClock } from '../../../test/kit/virtual-clock.ts';
import type { StatusFeed } from '../../model/status-feed.ts';
import type { PageAnswer, Validators } from './fetch-page.ts';
import { BELIEVED_MS, type StatusListener, StatusReader } from './status-pages.ts';

const FEED: StatusFeed = {
  kind: 'statuspage',
  urls: ['https://first.test', 'https://second.test'],
  components: [{ id: 'c1', name: 'API' }],
};
const openai = { provider: 'openai', dialect: 'openai-chat' } as const;

function page(status: string, validators: Validators = {}): PageAnswer {
  const text = JSON.stringify({ components: [{ id: 'c1', name: 'API', status }], status: { indicator: 'none' } });
  return { kind: 'page', text, validators };
}

const gone: PageAnswer = { kind: 'failed', why: 'status 503' };

function reader(answers: (url: string, asked: number) => PageAnswer, random = 0.5) {
  const clock = new VirtualClock();
  const asked: { url: string; validators: Validators; at: number }[] = [];
  const told: string[] = [];
  const listener: StatusListener = {
    changed: ({ provider, from, note }) => told.push(`${provider} ${from}→${note.state}`),
    unreadable: ({ url, why }) => told.push(`${url} ${why}`),
  };
  const pages = new StatusReader({
    feeds: new Map([['openai', FEED]]),
    everyMs: 30_000,
    clock,
    random: () => random,
    fetcher: {
      fetch: async (url, validators) => {
        asked.push({ url, validators, at: clock.now() });
        return answers(url, asked.length);
      },
      close: async () => {},
    },
    listener,
  });
  const ask = async () => {
    pages.of(openai);
    await pages.settled();
    return pages.of(openai)?.state;
  };
  return { pages, clock, asked, told, ask };
}

test('a provider without a page has no note; nobody is asked before somebody asks', async () => {
  const { pages, asked, clock } = reader(() => page('operational'));
  expect(pages.of({ provider: 'local', dialect: 'openai-chat' })).toBeUndefined();
  await clock.advance(600_000);
  expect(asked).toEqual([]);
});

test('the first asker is told that nothing is known, the next what the page says', async () => {
  const { pages, ask, told } = reader(() => page('major_outage'));
  expect(pages.of(openai)).toEqual({ state: 'unknown', readAt: 0 });
  expect(await ask()).toBe('outage');
  expect(pages.of(openai)).toEqual({ state: 'outage', about: 'API', readAt: 0 });
  expect(told).toEqual(['openai unknown→outage']);
});

test('what is younger than the interval is not read again, however often it is asked', async () => {
  const { pages, clock, asked, ask } = reader(() => page('operational'));
  await ask();
  for (let n = 0; n < 1_000; n += 1) pages.of(openai);
  await clock.advance(29_999);
  await ask();
  expect(asked).toHaveLength(1);
  await clock.advance(1);
  await ask();
  expect(asked).toHaveLength(2);
});

test('replicas that started together do not ask together', async () => {
  const early = reader(() => page('operational'), 0);
  const late = reader(() => page('operational'), 0.999);
  for (const each of [early, late]) {
    await each.ask();
    await each.clock.advance(24_000);
    await each.ask();
  }
  expect([early.asked.length, late.asked.length]).toEqual([2, 1]);
});

test('the second request brings what the first was marked with, and 304 keeps what is known', async () => {
  const marks = { etag: '"v1"', lastModified: 'Fri, 20 Nov 2026 11:00:00 GMT' };
  const { pages, clock, asked, ask } = reader((_, n) =>
    n === 1 ? page('partial_outage', marks) : { kind: 'unchanged' },
  );
  await ask();
  await clock.advance(30_000);
  expect(await ask()).toBe('partial');
  expect(asked.map(({ validators }) => validators)).toEqual([{}, marks]);
  expect(pages.of(openai)?.readAt).toBe(30_000);
});

test('the second address is asked where the first cannot be read, and gets marks of its own alone', async () => {
  const { asked, ask } = reader((url) => (url === FEED.urls[0] ? gone : page('operational', { etag: '"b"' })));
  expect(await ask()).toBe('operational');
  expect(asked.map(({ url }) => url)).toEqual([...FEED.urls]);
  expect(asked[1]?.validators).toEqual({});
});

test('a page that cannot be read any more is believed for half an hour, and unknown then: never green', async () => {
  const { clock, ask, told } = reader((_, n) => (n === 1 ? page('operational') : gone));
  expect(await ask()).toBe('operational');
  await clock.advance(BELIEVED_MS);
  expect(await ask()).toBe('operational');
  await clock.advance(1);
  expect(await ask()).toBe('unknown');
  expect(told.filter((line) => line.includes('503'))).toHaveLength(1);
});

test('a page that cannot be read is asked ever more seldom, up to a quarter of an hour', async () => {
  const { clock, asked, ask, told } = reader(() => ({ kind: 'page', text: '<html>', validators: {} }));
  for (let second = 0; second < 7_200; second += 10) {
    expect(await ask()).toBe('unknown');
    await clock.advance(10_000);
  }
  const moments = asked.filter(({ url }) => url === FEED.urls[0]).map(({ at }) => at / 1_000);
  expect(moments.slice(0, 6)).toEqual([0, 60, 180, 420, 900, 1_800]);
  expect(told).toEqual(['https://first.test no statuspage page, then no statuspage page']);
});

test('once closed nothing is read', async () => {
  const { pages, asked } = reader(() => page('operational'));
  await pages.close();
  expect(pages.of(openai)?.state).toBe('unknown');
  expect(asked).toEqual([]);
});
