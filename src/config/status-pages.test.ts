import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';

const ROUTES = 'routes: { a: { targets: [openai/x] } }\n';
const KEY = 'apiKey: "env:K"';

function resolved(text: string) {
  return resolveConfig(parseConfig(text, 'test.yaml', {}, { K: 'secret' }), { K: 'secret' });
}

function feedOf(provider: string, name = 'openai') {
  return resolved(`providers: { openai: { ${KEY} }, ${provider} }\n${ROUTES}`).providers.get(name)?.statusFeed;
}

describe('whose page is read', () => {
  it('a known provider brings its own', () => {
    const feed = resolved(`providers: { openai: { ${KEY} } }\n${ROUTES}`).providers.get('openai')?.statusFeed;
    expect(feed).toMatchObject({ kind: 'incident-io', urls: [expect.stringContaining('status.openai.com')] });
  });

  it('a known name at another address is another service', () => {
    expect(feedOf(`anthropic: { baseUrl: "http://127.0.0.1:8000/v1", ${KEY} }`, 'anthropic')).toBeUndefined();
    expect(feedOf(`anthropic: { baseUrl: "https://api.anthropic.com/v1", ${KEY} }`, 'anthropic')).toBeDefined();
    expect(
      feedOf(`second: { dialect: openai-chat, baseUrl: "https://eu.api.openai.com/v1", ${KEY} }`, 'second'),
    ).toMatchObject({
      kind: 'incident-io',
    });
  });

  it('Bedrock tells each region apart', () => {
    expect(feedOf(`bedrock: { location: eu-central-1, ${KEY} }`, 'bedrock')?.urls).toEqual([
      'https://status.aws.amazon.com/rss/bedrock-eu-central-1.rss',
    ]);
  });

  it('an operator may name another page, its components, or none', () => {
    const own = 'statusPage: { kind: statuspage, url: "https://s.test/summary.json", components: [API] }';
    expect(feedOf(`local: { dialect: openai-chat, baseUrl: "http://127.0.0.1:1", ${KEY}, ${own} }`, 'local')).toEqual({
      kind: 'statuspage',
      urls: ['https://s.test/summary.json'],
      components: [{ id: 'API', name: 'API' }],
    });
    expect(feedOf(`anthropic: { ${KEY}, statusPage: false }`, 'anthropic')).toBeUndefined();
  });
});

describe('whether pages are read', () => {
  const pages = (line: string) => resolved(`providers: { openai: { ${KEY} } }\n${ROUTES}${line}`).statusPages;

  it('by default every half minute; as told; not at all when switched off or cut off', () => {
    expect(pages('')).toEqual({ everyMs: 30_000 });
    expect(pages('statusPages: { every: 5m }\n')).toEqual({ everyMs: 300_000 });
    expect(pages('statusPages: { enabled: false }\n')).toBeUndefined();
    expect(pages('airGapped: true\nstatusPages: { enabled: true }\n')).toBeUndefined();
  });
});

it.each([
  ['statusPages: { every: 1s }\n', 'statusPages.every'],
  ['statusPages: { often: true }\n', 'often'],
  ['airGapped: maybe\n', 'airGapped'],
])('%s is refused', (line, named) => {
  expect(() => resolved(`providers: { openai: { ${KEY} } }\n${ROUTES}${line}`)).toThrow(named);
});

it('an address that is none is refused', () => {
  expect(() =>
    feedOf(
      `x: { dialect: openai-chat, baseUrl: "http://127.0.0.1:1", ${KEY}, statusPage: { kind: feed, url: status.test } }`,
    ),
  ).toThrow('statusPage');
});
