import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';
import { accepted, inRoute, problemsOf } from './test-kit.ts';

const resolved = (text: string) => resolveConfig(parseConfig(text, 'understudy.yaml'));
const deferOf = (lines: string) => resolved(inRoute(lines)).routes.get('a')?.defer;

describe('defer', () => {
  test.each([
    ['', { when: 'never', concurrency: 4 }],
    ['    workload: critical\n', { when: 'never', concurrency: 4 }],
    ['    workload: background\n', { when: 'on-request', concurrency: 4 }],
    ['    workload: internal\n', { when: 'on-request', concurrency: 4 }],
    ['    workload: background\n    defer: never\n', { when: 'never', concurrency: 4 }],
    ['    defer: always\n', { when: 'always', concurrency: 4 }],
    ['    workload: internal\n    defer: { concurrency: 9 }\n', { when: 'on-request', concurrency: 9 }],
    ['    defer: { when: always, concurrency: 1 }\n', { when: 'always', concurrency: 1 }],
  ])('%j is %o', (lines, expected) => {
    expect(deferOf(lines)).toEqual(expected);
  });

  test('a raw target never defers', () => {
    expect(problemsOf(inRoute('    defer: later\n'))).toHaveLength(1);
    expect(problemsOf(inRoute('    defer: { concurrency: 0 }\n'))[0]?.message).toContain('out of range');
  });
});

describe('jobs', () => {
  test('without a word of them', () => {
    expect(resolved(accepted).jobs).toEqual({
      leaseMs: 60_000,
      attempts: 8,
      deadlineMs: 86_400_000,
      keepMs: 604_800_000,
      queue: { jobs: 10_000, bytes: 268_435_456, ageMs: 43_200_000 },
    });
    expect(resolved(accepted).webhooks.size).toBe(0);
  });

  test('every option arrives', () => {
    const text = `${accepted}jobs: { deadline: 2h, attempts: 3, lease: 20s, queue: { jobs: 5, size: 2MiB, age: 1h } }
retention: { jobs: 1h }
webhooks: { ends: { url: "https://app.example.com/hook", secret: "env:HOOK_SECRET" } }
`;
    expect(resolved(text).jobs).toEqual({
      leaseMs: 20_000,
      attempts: 3,
      deadlineMs: 7_200_000,
      keepMs: 3_600_000,
      queue: { jobs: 5, bytes: 2_097_152, ageMs: 3_600_000 },
    });
    expect(resolved(text).webhooks.get('ends')).toEqual({
      url: 'https://app.example.com/hook',
      secret: { kind: 'env', name: 'HOOK_SECRET' },
    });
  });

  test.each([
    ['more than eight attempts', 'jobs: { attempts: 9 }', 'jobs.attempts'],
    ['a lease without a unit', 'jobs: { lease: 60 }', 'jobs.lease'],
    [
      'a secret in the file',
      'webhooks: { ends: { url: "https://a.example", secret: whsec_abc } }',
      'webhooks.ends.secret',
    ],
    ['an address that is none', 'webhooks: { ends: { url: "a.example", secret: "env:A" } }', 'webhooks.ends.url'],
    ['an endpoint of no name', 'webhooks: { "A b": { url: "https://a.example", secret: "env:A" } }', 'webhooks["A b"]'],
  ])('%s is refused by name', (_, line, path) => {
    expect(problemsOf(`${accepted}${line}\n`).map((problem) => problem.path)).toEqual([path]);
  });
});
