import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobs } from '../../src/cli/jobs.ts';
import type { NewJob } from '../../src/model/job.ts';
import { openLedger } from '../../src/storage/open-ledger.ts';
import { JOB_POLICY, newJob } from '../kit/job-kit.ts';

let folder: string;
let storage: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-jobs-cli-'));
  storage = `sqlite:${join(folder, 'ledger.db')}`;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One job that is dead, with a message that was given up, and one that waits. */
async function twoJobs(): Promise<{ dead: NewJob; waiting: NewJob }> {
  const { ledger, jobs: store } = await openLedger({ file: join(folder, 'ledger.db'), onTrouble: () => {} });
  const [dead, waiting] = [newJob({ webhook: 'ends', caller: 'web' }), newJob({ route: 'other' })];
  for (const job of [dead, waiting]) await store.order({ kind: 'submit', job, limits: JOB_POLICY.queue });
  await store.order({ kind: 'claim', route: 'reply', token: 't', requestId: 'req_1', leaseMs: 60_000 });
  const failure = { code: 'all_targets_failed', status: 503, message: 'nobody', targets: [] } as const;
  await store.order({
    kind: 'settle',
    token: 't',
    outcome: { kind: 'dead', failure, reason: 'given up after 8 attempts' },
  });
  await ledger.close();
  return { dead, waiting };
}

async function run(args: readonly string[], options: Record<string, unknown> = {}) {
  const said: string[] = [];
  const output = {
    json: options.json === true,
    data: (text: string) => said.push(text),
    say: (text: string) => said.push(text),
  };
  const outcome = await jobs({ storage, ...options }, output, args);
  return { outcome, said: said.join('\n') };
}

test('a dead letter is listed, shown without its text, and run again', async () => {
  const { dead, waiting } = await twoJobs();
  const listed = await run(['list'], { state: 'dead' });
  expect(listed.said).toContain(dead.id);
  expect(listed.said).not.toContain(waiting.id);
  const shown = await run(['show', dead.id]);
  expect(shown.said).toContain('given up after 8 attempts');
  expect(shown.said).toContain('all_targets_failed 503: nobody');
  expect(shown.said).toContain('webhook   ends: pending');
  expect(shown.said).not.toContain('Say it.');
  expect((await run(['retry', dead.id])).said).toBe(`${dead.id} is queued`);
  const again = JSON.parse((await run(['show', dead.id], { json: true })).said);
  expect(again).toMatchObject({ state: 'queued', attempts: 0, deliveries: [] });
});

test('one that waits is cancelled, and its text goes', async () => {
  const { waiting } = await twoJobs();
  expect((await run(['cancel', waiting.id])).said).toBe(`${waiting.id} is cancelled`);
  await expect(run(['cancel', waiting.id])).rejects.toThrow(/has ended already: it is cancelled/);
  await expect(run(['retry', waiting.id])).rejects.toThrow(/is neither dead nor failed/);
});

test('what is not known is refused by name', async () => {
  await twoJobs();
  await expect(run(['sing'])).rejects.toThrow(/known are list, show, retry, cancel/);
  await expect(run(['show'])).rejects.toThrow(/name the job/);
  await expect(run(['show', 'job_none'])).rejects.toThrow(/no job job_none is on record/);
  await expect(run(['list'], { after: 'job_none' })).rejects.toThrow(/--after/);
  await expect(run(['cancel', 'job_1'], { storage: `sqlite:${join(folder, 'none.db')}` })).rejects.toThrow(/no ledger/);
});
