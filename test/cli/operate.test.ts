import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explained } from '../../src/engine/explain-route.ts';
import { openLaneReader } from '../../src/storage/lane-reader.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { emptyFolder, start, understudy } from './understudy.ts';

const ADMIN = 'key-of-admin-0123456789';
const WEB = 'key-of-web-0123456789';
let house: House;

beforeAll(async () => {
  house = await startHouse({
    env: { ADMIN_KEY: ADMIN, WEB_KEY: WEB, BROKE_KEY: 'key-of-broke-0123456789' },
    server: {
      adminKey: 'env:ADMIN_KEY',
      keys: [
        { name: 'web', key: 'env:WEB_KEY' },
        { name: 'broke', key: 'env:BROKE_KEY', spend: { perHour: 0.01 } },
      ],
    },
    targets: ['alpha/steady-1', 'beta/steady-1'],
    routes: { alone: { targets: ['gamma/steady-1'] } },
  });
}, 60_000);
afterAll(() => house.close());

const env = () => ({ UNDERSTUDY_URL: house.gateway.url, UNDERSTUDY_ADMIN_KEY: ADMIN });
const run = (...args: string[]) => understudy(args, { env: env() });

/** A command that reads the sources instead of the built program takes its time. */
const SLOW = 120_000;

async function ask(model: string): Promise<string | null> {
  const answer = await fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${WEB}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  });
  return answer.headers.get('x-understudy-served-by');
}

describe('the commands of an operator, against a running gateway', () => {
  test('drain, targets, explain and undrain', { timeout: SLOW }, async () => {
    expect(await ask('reply')).toBe('alpha/steady-1');
    const drained = await run('drain', 'alpha/steady-1', '--for', '30m', '--reason', 'contract ends');
    expect(drained).toMatchObject({ code: 0, stderr: '' });
    expect(drained.stdout).toMatch(
      /^alpha\/steady-1: drained until \S+Z \(30m\)\n {2}route reply: left beta\/steady-1\n$/,
    );
    expect(await ask('reply')).toBe('beta/steady-1');
    const [shown, asJson, why] = await Promise.all([
      run('targets'),
      run('targets', '--json'),
      run('explain', 'reply', '--need', 'tools'),
    ]);
    const [head, first, second] = shown.stdout.split('\n').map((line) => line.split('\t'));
    expect(head).toContain('breaker');
    expect(first?.slice(0, 4)).toEqual(['alpha/steady-1', 'reply:1', 'closed', 'drained, 30m left; "contract ends"']);
    expect(second?.[0]).toBe('beta/steady-1');
    expect(JSON.parse(asJson.stdout).targets).toHaveLength(3);
    expect(why.code).toBe(0);
    expect(why.stdout).toMatch(/^reply: beta\/steady-1 serves\n {2}as things stand now\n/);
    expect(why.stdout).toMatch(/× alpha\/steady-1 out: drained \(drained by an operator\), for another /);
    const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    const [before, later, broke] = await Promise.all([
      run('explain', 'reply', '--at', inMinutes(-60)),
      run('explain', 'reply', '--at', inMinutes(60), '--down', 'beta/steady-1'),
      run('explain', 'reply', '--caller', 'broke'),
    ]);
    expect(before.stdout).toContain('no gateway was running then');
    expect(before.stdout).toContain('within five minutes of it nobody asked for this route');
    expect(later.stdout).toMatch(/^reply: alpha\/steady-1 serves\n {2}at \S+Z, if nothing happens until then\n/);
    expect(broke).toMatchObject({ code: 1, stdout: expect.stringMatching(/alpha\/steady-1 out: budget \(/) });
    expect((await run('undrain', 'alpha/steady-1')).stdout).toBe('alpha/steady-1: in use again\n');
    expect(await ask('reply')).toBe('alpha/steady-1');
  });

  test('hold, release, breaker open and breaker close', { timeout: SLOW }, async () => {
    expect((await run('hold', 'alpha/steady-1', '--for', '90s')).stdout).toMatch(/held until \S+ \(90s\)/);
    expect(await ask('reply')).toBe('beta/steady-1');
    expect((await run('release', 'alpha/steady-1', '--json')).stdout).toContain('"action": "release"');
    expect((await run('breaker', 'open', 'alpha/steady-1')).stdout).toMatch(/breaker open until \S+ \(10m\)/);
    expect(await ask('reply')).toBe('beta/steady-1');
    expect((await run('breaker', 'close', 'alpha/steady-1')).stdout).toBe('alpha/steady-1: breaker closed\n');
    expect(await ask('reply')).toBe('alpha/steady-1');
    const lanes = openLaneReader({ file: house.ledgerFile });
    const actions = lanes.actions({ limit: 4 }).map(({ action, by }) => `${action} by ${by}`);
    expect(actions).toEqual(['breaker-close by admin', 'breaker-open by admin', 'release by admin', 'hold by admin']);
    lanes.close();
  });

  test('the last target of a route needs --force', { timeout: SLOW }, async () => {
    const refused = await run('drain', 'gamma/steady-1');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('nobody would serve route "alone"');
    expect(await ask('alone')).toBe('gamma/steady-1');
    const forced = await run('drain', 'gamma/steady-1', '--force');
    expect(forced.stdout).toContain('route alone: nobody is left to serve it');
    expect(await run('explain', 'alone')).toMatchObject({ code: 1, stdout: expect.stringContaining('nobody serves') });
    await run('undrain', 'gamma/steady-1');
  });

  test('targets --watch shows them again and again until it is stopped', { timeout: SLOW }, async () => {
    const watching = await start(['targets', '--watch', '--every', '50ms'], { env: env() });
    await watching.said(/(?:alpha\/steady-1[\s\S]*){3}/, 60_000);
    watching.kill('SIGINT');
    expect((await watching.ended).code).toBe(0);
  });

  test.each([
    [['drain', 'nobody/m'], 2, /answered 404: no provider of a target nobody\/m is configured/],
    [['drain', 'alpha/steady-1', '--for', '31d'], 2, /must be a duration of at most 30d/],
    [['breaker', 'kick', 'alpha/steady-1'], 2, /Allowed choices are open, close/],
    [['breaker', 'close', 'alpha/steady-1', '--for', '5m'], 2, /--for is for open/],
    [['explain', 'reply', '--need', 'magic'], 2, /--need: "magic" is no ability/],
    [['explain', 'reply', '--at', 'noon'], 2, /--at must be a moment/],
    [['targets', '--gateway', 'ftp://x'], 2, /--gateway must be an address/],
    [['targets', '--gateway', 'http://127.0.0.1:9'], 4, /no gateway can be reached at http:\/\/127.0.0.1:9 \(/],
  ])('%j is refused with words', { timeout: SLOW }, async (args, code, words) => {
    const refused = await run(...args);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toMatch(words);
    expect(refused.stderr).not.toContain(ADMIN);
  });

  test('a wrong key is refused, and a missing one before anything is sent', { timeout: SLOW }, async () => {
    const url = { UNDERSTUDY_URL: house.gateway.url };
    const wrong = await understudy(['targets'], { env: { ...url, UNDERSTUDY_ADMIN_KEY: 'wrong' } });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('the admin key is required') });
    const missing = await understudy(['targets'], { env: url });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('set UNDERSTUDY_ADMIN_KEY') });
  });
});

describe('explain, without a gateway', () => {
  const CONFIG = `
providers:
  near: { dialect: openai-chat, baseUrl: "http://127.0.0.1:9/v1", region: eu, models: { big: { contextWindow: 200000, price: { inputPerMillion: 1, outputPerMillion: 2 } } } }
  far: { dialect: openai-chat, baseUrl: "http://127.0.0.1:9/v1", region: us, models: { small: { contextWindow: 8000, price: { inputPerMillion: 2, outputPerMillion: 4 } } } }
server: { port: 9, adminKey: "env:NO_SUCH_KEY" }
routes:
  answer: { targets: [near/big, far/small] }
`;

  test('answers by the configuration, and says that nothing is known of health', { timeout: SLOW }, async () => {
    const cwd = await emptyFolder();
    await writeFile(join(cwd, 'understudy.yaml'), CONFIG);
    const explain = (...args: string[]) => understudy(['explain', 'answer', ...args], { cwd });
    const [plain, down, needy] = await Promise.all([
      explain(),
      explain('--down', 'near', '--json'),
      explain('--need', 'context=64k,region=us'),
    ]);
    expect(plain).toMatchObject({ code: 0, stderr: expect.stringContaining('NO_SUCH_KEY') });
    expect(plain.stdout).toContain('the health of its targets is not known');
    expect(plain.stdout).toContain('● near/big serves');
    expect(plain.stdout).toContain('○ far/small stands by');
    expect(plain.stdout).toContain('$6.00 for 1000 requests of 1000 + 1000 tokens (2.00 × the primary)');
    const told = JSON.parse(down.stdout) as Explained;
    expect(told).toMatchObject({ basis: 'configured', outlook: { serves: ['far/small'] } });
    expect(needy.code).toBe(1);
    expect(needy.stdout).toMatch(/near\/big out: residency/);
    expect(needy.stdout).toMatch(/far\/small out: context-window/);
  });
});
