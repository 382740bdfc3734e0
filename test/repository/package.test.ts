import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryFiles, root, runNode, text } from './tree.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
  readonly scripts: Readonly<Record<string, string>>;
  readonly license: string;
}
const manifest = JSON.parse(text('package.json')) as Manifest;

test('everything that the package exports is made from a source', () => {
  const targets = Object.values(manifest.exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : Object.values(entry),
  );
  expect(targets.length).toBeGreaterThanOrEqual(5);
  for (const target of targets) {
    const made = target.replace(/^\.\/dist\/(.*?)(\.d\.ts|\.js)$/, './src/$1.ts');
    expect(existsSync(join(root, made)), `${target} would be made from ${made}`).toBe(true);
  }
});

test('the command and the pipeline can be executed', () => {
  for (const path of [...Object.values(manifest.bin), '.ci/run', 'examples/curl.sh']) {
    expect(statSync(join(root, path)).mode & 0o111, path).not.toBe(0);
  }
});

test('every script of the package runs a file that is there', () => {
  for (const [name, command] of Object.entries(manifest.scripts)) {
    const file = /^node (?:--\S+ |tsx )*(\S+)/.exec(command)?.[1];
    if (file) expect(existsSync(join(root, file)), name).toBe(true);
  }
});

test('the licence is the one that the package names', () => {
  expect(manifest.license).toBe('Apache-2.0');
  expect(text('LICENSE')).toContain('Apache License');
  expect(text('LICENSE')).toContain('Version 2.0, January 2004');
});

test('every package comes from the public registry', () => {
  const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, { resolved?: string }> };
  const hosts = Object.values(packages).flatMap(({ resolved }) =>
    resolved === undefined ? [] : [new URL(resolved).host],
  );
  expect([...new Set(hosts)].filter((host) => host !== 'registry.npmjs.org')).toEqual([]);
  expect(Object.keys(packages).length).toBeGreaterThan(100);
});

/** Split, so that this file does not accuse itself. */
const PRIVATE = ['/tm' + 'p/', '/ro' + 'ot/', '/wo' + 'rk/', '/home' + '/', 'C:' + '\\Users'];

test('nothing in the repository names a path of one machine', () => {
  const files = repositoryFiles().filter((path) => !/\.(png|ico|woff2?)$/.test(path));
  expect(files.length).toBeGreaterThan(200);
  const found = files.flatMap((path) => {
    const content = text(path);
    return PRIVATE.filter((word) => content.includes(word)).map((word) => `${path}: ${word}`);
  });
  expect(found).toEqual([]);
});

test('no key of a provider is in the repository', () => {
  const key =
    /\b(sk-(?:proj|ant|live)-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35}|xox[bp]-[A-Za-z0-9-]{20,}|ghp_[A-Za-z0-9]{36})\b/;
  const found = repositoryFiles().filter((path) => key.test(text(path)));
  // The redactor is tested with invented keys of every vendor's form.
  expect(found.filter((path) => path !== 'src/upstream/redactor.test.ts')).toEqual([]);
});

test('the pipeline is one that bash can read, and asks nothing', () => {
  const script = text('.ci/run');
  expect(script).toMatch(/^#!\/usr\/bin\/env bash\n[\s\S]*set -euo pipefail/);
  expect(script).not.toMatch(/\bread\b|--interactive/);
  expect(text('.github/workflows/ci.yml')).toContain('.ci/run </dev/null');
  expect(
    runNode(['-e', "process.exit(require('child_process').spawnSync('bash', ['-n', '.ci/run']).status)"]).status,
  ).toBe(0);
});
