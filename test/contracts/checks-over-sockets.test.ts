import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { Alert } from '../../src/engine/observer.ts';
import type { QualitySample } from '../../src/engine/quality-watch.ts';
import type { Script } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type CheckReceiver, startCheckReceiver } from './check-receiver.ts';
import { askIn, type Came, textOf } from './four-callers.ts';

const BROKEN = 'No order is named here.';
const GOOD = 'ORD-123456 is on its way.';
const says = (answer: string): Script => ({ fault: 'none', answer });

const MODULES = {
  'order.mjs': "export const check = (answer) => /ORD-\\d{6}/.test(answer.text) || 'it names no order';",
  'slow.mjs':
    'export const check = async () => { await new Promise((done) => setTimeout(done, 60_000)); return true; };',
  'loops.mjs': "export const check = (answer) => { while (answer.text.includes('loop')) {} return true; };",
  'throws.mjs': "export const check = () => { throw new Error('no such table'); };",
  'silent.mjs': 'export const check = () => undefined;',
  'empty.mjs': 'export const other = 1;',
  'curious.mjs':
    'export const check = (_, request) => JSON.stringify([Object.keys(process.env), request.messages.map(({ text }) => text)]);',
};

let folder: string;
let house: House;
let receiver: CheckReceiver;
let redirecting: CheckReceiver;
let mute: CheckReceiver;
const samples: QualitySample[] = [];
const alerts: Alert[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'understudy-checks-'));
  for (const [name, text] of Object.entries(MODULES)) writeFileSync(join(folder, name), text);
  receiver = await startCheckReceiver(({ answer }) => ({ ok: answer.text.includes('ORD-'), why: 'no order' }));
  redirecting = await startCheckReceiver(() => 302);
  mute = await startCheckReceiver(() => undefined);
  const module = (name: keyof typeof MODULES) => ({ module: join(folder, name), timeout: '400ms' });
  const http = (to: CheckReceiver, over: Record<string, unknown> = {}) => ({
    name: 'orders',
    http: { url: to.url, timeout: '400ms', ...over },
  });
  const route = (name: string, checks: readonly unknown[], over: Record<string, unknown> = {}) => [
    name,
    {
      targets: [`alpha/steady-${name}`, `beta/steady-${name}`],
      failover: { hold: 'whole-answer' },
      contract: { checks },
      timeouts: { headers: '8s', firstContent: '8s', gap: '8s' },
      ...over,
    },
  ];
  house = await startHouse({
    providers: { alpha: { region: 'eu' }, beta: { region: 'eu' } },
    observer: watching(),
    routes: Object.fromEntries([
      route('module', [module('order.mjs')]),
      route('http', [http(receiver)]),
      route('two', [module('order.mjs'), http(receiver)]),
      ...(['slow', 'loops', 'throws', 'silent', 'empty'] as const).flatMap((name) => [
        route(name, [module(`${name}.mjs`)]),
        route(`${name}-closed`, [{ ...module(`${name}.mjs`), onFailure: 'break' }]),
      ]),
      route('redirect', [http(redirecting)]),
      route('mute', [{ ...http(mute), onFailure: 'break' }]),
      route('curious', [module('curious.mjs')]),
      route('bound', [{ ...http(receiver, { region: 'eu' }), onFailure: 'break' }]),
      route('first', [http(receiver)], { failover: {} }),
    ]),
  });
  Object.assign(house.gateway.engine, {
    quality: { sample: (sample: QualitySample) => void samples.push(sample), rows: () => [] },
  });
});

afterAll(async () => {
  await house.close();
  await Promise.all([receiver.close(), redirecting.close(), mute.close()]);
  rmSync(folder, { recursive: true });
});

function watching() {
  const nothing = () => undefined;
  return {
    requestBegun: nothing,
    attemptBegun: nothing,
    attemptEnded: nothing,
    requestEnded: nothing,
    breakerMoved: nothing,
    tokensCounted: nothing,
    qualityMoved: nothing,
    alert: (alert: Alert) => void alerts.push(alert),
  };
}

async function ask(route: string, first: string, how: { stream?: boolean; extra?: Record<string, unknown> } = {}) {
  house.simulator.script('alpha', says(first), { model: `steady-${route}` });
  house.simulator.script('beta', says(GOOD), { model: `steady-${route}` });
  return askIn(house.gateway.url, { caller: 'openai-chat', stream: false, route, text: 'Where is it?', ...how });
}

async function explained({ requestId }: Came): Promise<string> {
  const stored = await house.reader.request(requestId);
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

const scores = ({ requestId }: Came) => samples.filter((one) => one.requestId === requestId).map(({ score }) => score);

describe.each(['module', 'http', 'two'])('a check by %s', (route) => {
  it.each([true, false])('of an answer that it finds broken: the next target is asked, stream %s', async (stream) => {
    const came = await ask(route, BROKEN, { stream });
    expect(textOf(came)).toBe(GOOD);
    expect(came.body).not.toContain('named');
    expect(await explained(came)).toMatch(/rule: check (?:order\.mjs|orders)/);
    expect(scores(came)).toEqual([0, 1]);
  });

  it('of an answer that it finds good', async () => {
    const came = await ask(route, GOOD);
    expect(came.headers.get('x-understudy-attempts')).toBe('1');
    expect(scores(came)).toEqual([1]);
  });
});

describe('a check that gives no verdict', () => {
  it.each([
    ['slow', 'it gave no verdict within 400 ms'],
    ['throws', 'it threw: no such table'],
    ['silent', 'it said neither'],
    ['empty', 'it exports no function named check'],
  ])('%s: the answer is given, and the trouble told', async (route, why) => {
    const came = await ask(route, BROKEN);
    expect(textOf(came)).toBe(BROKEN);
    const words = await explained(came);
    expect(words).toContain(`the check ${route}.mjs of attempt 1 gave no verdict`);
    expect(words).toContain(why);
    expect(alerts).toContainEqual(expect.objectContaining({ kind: 'check-failed', target: `${route}.mjs` }));
  });

  it('counts as broken where its owner says so, and shows nothing of the answer', async () => {
    const came = await ask('throws-closed', GOOD);
    expect(came.status).toBe(502);
    expect(scores(came)).toEqual([]);
    expect((await ask('mute', GOOD)).status).toBe(502);
  });

  it('one that loops is ended, and started again for the next answer', async () => {
    expect(textOf(await ask('loops', 'in a loop'))).toBe('in a loop');
    const begun = performance.now();
    while ((await explained(await ask('loops', GOOD))).includes('gave no verdict')) {
      expect(performance.now() - begun).toBeLessThan(10_000);
    }
    expect(textOf(await ask('loops-closed', GOOD))).toBe(GOOD);
  });

  it('a redirect is not followed', async () => {
    expect(await explained(await ask('redirect', GOOD))).toContain('it answered with HTTP 302');
    expect(redirecting.questions).toHaveLength(1);
  });
});

it('a module sees the request, and no environment', async () => {
  expect(await explained(await ask('curious', GOOD))).toContain('[[],["Where is it?"]]');
});

it('what may not leave its regions goes to no check outside them', async () => {
  const before = receiver.questions.length;
  expect((await ask('bound', GOOD, { extra: { understudy: { residency: ['eu'] } } })).status).toBe(200);
  expect(receiver.questions.length).toBe(before + 1);
  const abroad = await ask('http', GOOD, { extra: { understudy: { residency: ['eu'] } } });
  expect(abroad.status).toBe(200);
  expect(receiver.questions.length).toBe(before + 1);
  expect(await explained(abroad)).toContain('it stands in no region that is known');
});

it('where the answer began at its first content, a check that finds it broken leaves it without an end', async () => {
  const came = await ask('first', BROKEN, { stream: true });
  expect(came.body).toContain('contract_broken');
  expect(came.answer.finish).toBeUndefined();
});

it.each([
  [{ module: './not-there.mjs' }, /not-there\.mjs is not there/],
  [{ http: { url: 'http://169.254.169.254/latest' } }, /metadata/],
])('%o keeps the gateway from starting', async (check, why) => {
  const routes = { reply: { targets: ['alpha/x'], contract: { checks: [check] } } };
  await expect(startHouse({ routes })).rejects.toThrow(why);
});
