import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from './redactor.ts';
import { Secret } from './secret.ts';

const key = 'p1anted/secret+value=42';
const redactor = createRedactor([new Secret(key)]);

test('a text without secrets is returned as it is', () => {
  const text = 'The model risk-assessment-model is overloaded, try again (task-force-0001).';
  expect(redactor.redact(text)).toBe(text);
});

test('a secret goes in every form it may take', () => {
  const forms = [
    key,
    encodeURIComponent(key),
    Buffer.from(key).toString('base64'),
    Buffer.from(key).toString('base64url'),
    Buffer.from(`u:${key}`).toString('base64'),
    Buffer.from(`user:${key}`).toString('base64'),
    Buffer.from(`us:${key}!`).toString('base64'),
  ];
  for (const form of forms) {
    const clean = redactor.redact(`before ${form} after`);
    expect(clean).toMatch(/^before .*<redacted>.* after$/);
    // What may remain at the edges of a base64 text are characters shared with its neighbours.
    expect(clean.length).toBeLessThan('before <redacted> after'.length + 14);
  }
  const quoted = 'with "quotes" and \\ inside';
  const clean = createRedactor([new Secret(quoted)]).redact(JSON.stringify({ said: quoted }));
  expect(clean).toBe('{"said":"<redacted>"}');
});

test('keys that nobody planted are known by their looks', () => {
  const keys = [
    'sk-abcdefghij0123456789',
    'sk-proj-AbC_dEf-0123456789',
    'sk-ant-api03-abcdefghijklmnop',
    'sk-abcd********wxyz',
    'AIzaSyA0123456789abcdefghijklmnop_-xyz',
    'ASIAABCDEFGHIJKLMNOP',
    'ya29.c.a0AfB_byC-0123456789abcdef',
    'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl',
    'gsk_0123456789abcdefghij',
    'xai-0123456789abcdefghij',
  ];
  for (const one of keys) expect(redactor.redact(`Incorrect key: ${one}.`)).toBe('Incorrect key: <redacted>.');
  expect(redactor.redact('authorization: Bearer abc.def-123=')).toBe('authorization: Bearer <redacted>');
  expect(redactor.redact('{"Authorization":"bearer  0123456789"}')).toBe('{"Authorization":"bearer  <redacted>"}');
});

test('two secrets that overlap leave no piece of either', () => {
  const both = createRedactor([new Secret('abcdefghij'), new Secret('ghijklmnop')]);
  expect(both.redact('x abcdefghijklmnop y')).toBe('x <redacted> y');
  const nested = createRedactor([new Secret('abcdefghijklmnopqrst'), new Secret('fghijklm')]);
  expect(nested.redact('x abcdefghijklmnopqrst y')).toBe('x <redacted> y');
});

test('a secret that redacting itself would spell is not shown', () => {
  const odd = createRedactor([new Secret('abcdefgh'), new Secret('12<redacted>34')]);
  expect(odd.redact('see 12abcdefgh34')).toBe('<redacted>');
});

test('a secret learnt later is redacted like the others', () => {
  const learning = createRedactor([]);
  expect(learning.redact('rotated-0001')).toBe('rotated-0001');
  learning.add(new Secret('rotated-0001'));
  expect(learning.redact('rotated-0001')).toBe('<redacted>');
});

test('a token is redacted from the moment it comes, and forgotten long after its end', () => {
  const learning = createRedactor([]);
  const token = (at: number) => `passing-token-${String(at).padStart(4, '0')}-of-many`;
  for (let at = 0; at < 40; at++) learning.addPassing(new Secret(token(at)));
  for (const at of [8, 20, 39]) expect(learning.redact(`refused: ${token(at)}`)).toBe('refused: <redacted>');
  expect(learning.redact(token(0))).toBe(token(0));
});

test('no planted secret is ever emitted', () => {
  const secret = fc.string({ minLength: 8, maxLength: 40, unit: 'grapheme' }).filter((s) => !'<redacted>'.includes(s));
  const piece = (secrets: string[]) =>
    fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(...secrets, '<redacted>', 'Bearer '),
      fc.constantFrom(...secrets).map((one) => one.slice(0, 5)),
      fc.constantFrom(...secrets).map((one) => one.slice(5)),
    );
  const planted = fc
    .array(secret, { minLength: 1, maxLength: 4 })
    .chain((secrets) => fc.tuple(fc.constant(secrets), fc.array(piece(secrets), { maxLength: 12 })));
  fc.assert(
    fc.property(planted, ([secrets, pieces]) => {
      const clean = createRedactor(secrets.map((one) => new Secret(one))).redact(pieces.join(''));
      for (const one of secrets) expect(clean.includes(one)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('a large text is searched in time', () => {
  const text = `${'sk-'.repeat(20_000)} ${'Bearer '.repeat(10_000)} ${'A'.repeat(100_000)}`;
  const start = performance.now();
  redactor.redact(text);
  expect(performance.now() - start).toBeLessThan(3_000);
});
