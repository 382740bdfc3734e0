import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxConfigBytes, parseConfig } from './parse.ts';
import { accepted, inRoute, problemsOf } from './test-kit.ts';

test('the accepted text of these cases has no problem', () => expect(problemsOf(accepted)).toEqual([]));

test('the column is that of the value, and that of the name for an unknown option', () => {
  expect(problemsOf(inRoute('    failover: { deadline: 30s, primaryBudget: 8 }\n'))[0]).toMatchObject({
    line: 6,
    column: 47,
  });
  expect(problemsOf(inRoute('    failover: { deadline: 30s, budget: 8s }\n'))[0]).toMatchObject({
    line: 6,
    column: 32,
  });
});

test('all problems come at once, in the order of the file, those of the schema and those of names together', () => {
  const found = problemsOf(`providers:
  openai: { apiKey: sk-planted-0123456789 }
routes:
  a:
    targets: [openai/x, nowhere/y]
    failover: { primaryBudget: 8 }
  b:
    targets: [openai/x, openai/x]
`);
  expect(found.map(({ line, path }) => [line, path])).toEqual([
    [2, 'providers.openai.apiKey'],
    [5, 'routes.a.targets[1]'],
    [6, 'routes.a.failover.primaryBudget'],
    [8, 'routes.b.targets[1]'],
  ]);
});

test('a broken provider is not told a second time through its targets', () => {
  const found = problemsOf(
    'providers:\n  openai: 5\n  anthropic: {}\nroutes:\n  a: { targets: [openai/x, anthropic/y] }\n',
  );
  expect(found.map(({ path }) => path)).toEqual(['providers.openai']);
});

test('a target that stands behind one of the wrong shape is not told, since its place is not certain', () => {
  const found = problemsOf('providers: { openai: {} }\nroutes:\n  a: { targets: [5, nowhere/x] }\n');
  expect(found.map(({ path }) => path)).toEqual(['routes.a.targets[0]']);
});

test('a wrong value behind an alias is located where it is written, once for each use', () => {
  const found = problemsOf(`providers: { openai: {} }
routes:
  a: { targets: [openai/x], failover: &times { deadline: 5 } }
  b: { targets: [openai/x], failover: *times }
`);
  expect(found.map(({ line, path }) => [line, path])).toEqual([
    [3, 'routes.a.failover.deadline'],
    [3, 'routes.b.failover.deadline'],
  ]);
});

test('aliases that multiply are refused before they fill the memory', () => {
  const list = (name: string, of: string) => `${name}: &${name} [${Array.from({ length: 9 }, () => of).join(',')}]\n`;
  const bomb = ['*a', '*b', '*c', '*d', '*e', '*f', '*g'].reduce(
    (text, of, at) => text + list('bcdefgh'[at] ?? '', of),
    list('a', 'x'),
  );
  expect(problemsOf(bomb)).toMatchObject([
    { message: expect.stringContaining('aliases'), fix: 'write the values out' },
  ]);
});

test('a file of more than a mebibyte is refused', () => {
  const found = problemsOf(`# ${'x'.repeat(maxConfigBytes)}\n${accepted}`);
  expect(found).toMatchObject([{ message: 'is larger than 1 MiB', file: 'understudy.yaml' }]);
});

test('the message of the error lists place, path, problem and fix', () => {
  expect(() => parseConfig(inRoute('    failover: { primaryBudget: 8 }\n'), 'x.yaml')).toThrow(
    'The configuration has one problem:\n  x.yaml:6:32  routes.a.failover.primaryBudget: 8 has no unit\n      → write 8s, 8ms, 8m or 8h',
  );
});

test('arbitrary text gives a ConfigError or a configuration, nothing else', () => {
  const word = fc.constantFrom(
    'providers',
    'routes',
    'server',
    'a',
    ':',
    ' ',
    '\n',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '"',
    '&x',
    '*x',
    '<<',
    '#',
    '|',
    '8',
    '8s',
    '__proto__',
    'null',
    'openai/x',
    '?',
    '!!js',
    '---',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 40 }).map((words) => words.join('')),
  );
  fc.assert(
    fc.property(text, (written) => {
      expect(Array.isArray(problemsOf(written))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('an arbitrary value anywhere in a good configuration gives a ConfigError or a configuration, nothing else', () => {
  const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json));
  const places = [
    (json: string) => `${accepted}server: ${json}\n`,
    (json: string) => `${accepted}health: { breaker: ${json} }\n`,
    (json: string) => `providers: { openai: ${json} }\nroutes: { a: { targets: [openai/x] } }\n`,
    (json: string) => `providers: { openai: {} }\nroutes: { a: { targets: [openai/x, ${json}] } }\n`,
    (json: string) =>
      `providers: { openai: {} }\nroutes: { a: { targets: [openai/x], failover: { hold: ${json} } } }\n`,
    (json: string) => `providers: { openai: {} }\nroutes: ${json}\n`,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (place, json) => {
      for (const { line } of problemsOf(place(json))) expect(line).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
