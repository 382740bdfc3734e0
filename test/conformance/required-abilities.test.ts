import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainRequest } from '../../src/cli/explain-request.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';

let house: House;

beforeAll(async () => {
  const simulated = { models: { 'steady-1': {}, 'blind-1': { abilities: { 'web-search': 'no' } } } };
  house = await startHouse({
    failover: { attempts: 1 },
    providers: { alpha: simulated, beta: { models: { 'steady-1': {} } }, gamma: { models: { 'steady-1': {} } } },
    routes: {
      elsewhere: { targets: ['beta/steady-1', 'gamma/steady-1'] },
      chats: { targets: ['alpha/steady-1'] },
      mixed: { targets: ['beta/steady-1', 'alpha/steady-1'], failover: { attempts: 1 } },
      told: { targets: ['alpha/blind-1'] },
      broken: { targets: ['alpha/steady-1--status-503', 'beta/steady-1'], failover: { attempts: 1 } },
    },
  });
});
afterAll(() => house.close());

function post(path: string, body: JsonObject): Promise<Response> {
  return fetch(house.gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const chat = (model: string, more: JsonObject): Promise<Response> =>
  post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hello' }], ...more });

const idOf = (response: Response) => response.headers.get('x-understudy-request-id') ?? '';

async function explained(response: Response): Promise<string> {
  const stored = await house.reader.request(idOf(response));
  return stored ? explainRequest(stored).join('\n') : 'nothing is stored';
}

describe('a request that only some targets can serve', () => {
  test('goes to the one that can, and explain says why the primary was not asked', async () => {
    const response = await chat('mixed', { web_search_options: {} });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-understudy-served-by')).toBe('alpha/steady-1');
    expect(response.headers.get('x-understudy-degraded-reason')).toBe('fallback: capability(web-search)');
    expect(await explained(response)).toContain('beta/steady-1 (primary): not eligible, capability(web-search)');
  });

  test('does not fail over to one that cannot: an answer without its search is another answer', async () => {
    const response = await chat('broken', { web_search_options: {} });
    expect(response.status).toBe(503);
    expect(await explained(response)).toMatch(/beta\/steady-1: not eligible, capability\(web-search\)/);
  });

  test('is refused where the operator says that the model has no such thing', async () => {
    const response = await chat('told', { web_search_options: {} });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('capability(web-search)');
  });

  test('several answers go to nobody who gives one', async () => {
    expect((await chat('chats', { n: 2 })).status).toBe(200);
    const response = await chat('mixed', { n: 2 });
    expect(response.headers.get('x-understudy-served-by')).toBe('alpha/steady-1');
    expect(((await response.json()) as { choices: unknown[] }).choices).toHaveLength(2);
  });
});

describe('when nobody can', () => {
  const hello = [{ role: 'user', content: 'Hello' }];
  const file = { type: 'file', file: { file_id: 'file-1' } };
  const cases: [string, string, string, JsonObject, string, string][] = [
    [
      'a search in Chat Completions',
      '/v1/chat/completions',
      'elsewhere',
      { messages: hello, web_search_options: {} },
      'capability(web-search)',
      'web_search_options',
    ],
    [
      'a file in Chat Completions',
      '/v1/chat/completions',
      'elsewhere',
      { messages: [{ role: 'user', content: [file] }] },
      'provider-state(file)',
      'messages[0].content[0]',
    ],
    [
      'a shell of OpenAI’s in Responses',
      '/v1/responses',
      'elsewhere',
      { input: 'Hello', store: false, tools: [{ type: 'local_shell' }] },
      'capability(editor-tools)',
      'tools[0]',
    ],
    [
      'an MCP server in Messages',
      '/v1/messages',
      'chats',
      { max_tokens: 9, messages: hello, mcp_servers: [{ type: 'url', url: 'https://mcp.example.com', name: 'm' }] },
      'capability(mcp)',
      'mcp_servers',
    ],
    [
      'a container in Messages',
      '/v1/messages',
      'chats',
      { max_tokens: 9, messages: hello, container: 'c_1' },
      'provider-state(container)',
      'container',
    ],
    [
      'a cache in generateContent',
      '/v1beta/models/chats:generateContent',
      'chats',
      { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], cachedContent: 'cachedContents/1' },
      'provider-state(cached-content)',
      'cachedContent',
    ],
    [
      'speech in generateContent',
      '/v1beta/models/chats:generateContent',
      'chats',
      { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }], generationConfig: { responseModalities: ['AUDIO'] } },
      'capability(audio-output)',
      'generationConfig.responseModalities',
    ],
  ];

  test.each(cases.flatMap((one) => [false, true].map((stream) => [...one, stream] as const)))(
    '%s: one clear error in the caller’s dialect, at once (streamed: $6)',
    async (_, path, model, body, reason, field, stream) => {
      const isGemini = path.startsWith('/v1beta');
      const asked = isGemini && stream ? path.replace('generateContent', 'streamGenerateContent?alt=sse') : path;
      const response = await post(asked, isGemini ? body : { model, stream, ...body });
      const text = await response.text();
      expect(response.status, text).toBe(400);
      expect(response.headers.get('x-should-retry')).toBe('false');
      const { error } = JSON.parse(text) as { error: { message: string; param?: string } };
      expect(error.message).toContain(reason);
      expect(text).toContain(field);
      expect(await explained(response)).toContain(reason);
    },
  );
});
