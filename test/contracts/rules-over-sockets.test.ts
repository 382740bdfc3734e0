import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { QualitySample } from '../../src/engine/quality-watch.ts';
import type { Script } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { askIn, CALLERS, type Caller, type Came, textOf, toolIn } from './four-callers.ts';

interface Shown {
  readonly failover: Record<string, unknown>;
  readonly contract: Record<string, unknown>;
}

const page = readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8');
const [, firstBlock = ''] = /```yaml fragment\n([\s\S]*?)```/.exec(page) ?? [];
/** What the page shows is what runs, with simulated providers in the place of the vendors'. */
const shown: Record<string, Shown> = parse(firstBlock).routes;

const says = (answer: string): Script => ({ fault: 'none', answer });
const calls = (name: string, args: Record<string, string | number>): Script => ({
  fault: 'none',
  tools: [{ name, arguments: args }],
});
const status = (over: Record<string, unknown> = {}) =>
  JSON.stringify({ status: 'open', days: 3, note: 'It is packed.', ...over });

interface Case {
  readonly name: string;
  /** A route of the page. */
  readonly route: 'order-status' | 'chat';
  readonly broken: Script;
  readonly rule: string;
  readonly good: Script;
  readonly tool?: string;
}

const GOOD_STATUS = says(status());
const GERMAN = 'Ihre Bestellung wurde heute versandt und kommt voraussichtlich am Donnerstag bei Ihnen an.';
const GOOD_CHAT = says(GERMAN);
const CASES: readonly Case[] = [
  {
    name: 'a schema',
    route: 'order-status',
    broken: says(status({ status: 'gone' })),
    rule: 'json-schema',
    good: GOOD_STATUS,
  },
  { name: 'a number', route: 'order-status', broken: says(status({ days: 61 })), rule: 'number', good: GOOD_STATUS },
  {
    name: 'a length',
    route: 'order-status',
    broken: says(status({ note: 'so '.repeat(700) })),
    rule: 'too-long',
    good: GOOD_STATUS,
  },
  {
    name: 'tokens',
    route: 'order-status',
    broken: says(status({ note: '字'.repeat(1_200) })),
    rule: 'too-long',
    good: GOOD_STATUS,
  },
  {
    name: 'a forbidden pattern',
    route: 'order-status',
    broken: says(status({ note: 'We guarantee it.' })),
    rule: 'forbidden-pattern',
    good: GOOD_STATUS,
  },
  {
    name: 'a refusal',
    route: 'order-status',
    broken: says("I'm sorry, but I can't help with that."),
    rule: 'refusal',
    good: GOOD_STATUS,
  },
  {
    name: 'a language',
    route: 'chat',
    broken: says('Your order was shipped today and should arrive at your place on Thursday.'),
    rule: 'language',
    good: GOOD_CHAT,
  },
  {
    name: 'a required pattern',
    route: 'chat',
    broken: says('Ihre Bestellung'),
    rule: 'missing-pattern',
    good: GOOD_CHAT,
  },
  {
    name: 'a forbidden tool',
    route: 'chat',
    broken: calls('delete_order', {}),
    rule: 'forbidden-tool',
    good: GOOD_CHAT,
    tool: 'delete_order',
  },
  {
    name: 'arguments',
    route: 'chat',
    broken: calls('refund', { amount: 51 }),
    rule: 'tool-arguments',
    good: calls('refund', { amount: 50 }),
    tool: 'refund',
  },
];

const WAYS = CALLERS.flatMap((caller) => [true, false].map((stream) => ({ caller, stream })));
const EVERY = CASES.flatMap((one, at) =>
  WAYS.map((way) => ({ ...one, ...way, id: `${at}.${way.caller}.${way.stream}` })),
);
/** The first target speaks another dialect than the last one's caller does, so that every pair of dialects has its turn. */
const PROVIDERS = ['alpha', 'beta', 'gamma', 'omega'] as const;
const firstOf = (at: number) => PROVIDERS[at % PROVIDERS.length] ?? 'alpha';
const secondOf = (at: number) => PROVIDERS[(at + 1) % PROVIDERS.length] ?? 'beta';

let house: House;
const samples: QualitySample[] = [];

beforeAll(async () => {
  const timeouts = { headers: '8s', firstContent: '8s', gap: '8s' };
  const rest = (shownRoute: Shown | undefined) => ({
    failover: shownRoute?.failover,
    contract: shownRoute?.contract,
    timeouts,
  });
  const tools = ({ tool }: Case) => (tool ? { must: [tool] } : undefined);
  house = await startHouse({
    prompts: { 'status.yaml': 'role: You tell the status.\ncontract: { length: { maxCharacters: 20 } }\n' },
    routes: {
      ...Object.fromEntries(
        EVERY.map((one, at) => [
          one.id,
          {
            ...rest(shown[one.route]),
            targets: [`${firstOf(at)}/steady-${one.id}`, `${secondOf(at)}/steady-${one.id}`],
          },
        ]),
      ),
      must: {
        ...rest(shown.chat),
        contract: { tools: tools(CASES[8] as Case) },
        targets: ['alpha/steady-must', 'beta/steady-must'],
      },
      cut: { ...rest(shown['order-status']), targets: ['alpha/steady-cut', 'beta/steady-cut'] },
      joined: {
        targets: ['alpha/steady-joined', 'beta/steady-joined'],
        failover: { hold: 'whole-answer' },
        contract: { forbid: ['lost'] },
        prompt: 'status',
        timeouts,
      },
      early: { ...rest(shown.chat), failover: {}, targets: ['alpha/steady-early', 'beta/steady-early'] },
    },
  });
  Object.assign(house.gateway.engine, {
    quality: { sample: (sample: QualitySample) => void samples.push(sample), rows: () => [] },
  });
});
afterAll(() => house.close());

const ask = (route: string, caller: Caller, stream: boolean, tool?: string): Promise<Came> =>
  askIn(house.gateway.url, {
    caller,
    stream,
    route,
    text: 'Where is my order?',
    ...(tool !== undefined && { extra: toolIn(caller, tool) }),
  });

async function explained({ requestId }: Came): Promise<string> {
  const stored = await house.reader.request(requestId);
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

describe('an answer that breaks its contract never reaches its caller; the next target is asked', () => {
  it.each(EVERY.map((one, at) => ({ ...one, at })))('$name, asked in $caller, stream $stream', async (one) => {
    const model = `steady-${one.id}`;
    house.simulator.script(firstOf(one.at), one.broken, { model });
    house.simulator.script(secondOf(one.at), one.good, { model });
    const came = await ask(one.id, one.caller, one.stream, one.tool);
    expect(came.status).toBe(200);
    const good = one.good.fault === 'none' ? one.good : undefined;
    if (good?.answer !== undefined) expect(textOf(came)).toBe(good.answer);
    else expect(came.answer.parts).toMatchObject([{ type: 'tool-call', name: 'refund' }]);
    expect(came.headers.get('x-understudy-served-by')).toBe(`${secondOf(one.at)}/${model}`);
    expect(came.headers.get('x-understudy-degraded-reason')).toContain('contract-broken');
    expect(await explained(came)).toContain(`rule: ${one.rule}`);
    expect(samples.filter(({ requestId }) => requestId === came.requestId)).toEqual([
      { ...sampleOf(came, one.id), target: `${firstOf(one.at)}/${model}`, score: 0, finding: one.rule },
      { ...sampleOf(came, one.id), target: `${secondOf(one.at)}/${model}`, score: 1 },
    ]);
  });

  const sampleOf = ({ requestId }: Came, route: string) => ({ requestId, route, source: 'contract' });
});

it('a tool that must be called and is not', async () => {
  house.simulator.script('alpha', says('I do not need it.'), { model: 'steady-must' });
  house.simulator.script('beta', calls('delete_order', {}), { model: 'steady-must' });
  const came = await ask('must', 'openai-chat', false, 'delete_order');
  expect(came.answer.parts).toMatchObject([{ type: 'tool-call', name: 'delete_order' }]);
  expect(await explained(came)).toContain('rule: missing-tool');
});

it('an answer that was cut at its limit of tokens is not repaired, and not given', async () => {
  const came = await askIn(house.gateway.url, {
    caller: 'openai-chat',
    stream: true,
    route: 'cut',
    text: `[[answer: ${status()}]]`,
    extra: { max_tokens: 2 },
  });
  expect(came.status).toBe(502);
  expect(came.body).not.toContain('packed');
  const words = await explained(came);
  expect(words).toContain('rule: truncated');
  expect(words).not.toContain('repaired');
});

it('where the answer began at its first content, its stream ends with an error and no end', async () => {
  house.simulator.script('alpha', says('Your order was shipped today and should arrive at your place soon.'), {
    model: 'steady-early',
  });
  const came = await ask('early', 'openai-chat', true);
  expect(came.status).toBe(200);
  expect(textOf(came)).toContain('Your order');
  expect(came.answer.finish).toBeUndefined();
  expect(came.body).toContain('contract_broken');
  expect(came.body).not.toContain('[DONE]');
  expect(samples.filter(({ requestId }) => requestId === came.requestId)).toMatchObject([
    { score: 0, finding: 'language' },
  ]);
});

it.each([
  ['the route', 'It is lost.', 'forbidden-pattern'],
  ['the prompt', 'It was shipped on Thursday.', 'too-long'],
])('the contract of %s holds beside the other one', async (_, broken, rule) => {
  house.simulator.script('alpha', says(broken), { model: 'steady-joined' });
  house.simulator.script('beta', says('It was shipped.'), { model: 'steady-joined' });
  const came = await ask('joined', 'anthropic-messages', true);
  expect(textOf(came)).toBe('It was shipped.');
  expect(await explained(came)).toContain(`rule: ${rule}`);
  const [sample] = samples.filter(({ requestId }) => requestId === came.requestId);
  expect(sample).toMatchObject({ score: 0, finding: rule, promptVersion: expect.stringMatching(/^status@/) });
});
