import { describe, expect, test } from 'vitest';
import { CLOUD_NAMES } from './cloud-providers.ts';
import {
  canonicalProviderName,
  KNOWN_PROVIDER_NAMES,
  KNOWN_PROVIDERS,
  knownProvider,
  providerAtUrl,
  usualKeyScheme,
} from './known-providers.ts';

describe.each(Object.entries(KNOWN_PROVIDERS))('%s', (name, known) => {
  const url = new URL(known.baseUrl);

  test('its base URL is https, or plain on this machine, and ends without a slash', () => {
    expect(url.protocol).toBe(url.hostname === '127.0.0.1' ? 'http:' : 'https:');
    expect(known.baseUrl).not.toMatch(/\/$/);
    expect(url.search + url.username).toBe('');
  });

  test('it takes its key as its dialect does, or takes none', () => {
    expect(known.auth).toBe(known.keyVariables.length === 0 ? 'none' : usualKeyScheme(known.dialect));
    for (const variable of known.keyVariables) expect(variable).toMatch(/^[A-Z][A-Z0-9_]+$/);
  });

  test('its facts have a source and a day', () => {
    expect(known.source).toMatch(/^https:\/\//);
    expect(known.verifiedAt).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  test('it is found by its name and by its address, unless that is on this machine', () => {
    expect(knownProvider(name)).toBe(known);
    expect(providerAtUrl(known.baseUrl)).toBe(url.hostname === '127.0.0.1' ? undefined : name);
  });
});

test('names and aliases are one set without doubles', () => {
  expect(new Set(KNOWN_PROVIDER_NAMES).size).toBe(KNOWN_PROVIDER_NAMES.length);
  const written = Object.entries(KNOWN_PROVIDERS).flatMap(([name, known]) => [name, ...(known.aliases ?? [])]);
  expect(KNOWN_PROVIDER_NAMES).toEqual([...written, ...CLOUD_NAMES]);
});

test('an alias leads to the canonical name', () => {
  expect(canonicalProviderName('google')).toBe('gemini');
  expect(canonicalProviderName('nobody')).toBeUndefined();
  expect(knownProvider('constructor')).toBeUndefined();
});

test('a cloud has a canonical name, and is no provider of an address', () => {
  for (const name of CLOUD_NAMES) {
    expect(canonicalProviderName(name)).toBe(name);
    expect(knownProvider(name)).toBeUndefined();
  }
});

test.each([
  ['https://eu.api.openai.com/v1', 'openai'],
  ['https://api.openai.com.evil.example/v1', undefined],
  ['https://notapi.openai.com/v1', undefined],
  ['http://127.0.0.1:8000/v1', undefined],
  ['nonsense', undefined],
])('%s belongs to %s', (url, name) => expect(providerAtUrl(url)).toBe(name));
