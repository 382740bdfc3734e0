import type { ServerResponse } from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';

const chunk = (index: number, delta: JsonObject, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index, delta, finish_reason: finish }] })}\n\n`;

const searched = {
  type: 'message',
  id: 'm1',
  role: 'assistant',
  model: 'm',
  content: [
    { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'x' } },
    { type: 'text', text: 'So far.' },
  ],
  stop_reason: 'pause_turn',
  usage: { input_tokens: 4, output_tokens: 5 },
};
const filtered = {
  id: 'c',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'content_filter' }],
  usage: { prompt_tokens: 4, completion_tokens: 0, total_tokens: 4 },
};
const good = {
  ...filtered,
  choices: [{ index: 0, message: { role: 'assistant', content: 'Here.' }, finish_reason: 'stop' }],
};
const silent = {
  candidates: [{ index: 0, content: { role: 'model' }, finishReason: 'MAX_TOKENS' }],
  usageMetadata: { promptTokenCount: 4, totalTokenCount: 4 },
};

let provider: HandmadeProvider;
let house: House;
let openai: OpenAI;
let anthropic: Anthropic;
/** Lets the second answer of two go on. */
let goOn: () => void = () => undefined;

async function twoAnswers(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(chunk(0, { role: 'assistant', content: 'first' }) + chunk(0, {}, 'stop'));
  response.write(chunk(1, { role: 'assistant', content: 'sec' }));
  await new Promise<void>((resolve) => {
    goOn = resolve;
  });
  response.end(`${chunk(1, { content: 'ond' })}${chunk(1, {}, 'length')}data: [DONE]\n\n`);
}

beforeAll(async () => {
  provider = await startHandmadeProvider((response, model) => {
    if (model === 'two') return void twoAnswers(response);
    const bodies: Record<string, object> = { searched, filtered, good, silent };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(bodies[model]));
  });
  const baseUrl = provider.url;
  const targets = ['chat/filtered', 'chat/good'];
  house = await startHouse({
    providers: {
      chat: { dialect: 'openai-chat', baseUrl },
      claude: { dialect: 'anthropic-messages', baseUrl },
      gemini: { dialect: 'gemini-generate', baseUrl },
    },
    routes: {
      'filters-stop': { targets },
      'filters-next': { targets, failover: { onContentPolicy: 'next' } },
    },
  });
  openai = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url, maxRetries: 0 });
});
afterAll(async () => {
  await house.close();
  await provider.stop();
});

const ask = (model: string) =>
  openai.chat.completions.create({ model, messages: [{ role: 'user', content: 'Go on.' }] });

function ownObject(answer: object): JsonObject {
  const { understudy } = answer as { understudy?: JsonValue };
  return isJsonObject(understudy) ? understudy : {};
}

test('what the caller’s API has no place for is in the answer’s own object, in the ledger, and marks it as degraded', async () => {
  const answer = await ask('claude/searched');
  expect(answer.choices[0]).toMatchObject({ message: { content: 'So far.' }, finish_reason: 'stop' });
  const told = ownObject(answer);
  const fields = ['answer.server_tool_use', 'answer.finish_reason'];
  expect(told).toMatchObject({ degraded: true, degraded_reason: 'adapted', cause: 'answer.finish_reason' });
  const named = (Array.isArray(told.adapted) ? told.adapted : []).map((loss) => isJsonObject(loss) && loss.field);
  expect(named).toEqual(['max_tokens', ...fields]);
  const stored = await house.reader.request(String(told.request_id));
  expect(stored?.attemptRows[0]?.losses.map(({ field }) => field)).toEqual(expect.arrayContaining(fields));
  // The vendor's own client is given everything, and nothing is named.
  const own = await anthropic.messages.create({
    model: 'claude/searched',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Go on.' }],
  });
  expect([own.stop_reason, own.content.length, ownObject(own).adapted]).toEqual(['pause_turn', 2, undefined]);
});

describe('several answers to one streamed request', () => {
  test('go on after the first has ended, and each of them ends', async () => {
    const stream = await openai.chat.completions.create({
      model: 'chat/two',
      n: 2,
      stream: true,
      messages: [{ role: 'user', content: 'Go on.' }],
    });
    const seen: string[] = [];
    for await (const { choices } of stream) {
      for (const { index, delta, finish_reason } of choices) {
        seen.push(`${index}:${finish_reason ?? delta.content}`);
        // The provider says no more until the caller has this much.
        if (seen.at(-1) === '1:sec') goOn();
      }
    }
    expect(seen).toEqual(['0:first', '0:stop', '1:sec', '1:ond', '1:length']);
  });

  test('reach a caller of Gemini’s API as candidates', async () => {
    const client = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: house.gateway.url } });
    const asked = { model: 'chat/two', contents: 'Go on.', config: { candidateCount: 2 } };
    const said = ['', ''];
    const ends: (string | undefined)[] = [];
    for await (const { candidates } of await client.models.generateContentStream(asked)) {
      for (const { index = 0, content, finishReason } of candidates ?? []) {
        said[index] += content?.parts?.map(({ text }) => text).join('') ?? '';
        if (finishReason) ends[index] = finishReason;
        if (said[1] === 'sec') goOn();
      }
    }
    expect([said, ends]).toEqual([
      ['first', 'second'],
      ['STOP', 'MAX_TOKENS'],
    ]);
  });
});

describe('an answer that holds nothing', () => {
  test('because the provider’s filter withheld it: told as such, or another target where the route says so', async () => {
    const stopped = await ask('filters-stop');
    expect([stopped.choices[0]?.finish_reason, ownObject(stopped).served_by]).toEqual([
      'content_filter',
      'chat/filtered',
    ]);
    const next = await ask('filters-next');
    expect([next.choices[0]?.message.content, ownObject(next).cause]).toEqual(['Here.', 'content-policy']);
  });

  test('because the tokens did not suffice: the reason says so', async () => {
    const answer = await ask('gemini/silent');
    expect(answer.choices[0]).toMatchObject({ message: { content: '' }, finish_reason: 'length' });
  });
});
