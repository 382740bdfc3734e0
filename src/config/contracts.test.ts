import { describe, expect, test } from 'vitest';
import { contractOf } from '../quality/test-kit.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';
import { inRoute, problemsOf } from './test-kit.ts';

const routeOf = (lines: string) => resolveConfig(parseConfig(inRoute(lines), 'understudy.yaml')).routes.get('a');
const contractIn = (written: string) => routeOf(`    contract: ${written}\n`)?.contract;

describe('contract', () => {
  test('a route without one has none', () => {
    expect(routeOf('')).not.toHaveProperty('contract');
  });

  test.each<[string, ReturnType<typeof contractOf>]>([
    ['{ schema: { type: object } }', contractOf({ schema: { type: 'object' } })],
    [
      '{ tools: { must: [a], mustNot: [b], arguments: { a: { type: object } } } }',
      contractOf({ mustCall: ['a'], mustNotCall: ['b'], arguments: { a: { type: 'object' } } }),
    ],
    [
      '{ length: { minCharacters: 1, maxCharacters: 2, minTokens: 3, maxTokens: 4 } }',
      contractOf({ length: { minCharacters: 1, maxCharacters: 2, minTokens: 3, maxTokens: 4 } }),
    ],
    ['{ language: de }', contractOf({ languages: ['de'] })],
    ['{ language: [de, ja] }', contractOf({ languages: ['de', 'ja'] })],
    ['{ require: ["a+"], forbid: ["b{2}"] }', contractOf({ required: ['a+'], forbidden: ['b{2}'] })],
    ['{ refusal: forbidden, truncation: forbidden }', contractOf({ refusal: 'forbidden', truncation: 'forbidden' })],
    ['{ numbers: [{ path: "$.a[*]", max: 3 }] }', contractOf({ numbers: [{ path: '$.a[*]', max: 3 }] })],
    [
      '{ checks: [{ module: ./checks/x.mjs }, { http: { url: "https://checks.example.com/x" } }] }',
      contractOf({
        checks: [
          { kind: 'module', name: 'x.mjs', path: './checks/x.mjs', timeoutMs: 2_000, onFailure: 'pass' },
          {
            kind: 'http',
            name: 'checks.example.com',
            url: 'https://checks.example.com/x',
            timeoutMs: 2_000,
            onFailure: 'pass',
          },
        ],
      }),
    ],
    [
      '{ checks: [{ name: own, onFailure: break, http: { url: "http://10.0.0.1/x", timeout: 50ms, region: eu } }] }',
      contractOf({
        checks: [
          { kind: 'http', name: 'own', url: 'http://10.0.0.1/x', region: 'eu', timeoutMs: 50, onFailure: 'break' },
        ],
      }),
    ],
  ])('%s', (written, expected) => expect(contractIn(written)).toEqual(expected));

  test.each([
    ['{}', 'contract', 'asks for nothing'],
    ['{ schema: { type: strng } }', 'contract.schema', 'cannot be checked'],
    ['{ tools: { arguments: { a: { $ref: "#/none" } } } }', 'contract.tools.arguments.a', 'cannot be checked'],
    ['{ tools: { must: [a], mustNot: [b, a] } }', 'contract.tools.mustNot[1]', 'must be called as well'],
    ['{ length: { minCharacters: 3, maxCharacters: 2 } }', 'contract.length', 'more characters than it allows'],
    ['{ length: { minTokens: 3, maxTokens: 2 } }', 'contract.length', 'more tokens than it allows'],
    ['{ language: tlh }', 'contract.language', 'no language that can be told'],
    ['{ require: ["(?=a)"] }', 'contract.require[0]', 'looks around'],
    ['{ forbid: ["("] }', 'contract.forbid[0]', 'no pattern'],
    ['{ require: [a], forbid: [a] }', 'contract.forbid[0]', 'required as well'],
    ['{ numbers: [{ path: a.b, min: 1 }] }', 'contract.numbers[0].path', 'is no path'],
    ['{ numbers: [{ path: $.a }] }', 'contract.numbers[0]', 'no bounds'],
    ['{ numbers: [{ path: $.a, min: 2, max: 1 }] }', 'contract.numbers[0]', 'above its max'],
    ['{ checks: [] }', 'contract.checks', 'is empty'],
    ['{ checks: [{ module: ./x.py }] }', 'contract.checks[0].module', 'is no module'],
    ['{ checks: [{ http: { url: "ftp://x" } }] }', 'contract.checks[0].http.url', 'is no address'],
    ['{ checks: [check.mjs] }', 'contract.checks[0]', 'neither a module'],
    ['{ refusal: never }', 'contract.refusal', ''],
  ])('%s is refused', (written, path, message) => {
    const [problem, ...more] = problemsOf(inRoute(`    contract: ${written}\n`));
    expect(more).toEqual([]);
    expect(problem?.path).toBe(`routes.a.${path}`);
    expect(problem?.message).toContain(message);
  });

  test('a check outside the regions of its route is refused, one inside is not', () => {
    const lines = (http: string) =>
      `    residency: [eu]\n    contract: { checks: [{ http: { url: "https://x.example", ${http} } }] }\n`;
    const messages = (http: string) => problemsOf(inRoute(lines(http))).map(({ path }) => path);
    expect(messages('region: us')).toContain('routes.a.contract.checks[0].http');
    expect(messages('timeout: 1s')).toContain('routes.a.contract.checks[0].http');
    expect(messages('region: eu')).not.toContain('routes.a.contract.checks[0].http');
  });
});

describe('failover.repair', () => {
  test.each([
    ['json', { repairJson: true }],
    ['Only the JSON.', { repairJson: false, repair: 'Only the JSON.' }],
    ['{ json: true }', { repairJson: true }],
    ['{ ask: Again. }', { repairJson: false, repair: 'Again.' }],
    ['{ json: true, ask: Again. }', { repairJson: true, repair: 'Again.' }],
  ])('%s', (written, expected) => {
    const route = routeOf(`    failover: { repair: ${written} }\n`);
    expect({ repairJson: route?.repairJson, repair: route?.repair }).toEqual({ repair: undefined, ...expected });
  });

  test.each(['{}', '{ json: false }'])('%s is refused: it has no effect', (written) => {
    expect(problemsOf(inRoute(`    failover: { repair: ${written} }\n`))).toHaveLength(1);
  });
});
