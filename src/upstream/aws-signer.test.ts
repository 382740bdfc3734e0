import * as sha from '@aws-crypto/sha256-js';
import * as signing from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signatureFlaw } from '../../test/kit/aws-signature.ts';
import { AwsSigner, awsKeys } from './aws-signer.ts';

const libraries = { '@smithy/signature-v4': signing, '@aws-crypto/sha256-js': sha };
const scope = { region: 'eu-central-1', service: 'bedrock' };
const signer = new AwsSigner(libraries, 'p', scope);
const origin = new URL('https://bedrock-runtime.eu-central-1.amazonaws.com');
const now = Date.UTC(2026, 10, 21, 1, 2, 3);
const keys = awsKeys('AKIDEXAMPLE', 'example/secret+key', 'session=token');
const headers = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'understudy/1' };

async function signed(path: string, body: string, base = origin) {
  const added = await signer.sign({ origin: base, path, headers, body }, keys, now);
  return { method: 'POST', url: path, headers: { ...headers, ...added, host: base.host }, body, added };
}
const flawOf = (request: Awaited<ReturnType<typeof signed>>, secret = 'example/secret+key') =>
  signatureFlaw(request, secret, { accessKeyId: 'AKIDEXAMPLE', ...scope });

describe('a signature', () => {
  test('stands up to the documented steps, worked out apart', async () => {
    const request = await signed('/model/eu.anthropic.claude-x-v1%3A0/invoke', '{"a":1}');
    expect(flawOf(request)).toBeUndefined();
    expect(request.added).toMatchObject({ 'x-amz-date': '20261121T010203Z', 'x-amz-security-token': 'session=token' });
    // What the client sets itself, or what proxies change, is not for the signer to add.
    expect(Object.keys(request.added)).not.toContain('host');
  });

  test('covers path, body, host, token and date: none of them can be changed', async () => {
    const request = await signed('/model/m%2Fn/converse', '{"a":1}');
    expect(flawOf({ ...request, body: '{"a":2}' })).toMatch(/wrong/);
    expect(flawOf({ ...request, url: '/model/other/converse' })).toMatch(/wrong/);
    for (const name of ['host', 'x-amz-security-token', 'x-amz-date', 'content-type']) {
      expect(flawOf({ ...request, headers: { ...request.headers, [name]: 'changed' } })).toMatch(/wrong/);
    }
    expect(flawOf(request, 'another key')).toMatch(/wrong/);
  });

  test('of any model and any body, with a query and a port', async () => {
    // No model is called so, and such a path is refused before anybody signs it: it leads elsewhere.
    const climbs = (model: string) => model === '.' || model === '..';
    const name = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).filter((model) => !climbs(model));
    await fc.assert(
      fc.asyncProperty(name, fc.string({ unit: 'grapheme' }), async (model, text) => {
        const path = `/model/${encodeURIComponent(model)}/converse?b=2&a=x%20y`;
        const request = await signed(path, JSON.stringify({ text }), new URL('http://127.0.0.1:8123'));
        expect(flawOf(request)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
