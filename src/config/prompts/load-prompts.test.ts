import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../problems.ts';
import { loadPrompts, type PromptFiles } from './load-prompts.ts';
import { readLock, writeLock } from './read-lock.ts';
import { readPrompt } from './read-prompt.ts';

const PLACE = { dir: '/w/prompts', lock: '/w/prompts.lock' };
const OLD = 'role: Old.\n';
const NEW = 'role: New.\n';

function filesOf(files: Readonly<Record<string, string>>): PromptFiles {
  return {
    list: async (folder) => {
      const names = Object.keys(files).flatMap((path) =>
        path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [],
      );
      return names.length > 0 ? names : undefined;
    },
    read: async (file) => files[file],
  };
}

const load = (files: Readonly<Record<string, string>>) => loadPrompts(PLACE, filesOf(files));
const hashOf = (text: string) => {
  const read = readPrompt(text, 'a.yaml', 'a');
  return read.ok ? read.version.hash : '';
};
const lockOf = (pins: Record<string, Record<string, string>>) => `version: 1\npins: ${JSON.stringify(pins)}\n`;

async function problemsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const error = await load(files).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error instanceof ConfigError ? error.problems.map(({ file, message }) => `${file}: ${message}`) : [];
}

describe('a folder of prompts', () => {
  test('that is not there is no prompts', async () => {
    expect(await load({})).toBeUndefined();
  });

  test('holds prompts under the names of their files; others are left alone', async () => {
    const library = await load({
      '/w/prompts/a.yaml': NEW,
      '/w/prompts/b.yml': OLD,
      '/w/prompts/README.md': '# no prompt',
      '/w/prompts/.hidden.yaml': 'nonsense: [',
    });
    expect(library?.names).toEqual(['a', 'b']);
    expect(library?.versionFor('a', 'p/m')?.hash).toBe(hashOf(NEW));
  });

  test('tells every problem of every file at once', async () => {
    const problems = await problemsOf({ '/w/prompts/a.yaml': 'rule: x\n', '/w/prompts/b.yaml': 'role: {{ x }}\n' });
    expect(problems.map((problem) => problem.split(':')[0])).toContain('/w/prompts/a.yaml');
    expect(problems.map((problem) => problem.split(':')[0])).toContain('/w/prompts/b.yaml');
  });

  test('has one file for a prompt', async () => {
    expect(await problemsOf({ '/w/prompts/a.yaml': NEW, '/w/prompts/a.yml': NEW })).toEqual([
      '/w/prompts/a.yml: there is a second file of the prompt a',
    ]);
  });
});

describe('a lock', () => {
  const kept = `/w/prompts/.pinned/a@${hashOf(OLD)}.yaml`;

  test('tells a target the version that was kept for it, and others the present one', async () => {
    const library = await load({
      '/w/prompts/a.yaml': NEW,
      [kept]: OLD,
      '/w/prompts.lock': lockOf({ a: { 'p/old': hashOf(OLD) } }),
    });
    expect(library?.versionFor('a', 'p/old')?.spec.role).toBe('Old.');
    expect(library?.versionFor('a', 'p/other')?.spec.role).toBe('New.');
    expect(library?.versions('a')).toHaveLength(2);
  });

  test('whose text is gone is refused', async () => {
    const [problem] = await problemsOf({
      '/w/prompts/a.yaml': NEW,
      '/w/prompts.lock': lockOf({ a: { 'p/old': hashOf(OLD) } }),
    });
    expect(problem).toContain(`p/old is pinned to a@${hashOf(OLD)}, whose text is neither the present one nor kept`);
  });

  test('of a prompt that is not there is refused', async () => {
    expect(await problemsOf({ '/w/prompts.lock': lockOf({ a: { 'p/m': hashOf(OLD) } }) })).toEqual([
      '/w/prompts.lock: there is no prompt a',
    ]);
  });

  test('whose kept text was edited is refused', async () => {
    const [problem] = await problemsOf({ '/w/prompts/a.yaml': NEW, [kept]: 'role: Old, but edited.\n' });
    expect(problem).toContain('does not say what its name stands for');
  });

  test.each([
    ['pins: {}\n', 'is missing'],
    ['version: 2\npins: {}\n', ''],
    ['version: 1\npins: { a: { p/m: latest } }\n', 'is no version of a prompt'],
  ])('%j is refused', (text, message) => {
    const read = readLock(text, 'prompts.lock');
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.problems[0]?.message).toContain(message);
  });

  test('that was written is read as it was meant', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,10}$/);
    const target = fc.stringMatching(/^[a-z]{1,5}\/[A-Za-z0-9:._/@-]{1,12}$/);
    const hash = fc.stringMatching(/^[0-9a-f]{12}$/);
    const pins = fc.uniqueArray(fc.record({ name, target, hash }), {
      selector: (pin) => `${pin.name} ${pin.target}`,
      maxLength: 8,
    });
    fc.assert(
      fc.property(pins, (given) => {
        const read = readLock(writeLock(given), 'prompts.lock');
        const sorted = (list: typeof given) =>
          [...list].sort((a, b) => (`${a.name} ${a.target}` < `${b.name} ${b.target}` ? -1 : 1));
        expect(read.ok && sorted([...read.pins])).toEqual(sorted(given));
      }),
    );
  });
});
