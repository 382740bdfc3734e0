import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';
import { accepted, inProvider, inRoute, inServer, problemsOf, type RefusedCase, reachable } from './test-kit.ts';

const resolve = (text: string) => resolveConfig(parseConfig(text, 'understudy.yaml'));
const demandsOf = (lines: string) => resolve(inRoute(lines)).routes.get('a')?.demands;

describe('what a route asks of whoever serves it', () => {
  test('is nothing unless told', () => {
    expect(demandsOf('')).toEqual({ tier: 'any', parity: { mode: 'none' } });
  });

  test('is taken over as written', () => {
    const lines = [
      'residency: [eu, ch]',
      'retention: 30',
      'languages: [de, pt-BR]',
      'tier: same-or-better',
      'maxFirstContent: 2s',
      'rate: { perMinute: 600 }',
      'spend: { perHour: 5, perDay: 50.5, perIncident: 20, maxCostMultiple: 3, unknownPrice: allow }',
    ];
    expect(demandsOf(lines.map((line) => `    ${line}\n`).join(''))).toEqual({
      residency: ['eu', 'ch'],
      maxRetentionDays: 30,
      languages: ['de', 'pt-BR'],
      tier: 'same-or-better',
      maxFirstContentMs: 2_000,
      rate: { perMinute: 600 },
      parity: { mode: 'none' },
      spending: { perHourUsd: 5, perDayUsd: 50.5, perIncidentUsd: 20, maxCostMultiple: 3, unknownPrice: 'allow' },
    });
  });

  test('no retention is none, and a price that nobody knows is refused unless told', () => {
    expect(demandsOf('    retention: none\n    spend: { perDay: 1 }\n')).toMatchObject({
      maxRetentionDays: 0,
      spending: { perDayUsd: 1, unknownPrice: 'refuse' },
    });
  });

  test('parity has a short form', () => {
    const parity = (written: string) => demandsOf(`    parity: ${written}\n`)?.parity;
    expect(parity('none')).toEqual({ mode: 'none' });
    expect(parity('tolerant')).toEqual({ mode: 'tolerant', accepted: [] });
    expect(parity('strict')).toEqual({ mode: 'strict', accepted: [], allowUnknown: false });
    expect(parity('{ mode: strict, allowUnknown: true }')).toEqual({
      mode: 'strict',
      accepted: [],
      allowUnknown: true,
    });
  });

  test('a word holds through its last day, or to its last moment', () => {
    const end = (until: string) => {
      const word = `{ target: openai/gpt-5.6, until: ${until}, reason: read }`;
      const parity = demandsOf(`    parity: { mode: tolerant, accepted: [${word}] }\n`)?.parity;
      const [accepted] = parity && parity.mode !== 'none' ? parity.accepted : [];
      return accepted?.until;
    };
    expect(end('2026-12-31')).toBe(Date.UTC(2027, 0, 1));
    expect(end('2026-12-31T18:30Z')).toBe(Date.UTC(2026, 11, 31, 18, 30));
  });
});

test('limits of callers are found by the names of their keys', () => {
  const keys = [
    '    - { name: web, key: "env:WEB", spend: { perHour: 2 }, rate: { perMinute: 60 } }',
    '    - { name: app, key: "env:APP", rate: { perMinute: 5 } }',
    '    - { name: free, key: "env:FREE" }',
  ];
  const { callerLimits } = resolve(inServer(`  keys:\n${keys.join('\n')}\n`));
  expect([...callerLimits]).toEqual([
    ['web', { spending: { perHourUsd: 2, unknownPrice: 'refuse' }, rate: { perMinute: 60 } }],
    ['app', { rate: { perMinute: 5 } }],
  ]);
});

test('how long a host keeps things: the operator’s word for the account, and before it the word for the model', () => {
  const { routes } = resolve(
    'providers:\n  openai: { retentionDays: 7, models: { gpt-5.4: { retentionDays: 0 } } }\n  groq: {}\nroutes:\n  a: { targets: [openai/gpt-5.6, openai/gpt-5.4, groq/openai/gpt-oss-120b] }\n',
  );
  expect(routes.get('a')?.targets.map(({ target }) => target.retentionDays)).toEqual([7, 0, 0]);
});

const CASES: RefusedCase[] = [
  [
    'a budget that limits nothing',
    inRoute('    spend: { unknownPrice: allow }\n'),
    6,
    'routes.a.spend',
    /limits nothing/,
    /perHour/,
  ],
  [
    'a caller’s budget that limits nothing',
    inServer('  keys: [{ name: web, key: "env:WEB", spend: {} }]\n'),
    6,
    'server.keys[0].spend',
    /limits nothing/,
    /perHour/,
  ],
  [
    'a tag’s budget that limits nothing',
    `${accepted}tags: { batch: { spend: { unknownPrice: allow } } }\n`,
    5,
    'tags.batch.spend',
    /limits nothing/,
    /perHour/,
  ],
  [
    'a tag that no header could carry',
    `${accepted}tags: { "a,b": { rate: { perMinute: 1 } } }\n`,
    5,
    'tags["a,b"]',
    /no tag/,
    /without a comma/,
  ],
  ['a negative budget', inRoute('    spend: { perDay: -1 }\n'), 6, 'routes.a.spend.perDay', /out of range/, /from 0/],
  ['no regions', inRoute('    residency: []\n'), 6, 'routes.a.residency', /is empty/, /name regions/],
  [
    'a language that is none',
    inRoute('    languages: [german]\n'),
    6,
    'routes.a.languages[0]',
    /no language/,
    /de or pt-BR/,
  ],
  ['a tier that is none', inRoute('    tier: best\n'), 6, 'routes.a.tier', /"best" is not known/, /same-or-better/],
  [
    'a rate of nothing',
    inRoute('    rate: { perMinute: 0 }\n'),
    6,
    'routes.a.rate.perMinute',
    /out of range/,
    /from 1/,
  ],
  ['a retention without a number', inRoute('    retention: short\n'), 6, 'routes.a.retention', /wrong form/, /none/],
  [
    'allowUnknown on a route that is not strict',
    inRoute('    parity: { mode: tolerant, allowUnknown: true }\n'),
    6,
    'routes.a.parity.allowUnknown',
    /no effect unless mode is strict/,
    /leave it out/,
  ],
  [
    'words on a route that asks for none',
    inRoute('    parity: { mode: none, accepted: [] }\n'),
    6,
    'routes.a.parity.accepted',
    /no effect where mode is none/,
    /mode: strict/,
  ],
  [
    'a word for a stranger',
    inRoute('    parity: { mode: strict, accepted: [{ target: openai/other, reason: read }] }\n'),
    6,
    'routes.a.parity.accepted[0].target',
    /openai\/other is no target of this route/,
    /openai\/gpt-5\.6/,
  ],
  [
    'a word until a day that is in no calendar',
    inRoute('    parity: { mode: strict, accepted: [{ target: openai/gpt-5.6, until: 2026-13-45, reason: read }] }\n'),
    6,
    'routes.a.parity.accepted[0].until',
    /in no calendar/,
    /2026-12-31/,
  ],
  [
    'a word until some day',
    inRoute('    parity: { mode: strict, accepted: [{ target: openai/gpt-5.6, until: soon, reason: read }] }\n'),
    6,
    'routes.a.parity.accepted[0].until',
    /no day/,
    /2026-12-31/,
  ],
  [
    'auto before another target',
    'providers:\n  openai: {}\nroutes:\n  a: { targets: [auto, openai/gpt-5.6] }\n',
    4,
    'routes.a.targets[0]',
    /not the last target/,
    /at the end/,
  ],
  [
    'auto where there is nothing to begin with',
    inProvider(reachable).replace('[p/m]', 'auto'),
    2,
    'routes.a.targets[0]',
    /stands alone/,
    /write the primary before it/,
  ],
  [
    'auto and no failover',
    'providers:\n  openai: {}\nroutes:\n  a:\n    targets: auto\n    failover: { policy: single }\n',
    6,
    'routes.a.failover.policy',
    /first target alone/,
    /hot-cold/,
  ],
];

test.each(CASES)('%s is refused', (_, text, line, path, message, fix) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ line, path, message: expect.stringMatching(message) });
  if (fix) expect(problems[0]?.fix).toMatch(fix);
});
