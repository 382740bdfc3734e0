import { describe, expect, test } from 'vitest';
import { accepted, inProvider, inRoute, inServer, problemsOf, type RefusedCase, reachable } from './test-kit.ts';

const CASES: RefusedCase[] = [
  ['an empty file', '', 1, '', /the file is empty/, /understudy init/],
  ['a list instead of options', '- 1\n', 1, '', /is a list where a group of options belongs/, undefined],
  ['a tab for indentation', 'providers:\n\topenai: {}\n', 2, '', /tab/, /spaces/],
  ['a name that stands twice', `${accepted}routes:\n  b: { targets: [openai/x] }\n`, 5, '', /twice/, /remove one/],
  ['an unclosed quote', `${accepted}storage: "sqlite:./x\n`, 6, '', /missing/, undefined],
  ['two documents', `${accepted}---\na: 1\n`, 5, '', /more than one document/, /---/],
  ['an unknown alias', `${accepted}storage: *nowhere\n`, 5, '', /aliases/, /write the values out/],
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

  ['a mistyped section', `${accepted}telemtry: {}\n`, 5, 'telemtry', /no option here/, /did you mean "telemetry"/],
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
    /1d/,
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
    inProvider(`${reachable}    models: { m: { abilities: { visions: yes } } }\n`),
    7,
    'providers.p.models.m.abilities.visions',
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
  ['a ledger in memory', `${accepted}storage: "sqlite::memory:"\n`, 5, 'storage', /no place/, /sqlite:\.\/data/],
  [
    'a seal key in plain sight',
    `${accepted}storage: { sealKey: "secret" }\n`,
    5,
    'storage.sealKey',
    /literal/,
    /env:NAME/,
  ],
  [
    'a ledger in memory, as an object',
    `${accepted}storage: { url: "sqlite::memory:" }\n`,
    5,
    'storage.url',
    /no place/,
    /sqlite/,
  ],
  ['a ledger that is not supported', `${accepted}storage: "postgres://db"\n`, 5, 'storage', /no place/, /sqlite/],
];

describe('a configuration of the wrong shape: the error points at the line and says what to write', () => {
  test.each(CASES)('%s', (_situation, text, line, path, message, fix) => {
    const found = problemsOf(text);
    expect(found).toHaveLength(1);
    const [problem] = found;
    expect(problem).toMatchObject({ file: 'understudy.yaml', line, path });
    expect(problem?.message).toMatch(message);
    if (fix) expect(problem?.fix).toMatch(fix);
    else expect(problem?.fix).toBeUndefined();
  });
});
