import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxConfigBytes, parseConfig } from './parse.ts';
import { type ConfigProblem, isConfigError } from './problems.ts';

function problems(text: string): readonly ConfigProblem[] {
  try {
    parseConfig(text, 'understudy.yaml');
  } catch (error) {
    if (isConfigError(error)) return error.problems;
    throw error;
  }
  return [];
}

const base = `providers:
  openai: { apiKey: "env:OPENAI_API_KEY" }
routes:
  a: { targets: [openai/gpt-5.6] }
`;

/** Each case: what is written, then line, path, words of the message, words of the fix. */
type Case = [situation: string, text: string, line: number, path: string, message: RegExp, fix: RegExp | undefined];

const inServer = (lines: string) => `${base}server:\n${lines}`;
const inRoute = (lines: string) => `providers:\n  openai: {}\nroutes:\n  a:\n    targets: [openai/gpt-5.6]\n${lines}`;
const inProvider = (lines: string) =>
  `routes:\n  a: { targets: [p/m] }\nproviders:\n  p:\n    dialect: openai-chat\n${lines}`;
const reachable = '    baseUrl: http://127.0.0.1:1/v1\n';

const CASES: Case[] = [
  ['an empty file', '', 1, '', /the file is empty/, /understudy init/],
  ['a list instead of options', '- 1\n', 1, '', /is a list where a group of options belongs/, undefined],
  ['a tab for indentation', 'providers:\n\topenai: {}\n', 2, '', /tab/, /spaces/],
  ['a name that stands twice', `${base}routes:\n  b: { targets: [openai/x] }\n`, 5, '', /twice/, /remove one/],
  ['an unclosed quote', `${base}storage: "sqlite:./x\n`, 6, '', /missing/, undefined],
  ['two documents', `${base}---\na: 1\n`, 5, '', /more than one document/, /---/],
  ['an unknown alias', `${base}storage: *nowhere\n`, 5, '', /aliases/, /write the values out/],
  ['no providers', 'routes:\n  a: { targets: [openai/x] }\n', 1, 'providers', /is missing/, /add it/],
  ['no routes', 'providers:\n  openai: {}\n', 1, 'routes', /is missing/, /add it/],
  [
    'providers without any',
    'providers: {}\nroutes:\n  a: { targets: [openai/x] }\n',
    1,
    'providers',
    /is empty/,
    /openai/,
  ],
  ['routes without any', 'providers: { openai: {} }\nroutes: {}\n', 2, 'routes', /is empty/, /default/],
  [
    'a provider without a value',
    'providers:\n  openai:\nroutes:\n  a: { targets: [openai/x] }\n',
    2,
    'providers.openai',
    /is empty/,
    /\{\}/,
  ],

  ['a mistyped section', `${base}telemtry: {}\n`, 5, 'telemtry', /no option here/, /did you mean "telemetry"/],
  [
    'a mistyped option',
    inRoute('    failover: { primryBudget: 8s }\n'),
    6,
    'routes.a.failover.primryBudget',
    /no option/,
    /"primaryBudget"/,
  ],
  [
    'a mistyped option of a target',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets:\n      - { target: openai/x, promt: {} }\n',
    5,
    'routes.a.targets[0].promt',
    /no option/,
    /"prompt"/,
  ],
  [
    'a duration without a unit',
    inRoute('    failover: { primaryBudget: 8 }\n'),
    6,
    'routes.a.failover.primaryBudget',
    /8 has no unit/,
    /write 8s/,
  ],
  ['a duration in words', inRoute('    timeouts: { gap: soon }\n'), 6, 'routes.a.timeouts.gap', /no duration/, /500ms/],
  [
    'a duration beyond a day',
    inRoute('    timeouts: { gap: 25h }\n'),
    6,
    'routes.a.timeouts.gap',
    /out of range/,
    /24h/,
  ],
  ['a size without a unit', inServer('  limits: { body: 20 }\n'), 6, 'server.limits.body', /no size/, /20MiB/],
  [
    'a count that is too large',
    inRoute('    failover: { attempts: 4 }\n'),
    6,
    'routes.a.failover.attempts',
    /out of range/,
    /1 to 3/,
  ],
  [
    'a share that leaves nothing',
    inRoute('    failover: { reserve: 0.95 }\n'),
    6,
    'routes.a.failover.reserve',
    /out of range/,
    /0\.9/,
  ],
  [
    'an unknown word of a list',
    inRoute('    workload: interactiv\n'),
    6,
    'routes.a.workload',
    /"interactiv" is not known/,
    /"interactive"/,
  ],
  [
    'an unknown hold',
    inRoute('    failover: { hold: later }\n'),
    6,
    'routes.a.failover.hold',
    /wrong form/,
    /first-content or whole-answer/,
  ],
  [
    'a hold of no tokens',
    inRoute('    failover: { hold: { tokens: 0 } }\n'),
    6,
    'routes.a.failover.hold.tokens',
    /out of range/,
    /1 to 2000/,
  ],
  [
    'a number where true or false belongs',
    inServer('  strictCompat: 1\n'),
    6,
    'server.strictCompat',
    /neither true nor false/,
    /true or false/,
  ],
  [
    'true for an ability',
    inProvider(`${reachable}    models: { m: { abilities: { tools: true } } }\n`),
    7,
    'providers.p.models.m.abilities.tools',
    /none of yes, no/,
    /yes, no or unknown/,
  ],
  [
    'an unknown ability',
    inProvider(`${reachable}    models: { m: { abilities: { smell: yes } } }\n`),
    7,
    'providers.p.models.m.abilities.smell',
    /no option here/,
    /vision/,
  ],
  [
    'a price without its output',
    inProvider(`${reachable}    models: { m: { price: { inputPerMillion: 1 } } }\n`),
    7,
    'providers.p.models.m.price.outputPerMillion',
    /missing/,
    /US dollars/,
  ],
  [
    'a route without targets',
    'providers: { openai: {} }\nroutes:\n  a: { targets: [] }\n',
    3,
    'routes.a.targets',
    /is empty/,
    /at least one/,
  ],
  [
    'one target that is no list',
    'providers: { openai: {} }\nroutes:\n  a: { targets: openai/x }\n',
    3,
    'routes.a.targets',
    /no list/,
    /\[openai/,
  ],
  ['a ledger in memory', `${base}storage: "sqlite::memory:"\n`, 5, 'storage', /no place/, /sqlite:\.\/data/],
  ['a ledger that is not supported', `${base}storage: "postgres://db"\n`, 5, 'storage', /no place/, /sqlite/],

  [
    'a literal API key',
    'providers:\n  openai:\n    apiKey: sk-planted-0123456789\nroutes:\n  a: { targets: [openai/x] }\n',
    3,
    'providers.openai.apiKey',
    /literal value/,
    /env:NAME/,
  ],
  [
    'a literal admin key',
    inServer('  adminKey: planted-0123456789\n'),
    6,
    'server.adminKey',
    /literal value/,
    /env:NAME/,
  ],
  [
    'a literal caller key',
    inServer('  keys: [{ name: web, key: planted-0123456789 }]\n'),
    6,
    'server.keys[0].key',
    /literal value/,
    /file:/,
  ],
  [
    'a literal key in a header',
    inProvider(`${reachable}    headers: { api-key: planted-0123456789 }\n`),
    7,
    'providers.p.headers.api-key',
    /literal secret/,
    /env:NAME/,
  ],
  [
    'a key in a header of another name',
    inProvider(`${reachable}    headers: { x-team: sk-planted-0123456789 }\n`),
    7,
    'providers.p.headers.x-team',
    /literal secret/,
    /env:NAME/,
  ],
  [
    'a header that the gateway sets',
    inProvider(`${reachable}    headers: { Content-Type: text/plain }\n`),
    7,
    'providers.p.headers.Content-Type',
    /sets itself/,
    /leave it out/,
  ],
  [
    'two credentials',
    inProvider(`${reachable}    apiKey: "env:A"\n    headers: { api-key: "env:B" }\n`),
    8,
    'providers.p.headers.api-key',
    /beside apiKey/,
    /one of the two/,
  ],
  [
    'a line break in a header',
    inProvider(`${reachable}    headers: { x-a: "b\\nc" }\n`),
    7,
    'providers.p.headers.x-a',
    /no header may have/,
    /ASCII/,
  ],
  [
    'a header name with a space',
    inProvider(`${reachable}    headers: { "x a": b }\n`),
    7,
    'providers.p.headers["x a"]',
    /no header name/,
    /dashes/,
  ],

  [
    'an unknown provider without base URL',
    'providers:\n  mycorp: { dialect: openai-chat }\nroutes:\n  a: { targets: [mycorp/x] }\n',
    2,
    'providers.mycorp',
    /no known provider, so it needs baseUrl/,
    /baseUrl/,
  ],
  [
    'a mistyped known provider',
    'providers:\n  antropic: {}\nroutes:\n  a: { targets: [antropic/x] }\n',
    2,
    'providers.antropic',
    /needs dialect and baseUrl/,
    /did you mean "anthropic"/,
  ],
  [
    'azure without its address',
    'providers:\n  azure: { apiKey: "env:A" }\nroutes:\n  a: { targets: [azure/x] }\n',
    2,
    'providers.azure',
    /needs dialect and baseUrl/,
    /openai\.azure\.com/,
  ],
  [
    'an unknown dialect',
    'providers:\n  p: { dialect: openai-chatt, baseUrl: "http://x" }\nroutes:\n  a: { targets: [p/x] }\n',
    2,
    'providers.p.dialect',
    /not known here/,
    /did you mean "openai-chat"/,
  ],
  [
    'a base URL of another scheme',
    inProvider('    baseUrl: ftp://x/v1\n'),
    6,
    'providers.p.baseUrl',
    /no http/,
    /https/,
  ],
  ['a base URL that is none', inProvider('    baseUrl: localhost/v1\n'), 6, 'providers.p.baseUrl', /no http/, /https/],
  [
    'a password in the base URL',
    inProvider('    baseUrl: http://u:planted-0123456789@x/v1\n'),
    6,
    'providers.p.baseUrl',
    /user name or password/,
    /apiKey/,
  ],
  [
    'a key in the query of the base URL',
    inProvider('    baseUrl: "https://x/v1?key=planted-0123456789"\n'),
    6,
    'providers.p.baseUrl',
    /query/,
    /apiKey/,
  ],
  [
    'a provider name with a slash',
    'providers:\n  a/b: { dialect: openai-chat, baseUrl: "http://x" }\nroutes:\n  r: { targets: [a/b/c] }\n',
    2,
    'providers["a/b"]',
    /no provider name/,
    /letters/,
  ],

  [
    'a target of an unknown provider',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, opnai/y]\n',
    4,
    'routes.a.targets[1]',
    /no provider "opnai"/,
    /did you mean "openai"/,
  ],
  [
    'a target of a known provider that is not configured',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, anthropic/y]\n',
    4,
    'routes.a.targets[1]',
    /no provider "anthropic"/,
    /`anthropic: \{\}`/,
  ],
  [
    'a target without a provider',
    'providers: { openai: {} }\nroutes:\n  a: { targets: [gpt-5.6] }\n',
    3,
    'routes.a.targets[0]',
    /no target/,
    /provider\/model/,
  ],
  [
    'the same target twice',
    'providers: { openai: {} }\nroutes:\n  a: { targets: [openai/x, { target: openai/x }] }\n',
    3,
    'routes.a.targets[1].target',
    /stands twice/,
    /attempts/,
  ],
  [
    'a route named like a target',
    'providers: { openai: {} }\nroutes:\n  openai/x: { targets: [openai/x] }\n',
    3,
    'routes["openai/x"]',
    /no route name/,
    /slash means provider\/model/,
  ],
  [
    'one target and a policy for more',
    'providers: { openai: {} }\nroutes:\n  a:\n    targets: [openai/x, openai/y]\n    failover: { policy: single }\n',
    5,
    'routes.a.failover.policy',
    /first target alone/,
    /hot-cold/,
  ],
  [
    'a budget beyond the deadline',
    inRoute('    failover: { primaryBudget: 40s, deadline: 30s }\n'),
    6,
    'routes.a.failover.primaryBudget',
    /longer than the deadline/,
    /shorter/,
  ],
  [
    'a port open to others without keys',
    inServer('  host: 0.0.0.0\n'),
    6,
    'server.host',
    /reachable from other machines/,
    /server\.keys/,
  ],
  [
    'two callers of one name',
    inServer('  keys: [{ name: w, key: "env:A" }, { name: w, key: "env:B" }]\n'),
    6,
    'server.keys[1].name',
    /another key/,
    /own name/,
  ],
  [
    'a caller of an unknown route',
    inServer('  keys: [{ name: w, key: "env:A", routes: [b] }]\n'),
    6,
    'server.keys[0].routes[0]',
    /no route "b"/,
    /did you mean "a"|routes are: a/,
  ],
  [
    'a longest interval below the first',
    `${base}health: { breaker: { probeInterval: 30s, probeIntervalMax: 10s } }\n`,
    5,
    'health.breaker.probeIntervalMax',
    /shorter/,
    /as long/,
  ],
];

describe('a refused configuration points at the line and says what to write', () => {
  test.each(CASES)('%s', (_situation, text, line, path, message, fix) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    const [problem] = found;
    expect(problem).toMatchObject({ file: 'understudy.yaml', line, path });
    expect(problem?.message).toMatch(message);
    if (fix) expect(problem?.fix).toMatch(fix);
    else expect(problem?.fix).toBeUndefined();
  });
});

test('the accepted base of these cases has no problem', () => expect(problems(base)).toEqual([]));

test('the column is that of the value, and that of the name for an unknown option', () => {
  expect(problems(inRoute('    failover: { deadline: 30s, primaryBudget: 8 }\n'))[0]).toMatchObject({
    line: 6,
    column: 47,
  });
  expect(problems(inRoute('    failover: { deadline: 30s, budget: 8s }\n'))[0]).toMatchObject({ line: 6, column: 32 });
});

test('all problems come at once, in the order of the file, those of the schema and those of names together', () => {
  const found = problems(`providers:
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
    [6, 'routes.a.failover.primaryBudget'],
    [8, 'routes.b.targets[1]'],
  ]);
});

test('a broken provider is not told a second time through its targets', () => {
  const found = problems(
    'providers:\n  openai: 5\n  anthropic: {}\nroutes:\n  a: { targets: [openai/x, anthropic/y] }\n',
  );
  expect(found.map(({ path }) => path)).toEqual(['providers.openai']);
});

test('a wrong value behind an alias is located where it is written, once for each use', () => {
  const found = problems(`providers: { openai: {} }
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
  expect(problems(bomb)).toMatchObject([{ message: expect.stringContaining('aliases'), fix: 'write the values out' }]);
});

test('a file of more than a mebibyte is refused', () => {
  const found = problems(`# ${'x'.repeat(maxConfigBytes)}\n${base}`);
  expect(found).toMatchObject([{ message: 'is larger than 1 MiB', file: 'understudy.yaml' }]);
});

test('no error holds a planted secret, whatever is wrong around it', () => {
  for (const [, text] of CASES) {
    const shown = JSON.stringify(problems(text));
    expect(shown).not.toContain('planted');
  }
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
      expect(Array.isArray(problems(written))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('an arbitrary value anywhere in a good configuration gives a ConfigError or a configuration, nothing else', () => {
  const value = fc.jsonValue({ maxDepth: 2 }).map((json) => JSON.stringify(json));
  const places = [
    (json: string) => `${base}server: ${json}\n`,
    (json: string) => `${base}health: { breaker: ${json} }\n`,
    (json: string) => `providers: { openai: ${json} }\nroutes: { a: { targets: [openai/x] } }\n`,
    (json: string) => `providers: { openai: {} }\nroutes: { a: { targets: [openai/x, ${json}] } }\n`,
    (json: string) =>
      `providers: { openai: {} }\nroutes: { a: { targets: [openai/x], failover: { hold: ${json} } } }\n`,
    (json: string) => `providers: { openai: {} }\nroutes: ${json}\n`,
  ];
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (place, json) => {
      for (const { line } of problems(place(json))) expect(line).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
