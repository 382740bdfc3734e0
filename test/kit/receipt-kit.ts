import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricComparison } from '../../src/quality/parity/comparison.ts';
import type { Receipt } from '../../src/quality/receipts/receipt.ts';
import type { EvalColumn, EvalReport } from '../../src/rehearsal/evals/report.ts';
import { receiptsOf } from '../../src/rehearsal/receipts/issue.ts';
import { receiptFileName, writeReceipt } from '../../src/rehearsal/receipts/receipt-files.ts';
import { generateKeys, parseSigningKey, type SigningKey } from '../../src/rehearsal/receipts/receipt-keys.ts';
import { sealed } from '../../src/rehearsal/receipts/seal.ts';

export const DAY_MS = 86_400_000;
export const SUITE_HASH = 'a'.repeat(64);

/** What a report says of one target; the rest is as in a good one. */
export interface Measured {
  readonly subject?: EvalReport['subject'];
  readonly suite?: Partial<EvalReport['suite']>;
  readonly primary?: Partial<EvalColumn>;
  readonly target?: Partial<EvalColumn>;
  readonly verdict?: MetricComparison['verdict'];
  readonly missing?: number;
  /** Wall clock, milliseconds since 1970. */
  readonly endedAt?: number;
  readonly stopped?: EvalReport['run']['stopped'];
}

export function metric(over: Partial<MetricComparison> = {}): MetricComparison {
  return {
    metric: 'correct',
    method: 'exact',
    n: 120,
    missing: 0,
    primary: 0.95,
    target: 0.94,
    difference: -0.01,
    interval: { low: -0.04, high: 0.02, confidence: 0.95 },
    margin: 0.05,
    p: 0.01,
    pHolm: 0.01,
    verdict: 'pass',
    because: 'no worse than the primary by more than 0.05',
    neededN: 100,
    ...over,
  };
}

function column(target: string, over: Partial<EvalColumn> = {}): EvalColumn {
  return { target, servedModels: [target.slice(target.indexOf('/') + 1)], parameters: {}, ...over };
}

/** A report of one suite on a primary and one target, as an evaluation would have written it. */
export function evalReport(measured: Measured = {}): EvalReport {
  const { verdict = 'pass', missing = 0, endedAt = Date.now() } = measured;
  const primary = column('alpha/steady-1--status-503', measured.primary);
  const target = column('beta/steady-1', measured.target);
  const compared = metric({ verdict, missing });
  return {
    format: 'understudy-eval/1',
    suite: { name: 'answers', hash: SUITE_HASH, file: 'evals/answers.yaml', ...measured.suite },
    subject: measured.subject ?? { kind: 'route', name: 'strict' },
    primary: primary.target,
    columns: [primary, target],
    cases: [],
    cells: [],
    comparisons: [{ target: target.target, comparison: { verdict, because: compared.because, metrics: [compared] } }],
    lint: [],
    run: {
      startedAt: new Date(endedAt - 60_000).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      repeats: 1,
      cached: 0,
      asked: 240,
      version: '0.0.0',
      ...(measured.stopped && { stopped: measured.stopped }),
    },
  };
}

/** The one receipt that a report gives. */
export function receiptOf(measured: Measured = {}, key?: SigningKey, now = Date.now()): Receipt {
  const { claims, withheld } = receiptsOf(evalReport({ endedAt: now, ...measured }), { now, validForMs: 30 * DAY_MS });
  const [claim] = claims;
  if (!claim) throw new Error(`no receipt: ${withheld.map(({ because }) => because).join(', ')}`);
  return sealed(claim, key);
}

export function newKey(): SigningKey {
  const key = parseSigningKey(generateKeys().secretText);
  if (!key) throw new Error('no key came of it');
  return key;
}

/** A folder of receipts with the key that signs them. */
export interface ReceiptFolder {
  readonly dir: string;
  readonly key: SigningKey;
  issue(measured?: Measured): Promise<Receipt>;
  withdraw(receipt: Receipt): Promise<void>;
  remove(): Promise<void>;
}

export async function receiptFolder(): Promise<ReceiptFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'understudy-receipts-'));
  const key = newKey();
  return {
    dir,
    key,
    async issue(measured) {
      const receipt = receiptOf(measured, key);
      await writeReceipt(dir, receipt);
      return receipt;
    },
    withdraw: (receipt) => rm(join(dir, receiptFileName(receipt))),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
