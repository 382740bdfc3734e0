import type { LookupFunction } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { guardedLookup, isForbiddenAddress, parseBaseUrl } from './egress-guard.ts';

const FORBIDDEN_URLS = [
  'http://169.254.169.254/v1',
  'http://169.254.169.254./v1',
  'http://0xa9.0xfe.0xa9.0xfe',
  'http://2852039166',
  'http://0251.0376.0251.0376',
  'http://①⑥⑨.②⑤④.①⑥⑨.②⑤④',
  'http://169.254.170.2',
  'http://100.100.100.200',
  'http://[::ffff:169.254.169.254]',
  'http://[::ffff:a9fe:a9fe]',
  'http://[::169.254.169.254]',
  'http://[::ffff:0:169.254.169.254]',
  'http://[64:ff9b::169.254.169.254]',
  'http://[64:ff9b:1::a9fe:a9fe]',
  'http://[2002:a9fe:a9fe::1]',
  'http://[2001:0:4136:e378:8000:63bf:5601:5601]',
  'http://[fd00:ec2::254]',
  'http://[fd20:ce::254]',
  'http://[fe80::1]',
];

test.each(FORBIDDEN_URLS)('the metadata address %s is refused', (url) => {
  expect(() => parseBaseUrl('providers.p.baseUrl', url)).toThrow(
    /^providers\.p\.baseUrl points to .* metadata service$/,
  );
});

const ALLOWED_URLS = [
  'https://api.openai.com/v1',
  'http://localhost:11434/v1',
  'http://127.0.0.1:8000',
  'http://10.0.0.7',
  'http://192.168.1.5',
  'http://[::1]:8000',
  'http://[::ffff:10.0.0.1]',
  'http://[fd12:3456::1]',
  'http://[64:ff9b::8.8.8.8]',
  'https://example.openai.azure.com/openai?api-version=2024-10-21',
];

test.each(ALLOWED_URLS)('%s is allowed', (url) => {
  expect(parseBaseUrl('f', url)).toBeInstanceOf(URL);
});

test.each([
  ['not a url', /is not a URL/],
  ['ftp://x/y', /must be http or https, got ftp/],
  ['https://user:pw@x/', /must not hold a user/],
  ['https://x/#frag', /must not hold a fragment/],
  ['https://x/?key=abcdef', /parameter key/],
  ['https://x/?API_KEY=abcdef', /parameter API_KEY/],
])('the base URL %s is refused without quoting it', (url, why) => {
  expect(() => parseBaseUrl('f', url)).toThrow(why);
  expect(() => parseBaseUrl('f', url)).not.toThrow(/abcdef|pw/);
});

test('no text makes the address check throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.ipV4(), fc.string()), (text) => {
      expect(typeof isForbiddenAddress(text)).toBe('boolean');
    }),
  );
});

function look(answer: Parameters<Parameters<LookupFunction>[2]>, all: boolean) {
  const base: LookupFunction = (_host, _options, callback) => callback(...answer);
  return new Promise((resolve) => {
    guardedLookup(base)('name.test', { all }, (error, address, family) => resolve({ error, address, family }));
  });
}

test('a name is refused when any of its addresses is forbidden', async () => {
  const mixed = [
    { address: '10.0.0.1', family: 4 },
    { address: '169.254.169.254', family: 4 },
  ];
  for (const all of [true, false]) {
    expect(await look([null, mixed], all)).toMatchObject({ error: { code: 'UNDERSTUDY_EGRESS_REFUSED' } });
  }
  expect(await look([null, '169.254.169.254', 4], false)).toMatchObject({
    error: { code: 'UNDERSTUDY_EGRESS_REFUSED' },
  });
});

test('an allowed name is answered in the form that was asked for', async () => {
  const list = [{ address: '10.0.0.1', family: 4 }];
  expect(await look([null, list], true)).toMatchObject({ error: null, address: list });
  expect(await look([null, list], false)).toMatchObject({ error: null, address: '10.0.0.1', family: 4 });
  expect(await look([null, '::1', 6], false)).toMatchObject({ error: null, address: '::1', family: 6 });
});
