import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAY_MS, evalReport, type Measured, metric, newKey, receiptOf } from '../../../test/kit/receipt-kit.ts';
import type { Receipt } from '../../quality/receipts/receipt.ts';
import { type EvidencePlaces, EvidenceWatch, readEvidence } from './evidence.ts';
import { receiptsOf } from './issue.ts';
import { receiptFileName, writeReceipt } from './receipt-files.ts';
import { generateKeys, parsePublicKey, parseSigningKey } from './receipt-keys.ts';
import { distrust, sealed } from './seal.ts';

const NOW = Date.parse('2026-11-21T08:00:00Z');
const terms = { now: NOW, validForMs: 30 * DAY_MS };

describe('a report gives a receipt', () => {
  it('for a complete comparison, with everything that it rests on', () => {
    const report = evalReport({
      endedAt: NOW - DAY_MS,
      subject: { kind: 'prompt', name: 'support', route: 'reply' },
      target: { promptVersion: 'support@1', parameters: { temperature: 0 } },
      primary: { promptVersion: 'support@1' },
    });
    const judge = { target: 'omega/judge', servedModels: ['judge-1'], agreement: 0.9 };
    const { claims, withheld } = receiptsOf({ ...report, judge: { ...JUDGE, ...judge } }, terms);
    expect(withheld).toEqual([]);
    expect(claims).toEqual([
      {
        format: 'understudy-receipt/1',
        subject: { kind: 'prompt', name: 'support' },
        suite: { name: 'answers', hash: 'a'.repeat(64), file: 'evals/answers.yaml' },
        primary: { target: 'alpha/steady-1--status-503', snapshot: 'steady-1--status-503', promptVersion: 'support@1' },
        target: { target: 'beta/steady-1', snapshot: 'steady-1', promptVersion: 'support@1' },
        parameters: { temperature: 0 },
        n: 120,
        metrics: [
          expect.objectContaining({ metric: 'correct', difference: -0.01, margin: 0.05, n: 120, verdict: 'pass' }),
        ],
        verdict: 'pass',
        because: 'no worse than the primary by more than 0.05',
        judge: { target: 'omega/judge', snapshot: 'judge-1', agreement: 0.9 },
        measuredAt: '2026-11-20T08:00:00.000Z',
        issuedAt: '2026-11-21T08:00:00.000Z',
        expiresAt: '2026-12-20T08:00:00.000Z',
      },
    ]);
  });

  it('for one that failed, too: it says so', () => {
    expect(receiptsOf(evalReport({ endedAt: NOW, verdict: 'fail' }), terms).claims).toMatchObject([
      { verdict: 'fail' },
    ]);
  });

  it('with the fewest cases of its metrics, and bounds that JSON can hold', () => {
    const report = evalReport({ endedAt: NOW });
    const metrics = [
      metric(),
      metric({ metric: 'tone', n: 40, interval: { low: -0.02, high: Infinity, confidence: 0.95 } }),
    ];
    const comparison = { verdict: 'pass', because: 'both', metrics } as const;
    const { claims } = receiptsOf({ ...report, comparisons: [{ target: 'beta/steady-1', comparison }] }, terms);
    expect(claims[0]).toMatchObject({ n: 40, metrics: [{}, { interval: { low: -0.02, high: 1 } }] });
  });

  it.each<[string, Measured]>([
    ['no worse', { verdict: 'inconclusive' }],
    ['3 cases have no outcome under correct', { missing: 3 }],
    ['the run was stopped (spend-limit)', { stopped: { because: 'spend-limit', missing: 9 } }],
    ['its prompt is for the primary alone: jokes', { target: { primaryOnly: { reason: 'jokes' } } }],
    ['beta/steady-1 answered as several models (a, b)', { target: { servedModels: ['a', 'b'] } }],
    ['alpha/steady-1--status-503 answered as several models', { primary: { servedModels: ['a', 'b'] } }],
    ['too old by now', { endedAt: NOW - 31 * DAY_MS }],
    ['which is yet to come', { endedAt: NOW + 1 }],
  ])('and none, with the reason: %s', (because, measured) => {
    const { claims, withheld } = receiptsOf(evalReport({ endedAt: NOW, ...measured }), terms);
    expect(claims).toEqual([]);
    expect(withheld).toEqual([{ target: 'beta/steady-1', because: expect.stringContaining(because) }]);
  });
});

const JUDGE = { asked: 1, cached: 0, wanted: 0.8, trusted: true, because: 'checked' };

describe('a signature', () => {
  const key = newKey();
  const mine = parsePublicKey(key.publicText);
  const trust = { keys: mine ? [mine] : [], unsigned: 'refuse' } as const;
  const receipt = receiptOf({}, key);

  it('holds for what was signed, by whom it was signed', () => {
    expect(distrust(receipt, trust)).toBeUndefined();
    expect(distrust(JSON.parse(JSON.stringify(receipt)) as Receipt, trust)).toBeUndefined();
    expect(distrust(receiptOf({}, newKey()), trust)).toContain('not among `receipts.publicKeys`');
  });

  it('does not hold once anything at all was changed', () => {
    const paths = pathsOf(receipt).filter((path) => path.join('.') !== 'signature.keyId');
    fc.assert(
      fc.property(fc.constantFrom(...paths), (path) => {
        expect(distrust(changedAt(receipt, path), trust), path.join('.')).toBeDefined();
      }),
      { numRuns: 150 },
    );
    const { signature: _, ...rest } = receipt;
    const renamed = sealed({ ...receiptOf(), verdict: 'pass', n: 999 });
    expect(distrust({ ...renamed, signature: receipt.signature } as Receipt, trust)).toContain('does not hold');
    expect(distrust(rest, trust)).toContain('not signed');
  });

  it('may be left out where the operator says so, and then must not be wrong either', () => {
    const accepting = { ...trust, unsigned: 'accept' } as const;
    expect(distrust(receiptOf(), accepting)).toBeUndefined();
    expect(distrust({ ...receiptOf(), n: 121 }, accepting)).toContain('was changed after it was issued');
    expect(distrust(receiptOf({}, newKey()), accepting)).toContain('not among');
  });

  it('keys are text, and nothing else is a key', () => {
    const { publicText, secretText } = generateKeys();
    expect(parseSigningKey(`${secretText}\n`)?.publicText).toBe(publicText);
    expect(parseSigningKey(secretText)?.id).toBe(parsePublicKey(publicText)?.id);
    for (const text of ['', publicText, secretText.slice(0, -1), 'ed25519-secret:']) {
      expect(parseSigningKey(text)).toBeUndefined();
    }
    expect(parsePublicKey(secretText)).toBeUndefined();
  });
});

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]));
}

function changedAt<T>(value: T, [key, ...rest]: string[]): T {
  if (key === undefined) {
    if (typeof value === 'number') return (value + 0.5) as T;
    return `${String(value)}x` as T;
  }
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key] = changedAt(copy[key], rest);
  return copy as T;
}

describe('a folder of receipts', () => {
  let dir: string;
  let places: EvidencePlaces;
  const key = newKey();
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'understudy-folder-'));
    const mine = parsePublicKey(key.publicText);
    places = {
      dir,
      trust: { keys: mine ? [mine] : [], unsigned: 'refuse' },
      maxSuiteBytes: 1_000,
      suiteHash: async (text) => text.trim().padEnd(64, '0'),
    };
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('holds one file for a subject and a target, readable by people, and no unfinished one', async () => {
    await writeReceipt(dir, receiptOf({}, key));
    await writeReceipt(dir, receiptOf({ verdict: 'fail' }, key));
    expect(await readdir(dir)).toEqual(['route-strict--beta--steady-1.json']);
    expect(await readFile(join(dir, 'route-strict--beta--steady-1.json'), 'utf8')).toContain('\n  "verdict": "fail"');
    const { receipts, refused } = await readEvidence(places);
    expect(receipts.map(({ receipt }) => receipt.verdict)).toEqual(['fail']);
    expect(refused).toEqual([]);
  });

  it('names do not collide where a file system has no room for them', () => {
    const name = (kind: 'prompt' | 'route', of: string, target: string) =>
      receiptFileName({ subject: { kind, name: of }, target: { target } });
    const names = [
      name('prompt', 'a', 'x/y'),
      name('route', 'a', 'x/y'),
      name('prompt', 'a', 'x/y:1'),
      name('prompt', 'a', 'x/y 1'),
      name('prompt', 'a/b', 'x/y'),
      name('prompt', 'a--b', 'x/y'),
      name('prompt', '../../etc', 'x/y'),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const one of names) expect(one).toMatch(/^[A-Za-z0-9._-]+$/);
    for (const one of names) expect(one).not.toContain('/');
  });

  it('tells of every file that counts for nothing why', async () => {
    await writeFile(join(dir, 'broken.json'), '{');
    await writeFile(join(dir, 'other.json'), '{"format":"something"}');
    await writeFile(join(dir, 'deep.json'), '['.repeat(200_000));
    await writeFile(join(dir, 'huge.json'), ' '.repeat(300_000));
    await writeFile(join(dir, 'notes.txt'), 'not looked at');
    const { receipts, refused } = await readEvidence(places);
    expect(receipts).toHaveLength(1);
    expect(refused.map(({ file }) => file)).toEqual(['broken.json', 'deep.json', 'huge.json', 'other.json']);
    for (const { file } of refused) await rm(join(dir, file));
  });

  it('is read again when it has changed, and a suite that it names too', async () => {
    const watch = new EvidenceWatch(places);
    expect((await watch.changed())?.receipts).toHaveLength(1);
    expect(await watch.changed()).toBeUndefined();
    await writeReceipt(dir, receiptOf({ subject: { kind: 'prompt', name: 'support' } }, key));
    expect((await watch.changed())?.receipts).toHaveLength(2);
    expect(await watch.changed()).toBeUndefined();
  });

  it('makes nobody read a suite that lies elsewhere', async () => {
    for (const file of ['/etc/hostname', '../secret.yaml', 'C:\\secret.yaml', 'evals/../../secret.yaml']) {
      await writeReceipt(dir, receiptOf({ suite: { file } }, key));
      expect((await readEvidence(places)).suites.size).toBe(0);
    }
  });

  it('that is not there holds none', async () => {
    expect(await readEvidence({ ...places, dir: join(dir, 'nowhere') })).toMatchObject({ receipts: [], refused: [] });
  });
});
