import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSecretSource, resolveSecret, type SecretIo, systemSecretIo } from './secret-source.ts';

let folder: string;
let now: number;
let stats: number;
let problems: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secret-'));
  now = 0;
  stats = 0;
  problems = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function io(env: Record<string, string> = {}): SecretIo {
  const system = systemSecretIo();
  const stat = (path: string) => {
    stats += 1;
    return system.stat(path);
  };
  return { ...system, env, stat, now: () => now, onProblem: (message) => problems.push(message) };
}

const failure = (resolve: () => unknown) =>
  new Promise((done) => done(resolve())).then(
    () => 'resolved',
    (error: Error) => error.message,
  );

test('an environment variable is read and trimmed', async () => {
  const secret = await resolveSecret({ kind: 'env', name: 'KEY' }, io({ KEY: '  abc\n' }));
  expect(secret.reveal()).toBe('abc');
});

test('a missing, empty or unsendable value is refused by its reference and never quoted', async () => {
  const source = createSecretSource(io({ EMPTY: '  \n', BROKEN: 'va\nlue', WIDE: 'ключ' }));
  expect(await failure(() => source.resolve({ kind: 'env', name: 'NONE' }))).toBe('secret env:NONE is not set');
  expect(await failure(() => source.resolve({ kind: 'env', name: 'EMPTY' }))).toBe('secret env:EMPTY is empty');
  const broken = await failure(() => source.resolve({ kind: 'env', name: 'BROKEN' }));
  expect(broken).toBe('secret env:BROKEN holds characters that no HTTP header may carry');
  expect(await failure(() => source.resolve({ kind: 'env', name: 'WIDE' }))).toContain('no HTTP header');
  const name = join(folder, 'absent');
  expect(await failure(() => source.resolve({ kind: 'file', name }))).toBe(
    `secret file:${name} cannot be read (ENOENT)`,
  );
});

test('a variable that is set anew is seen within a second, and is the same secret until then', async () => {
  const variables: Record<string, string> = { KEY: 'first' };
  const source = createSecretSource(io(variables));
  const reference = { kind: 'env', name: 'KEY' } as const;
  const first = await source.resolve(reference);
  variables.KEY = 'second';
  now = 999;
  expect(await source.resolve(reference)).toBe(first);
  now = 1_000;
  const second = await source.resolve(reference);
  expect(second.reveal()).toBe('second');
  now = 2_000;
  expect(await source.resolve(reference)).toBe(second);
});

test('a rotated file is seen within a second, and looked at only once a second', async () => {
  const name = join(folder, 'key');
  await writeFile(name, 'first\n');
  const source = createSecretSource(io());
  const read = async () => (await source.resolve({ kind: 'file', name })).reveal();
  expect(await read()).toBe('first');
  await writeFile(name, 'second\n');
  await utimes(name, new Date(), new Date(Date.now() + 5_000));
  now = 999;
  expect(await read()).toBe('first');
  expect(stats).toBe(1);
  now = 1_000;
  expect(await read()).toBe('second');
  expect(stats).toBe(2);
});

test('many attempts at once look at the file once', async () => {
  const name = join(folder, 'key');
  await writeFile(name, 'value');
  const source = createSecretSource(io());
  await Promise.all(Array.from({ length: 50 }, () => source.resolve({ kind: 'file', name })));
  expect(stats).toBe(1);
});

test('a file that vanishes during rotation leaves the last good value in use, and says so', async () => {
  const name = join(folder, 'key');
  await writeFile(name, 'good');
  const source = createSecretSource(io());
  await source.resolve({ kind: 'file', name });
  await rm(name);
  now = 2_000;
  expect((await source.resolve({ kind: 'file', name })).reveal()).toBe('good');
  expect(problems).toEqual([`secret file:${name} cannot be read (ENOENT); the last good value stays in use`]);
});

test('a file that is no secret by its size is not read', async () => {
  const name = join(folder, 'big');
  await writeFile(name, 'x'.repeat(65 * 1024));
  expect(await failure(() => resolveSecret({ kind: 'file', name }, io()))).toContain('66560 bytes, the limit is 65536');
});
