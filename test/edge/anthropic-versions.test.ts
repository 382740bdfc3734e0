import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

const KEY = 'web-key-0123456789';
let house: House;

beforeAll(async () => {
  house = await startHouse({
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY' }] },
    env: { WEB_KEY: KEY },
    providers: {
      beta: {
        models: {
          'steady-1': { quirks: { anthropicVersion: '2023-06-01' } },
          'newest-1': { quirks: { anthropicVersion: '2026-10-21' } },
        },
      },
    },
    routes: { both: { targets: ['beta/newest-1--status-529', 'beta/steady-1'], failover: { attempts: 1 } } },
  });
});
afterAll(() => house.close());

const PDF = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' } };
const CITED = {
  type: 'text',
  text: 'As said.',
  citations: [{ type: 'char_location', cited_text: 'x', document_index: 0, start_char_index: 0, end_char_index: 1 }],
};

function ask(model: string, headers: Record<string, string>, more: JsonObject = {}): Promise<Response> {
  return fetch(`${house.gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }], ...more }),
  });
}

const lastSent = () => house.simulator.meter('beta').requestLog.at(-1);

describe('callers of the Messages API', () => {
  const keys: [string, Record<string, string>][] = [
    ['a bearer token, as the SDKs of today send it', { authorization: `Bearer ${KEY}` }],
    ['x-api-key, as those of a year ago do', { 'x-api-key': KEY }],
  ];
  const versions = ['2023-06-01', '2026-10-21', '2027-03-01', undefined];
  const cases = keys.flatMap(([how, key]) => versions.map((version) => ({ how, key, version })));

  test.each(cases)('version $version with $how is served', async ({ key, version }) => {
    const response = await ask('beta/steady-1', {
      ...key,
      ...(version !== undefined && { 'anthropic-version': version }),
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ type: 'message', role: 'assistant' });
  });

  test.each(['2024-02-30', 'latest', '2023-06-02'])(
    'version %s never was: 400, with those that are',
    async (version) => {
      const response = await ask('beta/steady-1', { 'x-api-key': KEY, 'anthropic-version': version });
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: { type: string; message: string } };
      expect(error.type).toBe('invalid_request_error');
      expect(error.message).toMatch(/^anthropic-version: .*2023-06-01, 2026-10-21/);
    },
  );
});

describe('targets of one version, callers of another', () => {
  const OLD = { 'x-api-key': KEY, 'anthropic-version': '2023-06-01' };
  const older: JsonObject = {
    temperature: 0.2,
    top_k: 5,
    messages: [
      { role: 'user', content: [{ ...CITED }, { type: 'text', text: 'Hello' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Here.' }, PDF] },
      { role: 'user', content: 'Go on.' },
    ],
  };

  test('what version 2026-10-21 refuses is kept from a target that speaks it, and told', async () => {
    const response = await ask('beta/newest-1', OLD, older);
    const answer = (await response.json()) as { understudy: { adapted: { field: string }[] } };
    expect(response.status).toBe(200);
    expect(lastSent()?.headers['anthropic-version']).toBe('2026-10-21');
    expect(lastSent()?.body).not.toHaveProperty('temperature');
    expect(JSON.stringify(lastSent()?.body)).not.toMatch(/citations|document/);
    expect(answer.understudy.adapted.map(({ field }) => field).sort()).toEqual([
      'citations',
      'messages[1].content[1]',
      'temperature',
      'top_k',
    ]);
    expect(response.headers.get('x-understudy-degraded')).toBe('true');
  });

  test('a target of the version before gets the same request whole', async () => {
    expect((await ask('both', OLD, older)).status).toBe(200);
    expect(lastSent()?.headers['anthropic-version']).toBe('2023-06-01');
    expect(lastSent()?.body).toMatchObject(older);
  });
});
