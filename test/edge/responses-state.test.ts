import { request } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../src/storage/sqlite-driver.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

type Json = Record<string, unknown>;

let house: House | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function open(options: HouseOptions = {}): Promise<House> {
  house = await startHouse(options);
  return house;
}

interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly key?: string;
}

async function ask(path: string, { method = 'POST', body, key }: Ask = {}): Promise<{ status: number; json: Json }> {
  const answer = await request(`${house?.gateway.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.statusCode, json: (await answer.body.json()) as Json };
}

function respond(fields: Json, key?: string) {
  return ask('/v1/responses', { body: { model: 'reply', ...fields }, ...(key !== undefined && { key }) });
}

/** The file as another process has it. */
function other(ledgerFile: string) {
  const connection = openSqlite(ledgerFile);
  connection.prepare('pragma busy_timeout = 5000').all([]);
  return connection;
}

function errorOf({ json }: { json: Json }): Json {
  return json.error as Json;
}

describe('what one caller had kept', () => {
  const KEYS = { ADA: 'key-of-ada-0123456789', BEN: 'key-of-ben-0123456789' };
  const server = {
    keys: [
      { name: 'ada', key: 'env:ADA' },
      { name: 'ben', key: 'env:BEN' },
    ],
  };

  test('is not there for another one, whatever it is asked for', async () => {
    await open({ server, env: KEYS });
    const first = await respond({ input: 'The word is xylophone.' }, KEYS.ADA);
    const conversation = await ask('/v1/conversations', {
      body: { items: [{ role: 'user', content: 'The word is xylophone.' }] },
      key: KEYS.ADA,
    });
    const [response, conv] = [String(first.json.id), String(conversation.json.id)];
    const [{ id: item }] = first.json.output as [{ id: string }];
    const message = { role: 'user', content: 'Hm' };
    const attempts: [string, Ask][] = [
      [`/v1/responses/${response}`, { method: 'GET' }],
      [`/v1/responses/${response}`, { method: 'DELETE' }],
      [`/v1/responses/${response}/input_items`, { method: 'GET' }],
      ['/v1/responses', { body: { model: 'reply', input: 'Hm', previous_response_id: response } }],
      ['/v1/responses', { body: { model: 'reply', input: 'Hm', conversation: conv } }],
      ['/v1/responses', { body: { model: 'reply', input: [message, { type: 'item_reference', id: item }] } }],
      [`/v1/conversations/${conv}`, { method: 'GET' }],
      [`/v1/conversations/${conv}`, { body: { metadata: { a: 'b' } } }],
      [`/v1/conversations/${conv}`, { method: 'DELETE' }],
      [`/v1/conversations/${conv}/items`, { method: 'GET' }],
      [`/v1/conversations/${conv}/items`, { body: { items: [message] } }],
    ];
    for (const [path, how] of attempts) {
      const stranger = await ask(path, { ...how, key: KEYS.BEN });
      expect({ path, status: stranger.status }).toEqual({ path, status: 404 });
      expect(JSON.stringify(stranger.json)).not.toContain('xylophone');
      expect((await ask(path, how)).status).toBe(401);
    }
    const owner = await respond({ input: 'Which?', previous_response_id: response }, KEYS.ADA);
    expect(owner.status).toBe(200);
    expect((await ask(`/v1/conversations/${conv}`, { method: 'GET', key: KEYS.ADA })).status).toBe(200);
  });

  test('has ids that nobody guesses', async () => {
    await open();
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => [
        String((await respond({ input: 'Hi' })).json.id),
        String((await ask('/v1/conversations')).json.id),
      ]),
    );
    expect(new Set(ids.flat()).size).toBe(40);
    for (const id of ids.flat()) expect(id).toMatch(/^(?:resp_req|conv)_[0-9a-f]{32}$/);
  });
});

describe('two requests at once', () => {
  test('of one conversation: the second is told to come back, and can once the first has ended', async () => {
    const { simulator } = await open();
    const { json } = await ask('/v1/conversations');
    const conversation = String(json.id);
    simulator.script('alpha', { fault: 'none', delayMs: 300 });
    const first = respond({ input: 'One', conversation });
    await eventually(() => simulator.meter('alpha').concurrent, 1);
    const answer = await request(`${house?.gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'reply', input: 'Two', conversation }),
    });
    expect(answer.statusCode).toBe(409);
    expect(answer.headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '1' });
    expect(((await answer.body.json()) as { error: Json }).error).toMatchObject({
      code: 'conversation_locked',
      param: 'conversation',
    });
    for (const [path, method] of [
      [`/v1/conversations/${conversation}`, 'DELETE'],
      [`/v1/conversations/${conversation}/items/msg_1`, 'DELETE'],
    ] as const) {
      expect((await ask(path, { method })).status).toBe(409);
    }
    // Only to read is allowed at any time, and so is an answer that adds nothing.
    expect((await ask(`/v1/conversations/${conversation}/items`, { method: 'GET' })).json.data).toEqual([]);
    expect((await respond({ input: 'Three', conversation, store: false })).status).toBe(200);
    expect((await first).status).toBe(200);
    expect((await respond({ input: 'Two', conversation })).status).toBe(200);
    const { json: page } = await ask(`/v1/conversations/${conversation}/items`, { method: 'GET' });
    expect(page.data).toHaveLength(4);
  });

  test('a request that failed leaves no lock behind', async () => {
    const { simulator } = await open();
    const conversation = String((await ask('/v1/conversations')).json.id);
    for (const name of ['alpha', 'beta', 'gamma']) simulator.script(name, { fault: 'status', status: 503 });
    expect((await respond({ input: 'One', conversation })).status).toBe(503);
    expect((await respond({ input: 7, conversation })).status).toBe(400);
    expect((await respond({ input: 'One', conversation, model: 'nobody' })).status).toBe(404);
    for (const name of ['alpha', 'beta', 'gamma']) simulator.script(name, undefined);
    expect((await respond({ input: 'One', conversation })).status).toBe(200);
    const { json: page } = await ask(`/v1/conversations/${conversation}/items`, { method: 'GET' });
    expect(page.data).toHaveLength(2);
  });

  test('a conversation that is deleted by another process meanwhile: the answer is given, and says that it is not kept', async () => {
    const { simulator, ledgerFile, logs } = await open();
    const conversation = String((await ask('/v1/conversations')).json.id);
    simulator.script('alpha', { fault: 'none', delayMs: 300 });
    const first = respond({ input: 'One', conversation });
    await eventually(() => simulator.meter('alpha').concurrent, 1);
    const raw = other(ledgerFile);
    raw.exec('pragma foreign_keys = on');
    raw.prepare('delete from conversations where id = ?').run([conversation]);
    raw.close();
    const { status, json } = await first;
    expect({ status, store: json.store, conversation: json.conversation }).toEqual({
      status: 200,
      store: false,
      conversation: null,
    });
    expect(logs.join('')).toContain('was deleted meanwhile');
  });
});

describe('bounds', () => {
  test('a conversation that has grown too long is refused with the option that says how long', async () => {
    const { simulator } = await open({ conversations: { items: 5 } });
    const first = await respond({ input: 'One' });
    const second = await respond({ input: 'Two', previous_response_id: first.json.id });
    const third = await respond({ input: 'Three', previous_response_id: second.json.id });
    expect(third.status).toBe(200);
    const before = simulator.meter('alpha').requests;
    const fourth = await respond({ input: 'Four', previous_response_id: third.json.id });
    expect(fourth.status).toBe(400);
    expect(errorOf(fourth)).toMatchObject({ param: 'previous_response_id', code: 'invalid_request' });
    expect(errorOf(fourth).message).toMatch(/6 items .*`conversations\.items`/);
    expect(simulator.meter('alpha').requests).toBe(before);
    const conversation = String((await ask('/v1/conversations')).json.id);
    const items = Array.from({ length: 4 }, (_, at) => ({ role: 'user', content: `Word ${at}` }));
    expect((await ask(`/v1/conversations/${conversation}/items`, { body: { items } })).status).toBe(200);
    const more = await ask(`/v1/conversations/${conversation}/items`, { body: { items } });
    expect(more.status).toBe(400);
    expect(errorOf(more).message).toMatch(/beyond 5 items/);
  });

  test('bytes count as well', async () => {
    await open({ conversations: { size: '2KiB' } });
    const first = await respond({ input: 'x'.repeat(3_000) });
    expect(first.json.store).toBe(true);
    const second = await respond({ input: 'Two', previous_response_id: first.json.id });
    expect(second.status).toBe(400);
    expect(errorOf(second).message).toContain('`conversations.size`');
  });

  const UNREADABLE: readonly [string, Json, string][] = [
    ['two places to go on from', { previous_response_id: 'resp_a', conversation: 'conv_a' }, 'previous_response_id'],
    ['no id', { previous_response_id: 7 }, 'previous_response_id'],
    ['an empty id', { conversation: '' }, 'conversation'],
    ['a conversation without an id', { conversation: {} }, 'conversation.id'],
    ['an id beyond all measure', { conversation: 'x'.repeat(201) }, 'conversation'],
    ['a wish that is none', { store: 'yes' }, 'store'],
    ['work in the background', { background: true }, 'background'],
    ['a prompt that a provider stores', { prompt: { id: 'pmpt_1' } }, 'prompt.id'],
  ];
  test('what cannot be understood, or is not offered, is refused by name', async () => {
    const { simulator } = await open();
    for (const [what, fields, param] of UNREADABLE) {
      const answer = await respond({ input: 'Hi', ...fields });
      expect({ what, status: answer.status }).toEqual({ what, status: 400 });
      expect(errorOf(answer), what).toMatchObject({ param, code: 'invalid_request' });
    }
    expect(simulator.meter('alpha').requests).toBe(0);
  });

  const WRONG: readonly [string, Ask, string][] = [
    ['/v1/responses/ID?stream=true', { method: 'GET' }, 'stream'],
    ['/v1/responses/ID/input_items?limit=0', { method: 'GET' }, 'limit'],
    ['/v1/responses/ID/input_items?limit=101', { method: 'GET' }, 'limit'],
    ['/v1/responses/ID/input_items?order=up', { method: 'GET' }, 'order'],
    ['/v1/responses/ID/input_items?order=asc&order=desc', { method: 'GET' }, 'order'],
    ['/v1/responses/ID/input_items?after=msg_none', { method: 'GET' }, 'after'],
    ['/v1/conversations', { body: { metadata: { a: 1 } } }, 'metadata'],
    ['/v1/conversations', { body: { metadata: { a: 'x'.repeat(513) } } }, 'metadata'],
    ['/v1/conversations', { body: { items: 'Hi' } }, 'items'],
    [
      '/v1/conversations',
      { body: { items: Array.from({ length: 21 }, () => ({ role: 'user', content: '' })) } },
      'items',
    ],
    ['/v1/conversations', { body: { items: ['Hi'] } }, 'items[0]'],
    ['/v1/conversations', { body: { items: [{ type: 'item_reference', id: 'msg_1' }] } }, 'items[0]'],
  ];
  test('an address or a body that means nothing is refused by name', async () => {
    await open();
    const { json } = await respond({ input: 'Hi' });
    for (const [path, how, param] of WRONG) {
      const answer = await ask(path.replace('ID', String(json.id)), how);
      expect({ path, status: answer.status, param: errorOf(answer).param }).toEqual({ path, status: 400, param });
    }
  });

  test('what is wrong in the new input is named where the caller has it', async () => {
    await open();
    const { json } = await respond({ input: 'Hi' });
    const answer = await respond({
      input: [
        { role: 'user', content: 'Fine' },
        { role: 'bard', content: 'Alas' },
      ],
      previous_response_id: json.id,
    });
    expect(errorOf(answer)).toMatchObject({ param: 'input[1].role', code: 'invalid_request' });
  });
});

describe('an operator who has nothing kept', () => {
  test('gets the whole of the API without state, and names the option where state is asked for', async () => {
    const { ledgerFile } = await open({ conversations: { store: false } });
    const { status, json } = await respond({ input: 'The word is xylophone.' });
    expect({ status, store: json.store }).toEqual({ status: 200, store: false });
    expect(JSON.stringify(json.understudy)).toContain('"store"');
    const refused = [
      await respond({ input: 'Hi', previous_response_id: 'resp_1' }),
      await respond({ input: 'Hi', conversation: 'conv_1' }),
      await respond({ input: [{ type: 'item_reference', id: 'msg_1' }] }),
      await ask('/v1/conversations'),
      await ask('/v1/responses/resp_1', { method: 'GET' }),
    ];
    for (const answer of refused) {
      expect(answer.status).toBe(400);
      expect(errorOf(answer).message).toMatch(/`conversations\.store` is false/);
    }
    const raw = other(ledgerFile);
    expect(raw.prepare('select count(*) as n from items').all([])).toEqual([{ n: 0 }]);
    raw.close();
  });
});

describe('a store that cannot be written', () => {
  test('whole or streamed, the answer is given and says so; log, gauge and alert tell the operator', async () => {
    const { ledgerFile, logs, gateway } = await open();
    const fine = await respond({ input: 'One' });
    const raw = other(ledgerFile);
    raw.exec(`create trigger full before insert on items begin select raise(abort, 'no room'); end`);
    raw.close();
    const whole = await respond({ input: 'Two', previous_response_id: fine.json.id });
    expect({ status: whole.status, store: whole.json.store }).toEqual({ status: 200, store: false });
    expect(JSON.stringify(whole.json.output)).toContain('output_text');
    const answer = await request(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'reply', input: 'Three', stream: true }),
    });
    const text = await answer.body.text();
    const end = JSON.parse(/event: response\.completed\ndata: (.*)/.exec(text)?.[1] ?? '{}') as { response: Json };
    expect(end.response).toMatchObject({ status: 'completed', store: false });
    expect((await ask(`/v1/responses/${String(end.response.id)}`, { method: 'GET' })).status).toBe(404);
    expect(logs.filter((line) => line.includes('a response was not kept, and its caller was told so'))).toHaveLength(2);
    const metrics = await (await request(`${gateway.url}/metrics`)).body.text();
    expect(metrics).toMatch(/understudy_unkept_responses 2/);
    expect(metrics).toMatch(/understudy_alerts_total\{kind="ledger-trouble"\} [12]/);
    expect((await ask(`/v1/responses/${String(fine.json.id)}`, { method: 'GET' })).status).toBe(200);
  });
});

describe('retention', () => {
  test('what nobody goes on with is deleted from the file, requests and conversations each by their own age', async () => {
    const { ledgerFile, logs, reader } = await open({ retention: { conversations: '1s', requests: '1s' } });
    const { json } = await respond({ input: 'The word is xylophone.' });
    const left = () => {
      const raw = other(ledgerFile);
      const tables = ['conversations', 'responses', 'items', 'requests', 'attempts'];
      const counts = tables.map((name) => raw.prepare(`select count(*) as n from ${name}`).all([]) as [{ n: number }]);
      raw.close();
      return counts.map(([{ n }]) => n);
    };
    expect(left()).toEqual([1, 1, 2, 1, 1]);
    await eventually(left, [0, 0, 0, 0, 0]);
    expect((await ask(`/v1/responses/${String(json.id)}`, { method: 'GET' })).status).toBe(404);
    expect((await reader.requests({ limit: 1 })).rows).toEqual([]);
    await eventually(
      () => logs.join(''),
      (text) => /conversations past their retention were deleted/.test(text),
    );
  });
});
