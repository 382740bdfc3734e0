import { expect, it } from 'vitest';
import { STATUS_FEED_KINDS } from '../model/status-feed.ts';
import { CLOUD_NAMES } from './cloud-providers.ts';
import { KNOWN_PROVIDERS } from './known-providers.ts';
import { STATUS_PAGE_NAMES, statusPageOf } from './status-feeds.ts';

it.each(STATUS_PAGE_NAMES)(
  '%s: a provider that is known, addresses that can be asked, components with names',
  (name) => {
    expect([...Object.keys(KNOWN_PROVIDERS), ...CLOUD_NAMES]).toContain(name);
    const page = statusPageOf(name);
    for (const url of [page?.page, ...(page?.feed?.urls ?? [])]) expect(new URL(url ?? '').protocol).toBe('https:');
    if (!page?.feed) return;
    expect(STATUS_FEED_KINDS).toContain(page.feed.kind);
    for (const component of page.feed.components) expect(component.name).not.toBe('');
  },
);

it('the region of a cloud becomes part of an address only where it is one', () => {
  expect(statusPageOf('bedrock', 'us-gov-west-1')?.feed?.urls[0]).toContain('bedrock-us-gov-west-1.rss');
  for (const bad of [undefined, 'eu', '../x', 'eu-central-1.evil.test/']) {
    expect(statusPageOf('bedrock', bad)?.feed).toBeUndefined();
  }
});

it('a name that nobody knows, or that objects inherit, has no page', () => {
  for (const name of ['ollama', 'constructor', 'toString', '']) expect(statusPageOf(name)).toBeUndefined();
});
