import { describe, expect, test } from 'vitest';
import { demoConfig } from './demo.ts';
import { type LoadedConfig, loadConfig } from './load.ts';
import { isConfigError } from './problems.ts';
import { resolveConfig } from './resolve.ts';

const yaml = (route: string) => `providers: { openai: {} }\nroutes: { ${route}: { targets: [openai/gpt-5.6] } }\n`;

interface World {
  readonly path?: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

function load({ path, env = {}, files = {} }: World): Promise<LoadedConfig> {
  return loadConfig({
    ...(path !== undefined && { path }),
    env,
    exists: async (file) => file in files,
    readFile: async (file) => {
      const text = files[file];
      if (text === undefined) throw Object.assign(new Error('no'), { code: 'ENOENT' });
      return text;
    },
  });
}

async function problemsOf(world: World) {
  const error: unknown = await load(world).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isConfigError(error)) throw new Error(`expected a ConfigError, got ${String(error)}`);
  return error.problems;
}

function routeNames(loaded: LoadedConfig): string[] {
  return loaded.kind === 'demo' ? [] : Object.keys(loaded.config.routes);
}

describe('where the configuration comes from', () => {
  const files = {
    'named.yaml': yaml('named'),
    'set.yaml': yaml('set'),
    'understudy.yaml': yaml('here'),
    'understudy.yml': yaml('yml'),
  };
  const env = { UNDERSTUDY_CONFIG: 'set.yaml', OPENAI_API_KEY: 'k' };

  test('the named file wins over everything', async () => {
    expect(routeNames(await load({ path: 'named.yaml', env, files }))).toEqual(['named']);
  });

  test('UNDERSTUDY_CONFIG wins over the working directory', async () => {
    expect(routeNames(await load({ env, files }))).toEqual(['set']);
  });

  test('understudy.yaml wins over understudy.yml, and both over the keys', async () => {
    const { UNDERSTUDY_CONFIG: _, ...keys } = env;
    expect(await load({ env: keys, files })).toMatchObject({ kind: 'file', file: 'understudy.yaml' });
    expect(await load({ env: keys, files: { 'understudy.yml': files['understudy.yml'] } })).toMatchObject({
      file: 'understudy.yml',
    });
  });

  test('a blank UNDERSTUDY_CONFIG counts as none', async () => {
    expect((await load({ env: { UNDERSTUDY_CONFIG: ' ' } })).kind).toBe('demo');
  });

  test('a named file that is not there is an error, not the demo', async () => {
    expect(await problemsOf({ path: 'gone.yaml' })).toMatchObject([
      { file: 'gone.yaml', message: 'there is no such file' },
    ]);
    expect(await problemsOf({ env: { UNDERSTUDY_CONFIG: 'gone.yaml' } })).toMatchObject([{ file: 'gone.yaml' }]);
  });

  test('a file that cannot be read names the reason', async () => {
    const refused = loadConfig({
      path: 'x.yaml',
      env: {},
      exists: async () => true,
      readFile: () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })),
    });
    await expect(refused).rejects.toThrow('cannot be read (EACCES)');
  });
});

describe('a default route over the keys in the environment', () => {
  test('anthropic, openai and gemini in this order, whatever the order of the variables', async () => {
    const loaded = await load({
      env: { GOOGLE_API_KEY: 'g', GROQ_API_KEY: 'q', OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a' },
    });
    if (loaded.kind !== 'environment') throw new Error(loaded.kind);
    const resolved = resolveConfig(loaded.config);
    expect(resolved.routes.get('default')?.targets.map(({ target }) => target.provider)).toEqual([
      'anthropic',
      'openai',
      'gemini',
      'groq',
    ]);
    expect(resolved.providers.get('gemini')?.authorisation).toEqual({
      kind: 'key',
      scheme: 'x-goog-api-key',
      key: { kind: 'env', name: 'GOOGLE_API_KEY' },
    });
    expect(loaded.found.map(({ keyVariable }) => keyVariable)).toContain('GOOGLE_API_KEY');
  });

  test('a key that is set to nothing does not count', async () => {
    expect((await load({ env: { OPENAI_API_KEY: '  ' } })).kind).toBe('demo');
  });

  test('the values of keys are nowhere in what was loaded', async () => {
    expect(JSON.stringify(await load({ env: { OPENAI_API_KEY: 'planted-0123456789' } }))).not.toContain('planted');
  });
});

describe('HOST and PORT win over the file', () => {
  test('both', async () => {
    const file = `${yaml('a')}server: { host: localhost, port: 1, strictCompat: true, keys: [{ name: web, key: "env:K" }] }\n`;
    const loaded = await load({ env: { HOST: '0.0.0.0', PORT: '8080' }, files: { 'understudy.yaml': file } });
    if (loaded.kind !== 'file') throw new Error(loaded.kind);
    expect(resolveConfig(loaded.config).server).toMatchObject({ host: '0.0.0.0', port: 8080, strictCompat: true });
  });

  test('a HOST that opens the port without keys is refused, and named as the culprit', async () => {
    const found = await problemsOf({ env: { HOST: '0.0.0.0' }, files: { 'understudy.yaml': yaml('a') } });
    expect(found).toMatchObject([{ file: 'environment', path: 'HOST', fix: expect.stringContaining('server.keys') }]);
    expect(await problemsOf({ env: { HOST: '::', OPENAI_API_KEY: 'k' } })).toMatchObject([{ path: 'HOST' }]);
  });

  test('a HOST is judged beside problems of the file, too', async () => {
    const broken = `${yaml('a')}server: { host: 0.0.0.0, port: x }\n`;
    const here = { 'understudy.yaml': broken };
    expect((await problemsOf({ env: { HOST: 'localhost' }, files: here })).map(({ path }) => path)).toEqual([
      'server.port',
    ]);
    expect((await problemsOf({ env: { HOST: '::' }, files: here })).map(({ path }) => path)).toEqual([
      'HOST',
      'server.port',
    ]);
  });

  test('a HOST of loopback closes a port that the file opens', async () => {
    const file = `${yaml('a')}server: { host: 0.0.0.0 }\n`;
    expect((await load({ env: { HOST: '127.0.0.1' }, files: { 'understudy.yaml': file } })).kind).toBe('file');
  });

  test.each(['80x', '65536', '-1', '1.5'])('PORT=%s is refused', async (PORT) => {
    expect(await problemsOf({ env: { PORT } })).toMatchObject([{ file: 'environment', path: 'PORT' }]);
  });

  test('they reach the demo', async () => {
    expect(await load({ env: { PORT: '0', HOST: 'localhost' } })).toEqual({
      kind: 'demo',
      overrides: { port: 0, host: 'localhost' },
    });
  });
});

test('the demo has three targets in three dialects and needs no key', () => {
  const { routes, providers, server } = resolveConfig(demoConfig('http://127.0.0.1:4150/', { port: 0 }));
  expect(routes.get('demo')?.targets.map(({ target }) => target.dialect)).toEqual([
    'openai-chat',
    'anthropic-messages',
    'gemini-generate',
  ]);
  expect([...providers.values()].map(({ baseUrl, authorisation }) => [baseUrl, authorisation.kind])).toEqual([
    ['http://127.0.0.1:4150/sim-openai/v1', 'none'],
    ['http://127.0.0.1:4150/sim-anthropic/v1', 'none'],
    ['http://127.0.0.1:4150/sim-gemini/v1beta', 'none'],
  ]);
  expect(server.port).toBe(0);
});
