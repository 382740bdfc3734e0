import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ledgerVerify } from '../../src/cli/ledger-verify.ts';
import { sealKeyOf } from '../../src/storage/seal.ts';
import { openSealed, tamper, wholeRequest } from '../../src/storage/testing/sealed-ledger.ts';

const secret = 'the seals of the house, told to nobody';
let folder: string;
let file: string;
let config: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-verify-'));
  file = join(folder, 'ledger.db');
  config = join(folder, 'understudy.yaml');
  await writeFile(join(folder, 'key'), secret);
  await writeFile(
    config,
    `providers: { openai: {} }
routes: { a: { targets: [openai/x] } }
storage: { url: "sqlite:${file}", sealKey: "file:${join(folder, 'key')}", checkpoints: "${join(folder, 'checkpoints')}" }
`,
  );
  const ledger = await openSealed(file, { key: sealKeyOf(secret) });
  ledger.write(...wholeRequest('req_one'));
  ledger.write(...wholeRequest('req_two'));
  const { seq, digest } = ledger.store.sealed ?? { seq: 0, digest: '' };
  await writeFile(join(folder, 'checkpoints'), `${JSON.stringify({ at: '2026-01-01T00:00:00.000Z', seq, digest })}\n`);
  ledger.close();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function verify(options: Parameters<typeof ledgerVerify>[0] = { config }, json = false) {
  const data: string[] = [];
  const said: string[] = [];
  const outcome = await ledgerVerify(options, { json, data: (t) => data.push(t), say: (t) => said.push(t) });
  return { outcome, text: data.join('\n'), said: said.join('\n') };
}

test('a ledger that nobody changed is whole, with key and checkpoints of the configuration', async () => {
  const { outcome, text } = await verify();
  expect(outcome).toBe(0);
  expect(text.split('\n')).toEqual([
    'whole: every row is as it was sealed',
    'seals        1 to 3',
    'sealed rows  4',
    'checkpoints  1',
  ]);
  expect(text).not.toContain(secret);
});

test('a changed row and a missing end are named, the first of them first', async () => {
  tamper(file, `update attempts set cost_usd = 0 where request_id = 'req_one'`);
  tamper(file, 'delete from seals where seq = 3');
  for (const [table, column] of [
    ['requests', 'id'],
    ['attempts', 'request_id'],
  ]) {
    tamper(file, `delete from ${table} where ${column} = 'req_two'`);
  }
  const { outcome, text } = await verify();
  expect(outcome).toBe(1);
  expect(text.split('\n').slice(0, 3)).toEqual([
    'CHANGED: 2 findings, the first of them first',
    '  attempt 1 of request req_one is not what was sealed',
    '  seals 3 to 3 are missing at the end: they were checkpointed by 2026-01-01T00:00:00.000Z',
  ]);
  const { text: document } = await verify({ config }, true);
  expect(JSON.parse(document)).toMatchObject({
    verdict: 'changed',
    findings: [{ kind: 'row-altered', seal: 2 }, { kind: 'tail-missing' }],
  });
});

test('without the key nobody can say', async () => {
  await writeFile(join(folder, 'key'), 'another key, as after a change of it');
  const { outcome, text } = await verify();
  expect(outcome).toBe(3);
  expect(text).toContain('unproven: nothing is wrong, but 3 seals are made with a key that was not given');
  process.env.UNDERSTUDY_TEST_OLD_KEY = secret;
  const again = await verify({ config, oldKey: ['env:UNDERSTUDY_TEST_OLD_KEY'] });
  delete process.env.UNDERSTUDY_TEST_OLD_KEY;
  expect(again.outcome).toBe(0);
  await expect(verify({ config, oldKey: [secret] })).rejects.toThrow(/--old-key must be written env:NAME/);
});

test('a line of the checkpoints that is none is told of, and other checkpoints can be named', async () => {
  await appendFile(join(folder, 'checkpoints'), '{"at":');
  expect((await verify()).said).toContain('1 lines of');
  await expect(verify({ config, checkpoints: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'file-absent' });
});
