import type { ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { StoredRequest } from '../../src/storage/stored-request.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';
import { closedPort, type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { seededChance } from '../kit/seeded-chance.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';

let house: House | undefined;
let handmade: HandmadeProvider | undefined;
afterEach(async () => {
  await house?.close();
  await handmade?.stop();
  house = undefined;
  handmade = undefined;
});

/** An Anthropic answer whose usage names the prompt cache. */
function anthropicAnswer(response: ServerResponse): void {
  const usage = {
    input_tokens: 20,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 8,
    output_tokens: 30,
  };
  const body = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'steady-1-0926',
    content: [{ type: 'text', text: 'About five metres.' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  };
  response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'theirs-7' });
  response.end(JSON.stringify(body));
}

const KEY = 'key-of-web-0123456789';
const PRICED = {
  alpha: { models: { 'steady-1': { price: { inputPerMillion: 1, outputPerMillion: 2 } } }, region: 'eu' },
  beta: {
    models: { 'steady-1': { price: { inputPerMillion: 10, outputPerMillion: 20, cachedInputPerMillion: 1 } } },
    region: 'eu',
  },
};

async function openHouse(options: HouseOptions): Promise<House> {
  house = await startHouse({ chance: seededChance(3), ...options });
  return house;
}

function ask({ gateway }: House, body: object, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return send({
    url: `${gateway.url}/v1/chat/completions`,
    headers,
    body: { model: 'reply', messages: [{ role: 'user', content: 'How tall is a giraffe?' }], ...body },
  });
}

async function rowOf({ reader }: House, answer: RawAnswer): Promise<StoredRequest> {
  const row = await reader.request(String(answer.headers['x-understudy-request-id']));
  if (!row) throw new Error(`not on record: ${answer.text}`);
  return row;
}

async function priced(): Promise<{ answer: RawAnswer; row: StoredRequest }> {
  handmade = await startHandmadeProvider(anthropicAnswer);
  const open = await openHouse({
    env: { WEB_KEY: KEY },
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY' }] },
    providers: { ...PRICED, beta: { ...PRICED.beta, baseUrl: handmade.url } },
    targets: [
      'alpha/steady-1',
      { target: 'beta/steady-1', prompt: { version: 'v3', text: 'Be exact.' } },
      'gamma/steady-1',
    ],
    failover: { attempts: 2 },
  });
  open.simulator.script('alpha', { fault: 'status', status: 503 });
  const body = { seed: 5, understudy: { residency: ['eu'], tags: ['zoo', 'tall'] } };
  const answer = await ask(open, body, { authorization: `Bearer ${KEY}` });
  expect(answer.status, answer.text).toBe(200);
  return { answer, row: await rowOf(open, answer) };
}

describe('a failover, with prices', () => {
  let answer: RawAnswer;
  let row: StoredRequest;
  beforeAll(async () => {
    ({ answer, row } = await priced());
  });

  it('leaves the request: who asked, who served, at what cost and with which tokens', () => {
    expect(row).toMatchObject({
      requestId: answer.headers['x-understudy-request-id'],
      route: 'reply',
      dialect: 'openai-chat',
      stream: false,
      caller: 'web',
      tags: ['zoo', 'tall'],
      primary: 'alpha/steady-1',
      outcome: 'served',
      servedBy: 'beta/steady-1',
      attempts: 3,
      promptVersion: 'v3',
      usage: { inputTokens: 128, cachedInputTokens: 100, cacheWriteTokens: 8, outputTokens: 30 },
      // 28 tokens at 10, 100 from the cache at 1, 30 at 20, a million each; the refused attempts cost nothing.
      costUsd: expect.closeTo(0.000_98, 10),
    });
    expect(row.degraded).toMatchObject({ reason: 'fallback', cause: 'server-error', primary: 'alpha/steady-1' });
    expect(Number(answer.headers['x-understudy-cost-usd'])).toBeCloseTo(0.000_98, 8);
    expect(Math.abs(Date.now() - row.at)).toBeLessThan(60_000);
  });

  it('leaves every attempt: state, fault, verdict, losses, prompt, the provider’s own words for itself', () => {
    expect(row.attemptRows).toMatchObject([
      { seq: 1, target: 'alpha/steady-1', tryOfTarget: 1, state: 'free', status: 503, costUsd: 0, committed: false },
      { seq: 2, target: 'alpha/steady-1', tryOfTarget: 2, state: 'free', status: 503, costUsd: 0, committed: false },
      {
        seq: 3,
        target: 'beta/steady-1',
        tryOfTarget: 1,
        state: 'settled',
        status: 200,
        promptVersion: 'v3',
        upstreamRequestId: 'theirs-7',
        servedModel: 'steady-1-0926',
        usage: { inputTokens: 128, cachedInputTokens: 100, cacheWriteTokens: 8, outputTokens: 30 },
        costUsd: expect.closeTo(0.000_98, 10),
      },
    ]);
    const [first, second, third] = row.attemptRows;
    expect(first?.fault?.kind).toBe('server-error');
    expect(first?.verdict).toMatch(/^retry-same after \d+ ms \(backoff\)$/);
    expect(second?.verdict).toBe('next-target: server-error');
    expect([first?.promptVersion, first?.losses]).toEqual([undefined, []]);
    // `seed` has no place in Anthropic's dialect, and that is not hidden.
    expect(third?.losses.map((loss) => loss.field)).toContain('seed');
    expect(second?.startedMs).toBeGreaterThan(first?.startedMs ?? 0);
  });

  it('leaves one failover event: primary, error, target, and what it cost in time and money', () => {
    expect(row.failover).toMatchObject({
      primary: 'alpha/steady-1',
      error: 'server-error',
      target: 'beta/steady-1',
      // What the primary would have cost for the same tokens: 128 at 1 and 30 at 2.
      costDeltaUsd: expect.closeTo(0.000_98 - 0.000_188, 10),
      promptVersion: 'v3',
    });
    expect(row.failover?.latencyDeltaMs).toBe(row.attemptRows[2]?.startedMs);
  });

  it('can be explained: every target and why not, every attempt, every wait, every verdict', () => {
    const text = explainRequest(row).join('\n');
    expect(text).toContain('caller web');
    expect(text).toContain('Tags: zoo, tall');
    expect(text).toContain('alpha/steady-1 (primary): eligible');
    expect(text).toContain('beta/steady-1: eligible');
    expect(text).toMatch(/gamma\/steady-1: not eligible, residency \(.*no region is configured\)/);
    expect(text).toContain('attempt 1 at alpha/steady-1');
    expect(text).toContain('attempt 2 at alpha/steady-1 (try 2 of this target)');
    expect(text).toContain('attempt 3 at beta/steady-1');
    expect(text.match(/failed with server-error \(HTTP 503\)/g)).toHaveLength(2);
    expect(text.match(/waited \d+ ms before trying again/g)).toHaveLength(1);
    expect(text).toContain('verdict: next-target: server-error');
    expect(text).toContain('prompt v3');
    expect(text).toMatch(/failover: alpha\/steady-1 to beta\/steady-1 because of server-error, \+\d+ ms, \+\$0\.00079/);
    expect(text).toContain('128 tokens in (100 cached), 30 out');
    const attempts = row.decisions.filter((decision) => decision.type === 'attempt');
    const waits = row.decisions.filter((decision) => decision.type === 'waited' && decision.why === 'backoff');
    expect([attempts.length, waits.length]).toEqual([3, 1]);
  });
});

describe('the states of an attempt', () => {
  it('reserved while it runs, settled once the provider told its usage', async () => {
    const open = await openHouse({});
    open.simulator.script('alpha', { fault: 'none', delayMs: 300 });
    const answer = ask(open, {});
    const running = await eventually(
      async () => (await open.reader.requests({ limit: 1, outcome: 'running' })).rows[0],
      (row) => row !== undefined,
    );
    const during = await eventually(
      () => open.reader.request(running?.requestId ?? ''),
      (row) => row?.attemptRows.length === 1,
    );
    expect(during).toMatchObject({ outcome: 'running', attemptRows: [{ seq: 1, state: 'reserved' }] });
    const row = await rowOf(open, await answer);
    expect(row).toMatchObject({ outcome: 'served', attemptRows: [{ seq: 1, state: 'settled' }] });
  });

  it('unknown where it was sent and broke off, free where it never arrived, and no sum that would be a guess', async () => {
    const open = await openHouse({
      providers: { ...PRICED, nobody: { dialect: 'openai-chat', baseUrl: await closedPort() } },
      targets: ['nobody/x', 'alpha/steady-1', 'beta/steady-1'],
    });
    open.simulator.script('alpha', { fault: 'hang-before-headers' });
    const row = await rowOf(open, await ask(open, { stream: true }));
    expect(row.attemptRows.map((attempt) => [attempt.target, attempt.fault?.kind, attempt.state])).toEqual([
      ['nobody/x', 'connection-failed', 'free'],
      ['nobody/x', 'connection-failed', 'free'],
      ['alpha/steady-1', 'timed-out', 'unknown'],
      ['beta/steady-1', undefined, 'settled'],
    ]);
    expect(row.attemptRows.map((attempt) => attempt.costUsd !== undefined)).toEqual([true, true, false, true]);
    expect([row.costUsd, row.failover?.costDeltaUsd]).toEqual([undefined, undefined]);
    expect(row.failover).toMatchObject({ primary: 'nobody/x', error: 'connection-failed', target: 'beta/steady-1' });
  });

  it('a request that nobody could serve: failed, with every reason, and a failover to nobody', async () => {
    const open = await openHouse({ failover: { attempts: 1 } });
    for (const name of ['alpha', 'beta', 'gamma']) open.simulator.script(name, { fault: 'status', status: 503 });
    const answer = await ask(open, {});
    expect(answer.status).toBe(503);
    const row = await rowOf(open, answer);
    expect(row).toMatchObject({
      outcome: 'failed',
      attempts: 3,
      failure: { code: 'all_targets_failed', status: 503 },
      failover: { primary: 'alpha/steady-1', error: 'server-error' },
    });
    expect([row.servedBy, row.degraded, row.failover?.target]).toEqual([undefined, undefined, undefined]);
    for (const name of ['alpha', 'beta', 'gamma']) expect(row.failure?.message).toContain(`${name}/steady-1`);
  });
});

describe('usage as OpenAI tells it', () => {
  const usage = {
    prompt_tokens: 50,
    completion_tokens: 40,
    total_tokens: 90,
    prompt_tokens_details: { cached_tokens: 30 },
    completion_tokens_details: { reasoning_tokens: 25 },
  };
  const stored = { inputTokens: 50, cachedInputTokens: 30, outputTokens: 40, reasoningTokens: 25 };
  const base = { id: 'chatcmpl-1', created: 1, model: 'm' };

  it.each([false, true])('cached and reasoning tokens are on record, stream %s', async (stream) => {
    handmade = await startHandmadeProvider((response) => {
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      if (!stream) {
        const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
        response.end(JSON.stringify({ ...base, object: 'chat.completion', choices, usage }));
        return;
      }
      const chunk = (choices: object[], more = {}) =>
        `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...more })}\n\n`;
      response.write(chunk([{ index: 0, delta: { role: 'assistant', content: 'Hi' }, finish_reason: null }]));
      response.write(chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]));
      response.end(`${chunk([], { usage })}data: [DONE]\n\n`);
    });
    const open = await openHouse({ providers: { alpha: { ...PRICED.alpha, baseUrl: handmade.url } } });
    const row = await rowOf(open, await ask(open, { stream }));
    expect(row.usage).toEqual(stored);
    expect(row.attemptRows[0]?.usage).toEqual(stored);
    expect(row.costUsd).toBeCloseTo(0.000_13, 10);
  });
});
