import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/index.ts';
import { FAILURE_CODES } from '../../src/model/failure.ts';
import { repositoryFiles, runNode, text } from './tree.ts';

interface Checks {
  brokenLinks(root: string, file: string): string[];
  refusedConfigurations(root: string, file: string, parse: typeof parseConfig): string[];
  unknownCommands(root: string, file: string, known: { scripts: object; commands: string[] }): string[];
}
const load = async (path: string) => await import(new URL(`../../${path}`, import.meta.url).href);
const checks = (await load('scripts/docs/checks.mjs')) as Checks;
const { FAILURE_MEANINGS } = (await load('scripts/docs/failure-codes.mjs')) as {
  FAILURE_MEANINGS: Record<string, { status: string }>;
};

test('the generated pages are fresh, and every link, configuration and command shown is good', () => {
  const { status, stdout } = runNode(['scripts/docs.mjs', '--check']);
  expect(stdout).toContain(' 0 problems');
  expect(status).toBe(0);
});

describe('a page with a mistake is refused', () => {
  function page(content: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'understudy-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'other.md'), '# Other\n\n## A `heading`, here\n');
    writeFileSync(join(folder, 'page.md'), content);
    return folder;
  }
  const links = (content: string) => {
    const folder = page(content);
    return checks.brokenLinks(folder, join(folder, 'page.md'));
  };

  test('links', () => {
    expect(links('[a](other.md) [b](other.md#a-heading-here) [c](https://example.org/x) `[d](code.md)`')).toEqual([]);
    expect(links('[a](gone.md)')).toEqual(['page.md: the link gone.md leads nowhere']);
    expect(links('[a](other.md#gone)')).toEqual(['page.md: other.md#gone names no heading']);
    expect(links('<img src="gone.svg">')).toHaveLength(1);
  });

  test('configurations', () => {
    const refused = (content: string) => {
      const folder = page(content);
      return checks.refusedConfigurations(folder, join(folder, 'page.md'), parseConfig);
    };
    expect(refused('```yaml fragment\nserver: { port: 4141 }\n```\n')).toEqual([]);
    expect(refused('```yaml\nserver: { port: 4141 }\n```\n')).toHaveLength(1);
    expect(refused('```yaml fragment\nserver: { prot: 4141 }\n```\n')[0]).toContain('prot');
  });

  test('commands', () => {
    const unknown = (content: string) => {
      const folder = page(content);
      return checks.unknownCommands(folder, join(folder, 'page.md'), { scripts: { start: '' }, commands: ['serve'] });
    };
    expect(unknown('`npm start`, `understudy serve`, `node bin/understudy.js serve`')).toEqual([]);
    expect(unknown('`npm run begin`')).toEqual(['page.md: package.json has no script "begin"']);
    expect(unknown('`understudy sing`')).toEqual(['page.md: there is no command "understudy sing"']);
  });
});

const sources = repositoryFiles().filter((path) => /^src\/.*\.ts$/.test(path) && !path.includes('.test.'));
const everySource = sources.map((path) => text(path)).join('\n');

test('every metric is documented, and no other', () => {
  const names = (content: string) => new Set(content.match(/understudy_[a-z_]+[a-z]\b/g));
  const inCode = names(
    sources
      .filter((path) => path.startsWith('src/telemetry/'))
      .map((path) => text(path))
      .join('\n'),
  );
  expect(inCode.size).toBeGreaterThan(10);
  expect(names(text('docs/operations.md'))).toEqual(inCode);
});

test('every header and every member of the `understudy` object is documented', () => {
  const page = text('docs/headers.md');
  const headers = new Set(text('src/server/answer-headers.ts').match(/x-understudy-[a-z-]+/g));
  expect(headers.size).toBeGreaterThanOrEqual(9);
  for (const header of headers) expect(page).toContain(`\`${header}\``);
  const members = [
    ...text('src/dialects/common/annotation.ts').matchAll(
      /\b([a-z]+_[a-z_]+|route|attempts|degraded|cause|primary|adapted):/g,
    ),
  ];
  expect(members.length).toBeGreaterThanOrEqual(11);
  for (const [, member] of members) expect(page).toContain(`"${member}"`);
  for (const [, option] of text('src/server/request-options.ts').matchAll(/^const NAMES = \[(.*)\]/gm)) {
    for (const name of option?.split(', ') ?? []) expect(page).toContain(`\`${name.slice(1, -1)}\``);
  }
});

test.each(FAILURE_CODES)('the code %s is documented, and its statuses are those of the sources', (code) => {
  const documented = FAILURE_MEANINGS[code]?.status ?? '';
  const thrown = [...everySource.matchAll(new RegExp(`(\\d{3}),\\s*'${code}'`, 'g'))].map(([, status]) => status);
  const built = [...everySource.matchAll(new RegExp(`code: '${code}',\\s*status: (\\d{3})`, 'g'))].map(
    ([, status]) => status,
  );
  const listed = [...everySource.matchAll(new RegExp(`\\['${code}', (\\d{3})\\]`, 'g'))].map(([, status]) => status);
  for (const status of [...thrown, ...built, ...listed]) expect(documented).toContain(status);
  const uses = everySource.split(`'${code}'`).length - 1;
  expect(uses, `${code} is declared and never used`).toBeGreaterThan(1);
});

test('every page begins with its title', () => {
  const pages = repositoryFiles().filter((path) => path.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(15);
  expect(pages.filter((path) => !text(path).startsWith('# '))).toEqual([]);
});
