import { afterAll, beforeAll, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';

const CITATION = {
  type: 'url_citation',
  url_citation: { url: 'https://example.com/a', title: 'A', start_index: 0, end_index: 5 },
};
const CALL = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;

let house: House;
let provider: HandmadeProvider;
beforeAll(async () => {
  provider = await startHandmadeProvider((response, model) => {
    const [text, call, citation] = [{ content: 'Found.' }, { tool_calls: [CALL] }, { annotations: [CITATION] }];
    const deltas = model === 'late' ? [text, call, citation] : [text, citation, call];
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${deltas.map((delta) => chunk(delta)).join('')}${chunk({}, 'tool_calls')}data: [DONE]\n\n`);
  });
  house = await startHouse({ providers: { found: { dialect: 'openai-chat', baseUrl: `${provider.url}/v1` } } });
});
afterAll(async () => {
  await house.close();
  await provider.stop();
});

const TOOL = { name: 'look', input_schema: { type: 'object', properties: {} } };
const ASKED = {
  '/v1/messages': { max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], tools: [TOOL] },
  '/v1/responses': { input: 'Hi', tools: [{ type: 'function', name: 'look', parameters: TOOL.input_schema }] },
};

test.each(
  (['/v1/messages', '/v1/responses'] as const).flatMap((path) => [
    { path, model: 'late', named: true },
    { path, model: 'timely', named: false },
  ]),
)('a citation told $model in a stream of $path is told, or named as lost', async ({ path, model, named }) => {
  const response = await fetch(house.gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: `found/${model}`, stream: true, ...ASKED[path] }),
  });
  const text = await response.text();
  expect(text).toContain('Found.');
  expect(text.includes('https://example.com/a')).toBe(!named);
  expect(/"field":"answer.citations"/.test(text)).toBe(named);
});
