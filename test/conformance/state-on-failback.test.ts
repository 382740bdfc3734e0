import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { isJsonObject } from '../../src/model/json.ts';
import type { House, HouseOptions } from '../kit/gateway-kit.ts';
import { startWays } from './ways.ts';

/** `beta` speaks anthropic-messages and signs its thinking; `alpha` has nothing of the kind. */
const ROUTE = { targets: ['beta/thinker-1', 'alpha/steady-1'], failover: { attempts: 1 } };

let house: House;
afterEach(() => house.close());

async function begin(over: HouseOptions = {}): Promise<void> {
  house = await startWays({
    // One fault after the other is what this is about; no lane may be shut for it.
    health: { breaker: { consecutive: 1_000, minimumSamples: 1_000 } },
    routes: { chat: ROUTE },
    ...over,
  });
}

/** A client of the official library: what it pushes of an answer is all that it has of it. */
function conversation(keep: (message: OpenAI.ChatCompletionMessage) => OpenAI.ChatCompletionMessageParam, key: string) {
  const client = new OpenAI({ apiKey: key, baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
  const messages: OpenAI.ChatCompletionMessageParam[] = [];
  const tools: OpenAI.ChatCompletionTool[] = [
    {
      type: 'function',
      function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    },
  ];
  return async (provider: 'alpha' | 'beta', say: OpenAI.ChatCompletionMessageParam): Promise<string[]> => {
    for (const each of ['alpha', 'beta'] as const) {
      house.simulator.script(each, each === provider ? undefined : { fault: 'status', status: 503 });
    }
    messages.push(say);
    const body = { model: 'chat', messages, tools, reasoning_effort: 'low' as const };
    const { data, response } = await client.chat.completions.create(body).withResponse();
    expect(response.headers.get('x-understudy-served-by')).toContain(provider);
    const message = data.choices[0]?.message;
    if (!message) throw new Error('no message');
    messages.push(keep(message));
    return message.tool_calls?.map(({ id }) => id) ?? [];
  };
}

/** Signatures in the last history that `beta` was sent. */
function signaturesSent(): string[] {
  const last = house.simulator.meter('beta').requestLog.at(-1);
  const messages =
    isJsonObject(last?.body) && Array.isArray(last.body.messages) ? last.body.messages.filter(isJsonObject) : [];
  return messages.flatMap(({ content }) =>
    Array.isArray(content)
      ? content.flatMap((block) => (isJsonObject(block) && block.type === 'thinking' ? [String(block.signature)] : []))
      : [],
  );
}

const refusals = () => house.simulator.meter('beta').refused + house.simulator.meter('alpha').refused;
const ask = { role: 'user' as const, content: 'Tell me the weather in Oslo' };
const plain = ({ role, content, tool_calls }: OpenAI.ChatCompletionMessage): OpenAI.ChatCompletionMessageParam => ({
  role,
  content,
  ...(tool_calls && { tool_calls }),
});
const whole = (message: OpenAI.ChatCompletionMessage): OpenAI.ChatCompletionMessageParam => message;

describe('thinking that was signed before the failover', () => {
  test('is back with its maker, though the client has no place for it', async () => {
    await begin();
    const turn = conversation(plain, 'caller');
    const [id = ''] = await turn('beta', ask);
    await turn('alpha', { role: 'tool', tool_call_id: id, content: 'Rain' });
    await turn('beta', { role: 'user', content: 'And tomorrow?' });
    expect(signaturesSent()).toHaveLength(1);
    expect(refusals()).toBe(0);
  });

  test('is back after a restart where the client gives answers back as it got them', async () => {
    await begin({ stateMemory: { turns: 0 } });
    const turn = conversation(whole, 'caller');
    const [id = ''] = await turn('beta', ask);
    await turn('alpha', { role: 'tool', tool_call_id: id, content: 'Rain' });
    const toAlpha = JSON.stringify(house.simulator.meter('alpha').requestLog.at(-1)?.body);
    expect(toAlpha).not.toContain('understudy:');
    await turn('beta', { role: 'user', content: 'And tomorrow?' });
    expect(signaturesSent()).toHaveLength(1);
    expect(refusals()).toBe(0);
  });

  test('is left out, and the answer comes all the same, where neither remembers it', async () => {
    await begin({ stateMemory: { turns: 0 } });
    const turn = conversation(plain, 'caller');
    const [id = ''] = await turn('beta', ask);
    await turn('alpha', { role: 'tool', tool_call_id: id, content: 'Rain' });
    await turn('beta', { role: 'user', content: 'And tomorrow?' });
    expect(signaturesSent()).toEqual([]);
    expect(refusals()).toBe(0);
  });

  test('is nobody else’s: the same history shown by another caller brings none of it', async () => {
    const keys = ['one', 'two'].map((name) => ({ name, key: `env:KEY_${name.toUpperCase()}` }));
    await begin({ server: { keys }, env: { KEY_ONE: 'first-secret-key-1', KEY_TWO: 'second-secret-key-2' } });
    const shown: OpenAI.ChatCompletionMessageParam[] = [];
    const watched = (message: OpenAI.ChatCompletionMessage) => {
      shown.push(plain(message));
      return plain(message);
    };
    const [id = ''] = await conversation(watched, 'first-secret-key-1')('beta', ask);
    const result = { role: 'tool' as const, tool_call_id: id, content: 'Rain' };
    const client = new OpenAI({ apiKey: 'second-secret-key-2', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
    await client.chat.completions.create({ model: 'chat', messages: [ask, ...shown, result], reasoning_effort: 'low' });
    expect(signaturesSent()).toEqual([]);
    const own = new OpenAI({ apiKey: 'first-secret-key-1', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
    await own.chat.completions.create({ model: 'chat', messages: [ask, ...shown, result], reasoning_effort: 'low' });
    expect(signaturesSent()).toHaveLength(1);
  });
});
