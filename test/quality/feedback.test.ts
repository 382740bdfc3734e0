import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';

const KEYS = { WEB_KEY: 'web-key-0123456789', APP_KEY: 'app-key-0123456789', BOSS_KEY: 'boss-key-0123456789' };
const targets = ['alpha/steady-1', 'beta/steady-1'];
let house: House;

beforeAll(async () => {
  house = await startHouse({
    env: KEYS,
    server: {
      adminKey: 'env:BOSS_KEY',
      keys: [
        { name: 'web', key: 'env:WEB_KEY' },
        { name: 'app', key: 'env:APP_KEY' },
      ],
    },
    targets,
    routes: {
      judged: { targets, qualityWatch: { baseline: 0.98, margin: 0.05, scoresPerFalseAlarm: 1_000 } },
      other: { targets, qualityWatch: { baseline: 0.98, margin: 0.05, scoresPerFalseAlarm: 1_000 } },
      alone: { targets: ['alpha/steady-1'], qualityWatch: { enabled: false } },
    },
  });
});
afterAll(() => house.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });

async function ask(route = 'reply', key = KEYS.WEB_KEY) {
  const answer = await fetch(`${house.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: bearer(key),
    body: JSON.stringify({ model: route, messages: [{ role: 'user', content: 'Say it.' }] }),
  });
  await answer.text();
  return {
    id: answer.headers.get('x-understudy-request-id') ?? '',
    servedBy: answer.headers.get('x-understudy-served-by'),
  };
}

async function judge(body: Record<string, unknown>, key: string | undefined = KEYS.WEB_KEY) {
  const answer = await fetch(`${house.gateway.url}/v1/feedback`, {
    method: 'POST',
    headers: key === undefined ? { 'content-type': 'application/json' } : bearer(key),
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function admin(path: string) {
  const answer = await fetch(`${house.gateway.url}${path}`, { headers: bearer(KEYS.BOSS_KEY) });
  return answer.json();
}

describe('feedback on an answer', () => {
  it('is kept once for each request and caller, and stands with the request', async () => {
    const { id } = await ask();
    const words = { request_id: id, score: 0.5, comment: 'too long', tags: ['tone'] };
    expect(await judge(words)).toMatchObject({
      status: 201,
      body: { object: 'feedback', score: 0.5, repeated: false },
    });
    expect(await judge(words)).toMatchObject({
      status: 200,
      body: { score: 0.5, comment: 'too long', repeated: true },
    });
    expect(await judge({ request_id: id, complaint: true })).toMatchObject({ status: 409 });
    expect(await admin(`/admin/requests/${id}`)).toMatchObject({
      feedback: [{ caller: 'web', score: 0.5, complaint: false, comment: 'too long', tags: ['tone'] }],
    });
  });

  it('is kept once where two of one caller come at the same time', async () => {
    const { id } = await ask();
    const both = await Promise.all([judge({ request_id: id, score: 1 }), judge({ request_id: id, score: 1 })]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 201]);
  });

  it("of another caller's request is answered as that of one that is not there", async () => {
    const { id } = await ask();
    const [theirs, nobodys] = [
      await judge({ request_id: id, score: 1 }, KEYS.APP_KEY),
      await judge({ request_id: 'no', score: 1 }),
    ];
    expect([theirs.status, nobodys.status]).toEqual([404, 404]);
    const worded = ({ body }: typeof theirs) =>
      JSON.stringify(body)
        .replaceAll(id, 'no')
        .replace(/"req_[^"]*"/, '""');
    expect(worded(theirs)).toBe(worded(nobodys));
  });

  it.each([
    ['no id', { score: 1 }],
    ['no verdict', { request_id: 'r' }],
    ['a score beyond 1', { request_id: 'r', score: 1.01 }],
    ['a score that is no number', { request_id: 'r', score: '1' }],
    ['both', { request_id: 'r', score: 0, complaint: true }],
    ['a complaint that is none', { request_id: 'r', complaint: false }],
    ['a comment without end', { request_id: 'r', score: 0, comment: 'x'.repeat(2_001) }],
    ['tags that are none', { request_id: 'r', score: 0, tags: [1] }],
    ['a field that nobody knows', { request_id: 'r', score: 0, stars: 5 }],
  ])('with %s is refused', async (_, body) => {
    expect((await judge(body)).status).toBe(400);
  });

  it('without a key is refused', async () => {
    expect((await judge({ request_id: 'r', score: 1 }, '')).status).toBe(401);
  });
});

describe('complaints about one answer in four of a route', () => {
  it('shut the lane of its primary for that route alone; an operator opens it', async () => {
    let until = 0;
    for (; until < 200; until += 1) {
      const [{ id, servedBy }, other] = [await ask('judged'), await ask('other')];
      if (servedBy !== 'alpha/steady-1') break;
      await judge({ request_id: id, ...(until % 4 === 3 ? { complaint: true } : { score: 1 }) });
      await judge({ request_id: other.id, score: 1 });
    }
    process.stdout.write(`feedback regression over sockets: the lane was shut after ${until} requests\n`);
    expect(until).toBeGreaterThan(8);
    expect(until).toBeLessThan(120);
    expect([(await ask('judged')).servedBy, (await ask('other')).servedBy]).toEqual([
      'beta/steady-1',
      'alpha/steady-1',
    ]);

    const { targets: rows } = (await admin('/admin/targets')) as {
      targets: { route: string; target: string; quality: unknown }[];
    };
    const row = rows.find(({ route, target }) => route === 'judged' && target === 'alpha/steady-1');
    expect(row?.quality).toMatchObject([{ source: 'feedback', state: 'fallen', limit: 1_000 }]);
    const metrics = await (await fetch(`${house.gateway.url}/metrics`, { headers: bearer(KEYS.BOSS_KEY) })).text();
    expect(metrics).toContain('understudy_quality_state{route="judged",target="alpha/steady-1",source="feedback"} 2');
    expect(house.logs.join('')).toContain('quality-fell');

    const closed = await fetch(`${house.gateway.url}/admin/targets/alpha/steady-1/breaker-close`, {
      method: 'POST',
      headers: bearer(KEYS.BOSS_KEY),
      body: '{}',
    });
    expect(closed.status).toBe(200);
    expect((await ask('judged')).servedBy).toBe('alpha/steady-1');
  });
});
