import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

let house: House;

const prepared = { whenNobodyServes: 'static', static: { text: 'Later, please.' } };

beforeAll(async () => {
  const failover = { attempts: 1 };
  house = await startHouse({
    routes: {
      later: {
        targets: ['alpha/steady-1', 'beta/steady-1'],
        failover,
        workload: 'background',
        degraded: { onRefused: 'defer' },
      },
      alone: {
        targets: ['alpha/steady-alone--status-503'],
        failover,
        workload: 'background',
        degraded: { onRefused: 'defer' },
      },
      contracted: {
        targets: ['alpha/steady-dead--status-503'],
        failover,
        contract: { schema: { type: 'object', required: ['mood'] } },
        degraded: { whenNobodyServes: 'static', static: { text: 'Later, please.', json: { mood: 'unknown' } } },
      },
      dead: {
        targets: ['alpha/steady-dead--status-503'],
        failover,
        workload: 'background',
        degraded: prepared,
      },
    },
    health: { breaker: { probeInterval: '300ms' } },
  });
});
afterAll(() => house.close());

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${house.gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, json: (await answer.json()) as Record<string, unknown> };
}

const chat = (model: string, more: Record<string, unknown> = {}) => ({
  model,
  messages: [{ role: 'user', content: 'How are you?' }],
  ...more,
});
const strict = { understudy: { quality: 'strict' } };

it('a degraded answer that is refused becomes a job, which the primary answers when it is back', async () => {
  house.simulator.script('alpha', { fault: 'status', status: 503 });
  const refused = await post('/v1/chat/completions', chat('later', strict));
  expect([refused.status, refused.json.object]).toEqual([202, 'job']);
  house.simulator.script('alpha', undefined);
  const job = await eventually(
    async () => (await fetch(`${house.gateway.url}/v1/jobs/${String(refused.json.id)}`)).json() as Promise<Job>,
    ({ state }) => state === 'done',
  );
  expect(job.result?.understudy).toMatchObject({ served_by: 'alpha/steady-1', degraded: false });
});

interface Job {
  readonly state: string;
  readonly result?: { readonly understudy: unknown };
}

it('nobody is given a job who did not refuse, who had nothing to refuse, who streams, or who wants the response kept', async () => {
  house.simulator.script('alpha', { fault: 'status', status: 503 });
  const taken = await post('/v1/chat/completions', chat('later'));
  expect([taken.status, taken.headers.get('x-understudy-served-by')]).toEqual([200, 'beta/steady-1']);
  const streamed = await post('/v1/chat/completions', chat('later', { ...strict, stream: true }));
  expect([streamed.status, code(streamed)]).toEqual([503, 'all_targets_failed']);
  const alone = await post('/v1/chat/completions', chat('alone', strict));
  expect([alone.status, code(alone)]).toEqual([503, 'all_targets_failed']);
  const kept = await post('/v1/responses', { model: 'later', input: 'Hi', store: true, ...strict });
  expect([kept.status, code(kept)]).toEqual([503, 'all_targets_failed']);
  house.simulator.script('alpha', undefined);
});

it('the prepared answer keeps the contract of its route, and is for whoever would take it: a pin, vectors and a forced tool get the error', async () => {
  expect((await post('/v1/chat/completions', chat('dead'))).headers.get('x-understudy-served-by')).toBe('static');
  const json = await post('/v1/chat/completions', chat('contracted'));
  expect(json.json.choices).toMatchObject([{ message: { content: '{"mood":"unknown"}' } }]);
  const pin = { understudy: { pin: 'alpha/steady-dead--status-503' } };
  expect((await post('/v1/chat/completions', chat('dead', pin))).status).toBe(503);
  const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }];
  const forced = { tools, tool_choice: 'required' };
  expect((await post('/v1/chat/completions', chat('dead', forced))).status).toBe(503);
  expect((await post('/v1/embeddings', { model: 'dead', input: 'Hi' })).status).toBeGreaterThanOrEqual(400);
});

function code({ json }: { readonly json: Record<string, unknown> }): unknown {
  return (json.error as { readonly code?: unknown } | undefined)?.code;
}
