import { beforeAll, describe, expect, test } from 'vitest';

// What a start loads is counted instead of timed: a machine that is busy changes nothing of it.
const root = new URL('../../', import.meta.url);
const { loadedWith } = (await import(new URL('scripts/bundle.mjs', root).href)) as {
  loadedWith(modules: readonly string[]): Promise<Map<string, number>>;
};

/** Packages with the bytes that are loaded of them. */
function packagesIn(loaded: ReadonlyMap<string, number>): Map<string, number> {
  const packages = new Map<string, number>();
  for (const [path, bytes] of loaded) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    if (name !== undefined && bytes > 0) packages.set(name, (packages.get(name) ?? 0) + bytes);
  }
  return packages;
}

function total(loaded: ReadonlyMap<string, number>): number {
  return [...loaded.values()].reduce((sum, bytes) => sum + bytes, 0);
}

describe('a gateway with a plain configuration', () => {
  let loaded: Map<string, number>;
  beforeAll(async () => {
    loaded = await loadedWith(['src/cli/main.ts', 'src/cli/serve.ts', 'src/compose.ts']);
  });

  test('loads what every request needs', () => {
    const packages = packagesIn(loaded);
    for (const needed of ['fastify', 'undici', 'pino', 'prom-client', 'zod', 'yaml', 'ajv'])
      expect(packages.keys()).toContain(needed);
  });

  test.each(['@pydantic/genai-prices', 'kysely', 'liquidjs', 'fast-xml-parser', 'cli-table3', '@clack/prompts'])(
    'does not load %s, which only some configurations or commands need',
    (heavy) => {
      expect(packagesIn(loaded).keys()).not.toContain(heavy);
    },
  );

  test('loads of undici the client alone', () => {
    expect(
      [...loaded.keys()].filter((path) => /undici\/(index\.js|lib\/(web\/fetch\/index|mock)\b)/.test(path)),
    ).toEqual([]);
  });

  test('loads no simulator, no eval and no migration', () => {
    const own = [...loaded.keys()].filter((path) => path.startsWith('src/'));
    expect(own).toContain('src/server/build-server.ts');
    expect(own.filter((path) => /^src\/(simulator|storage\/migrations|rehearsal\/promptfoo)\//.test(path))).toEqual([]);
  });

  test('loads at most 4.5 MB of source', () => {
    expect(total(loaded)).toBeLessThan(4.5e6);
  });
});

test('the thread of the ledger loads its own few files where the ledger has the newest schema', async () => {
  const loaded = await loadedWith(['src/storage/ledger-worker.ts']);
  expect([...packagesIn(loaded).keys()]).toEqual([]);
  expect(total(loaded)).toBeLessThan(200_000);
});

test('help is instant: it loads nothing of what the commands need', async () => {
  const loaded = await loadedWith(['src/cli/main.ts']);
  expect([...packagesIn(loaded).keys()]).toEqual(['commander']);
  expect(total(loaded)).toBeLessThan(200_000);
});
