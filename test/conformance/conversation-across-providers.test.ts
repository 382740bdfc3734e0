import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { startWays, type Way } from './ways.ts';

type Provider = Way['provider'];

/** Who serves which request: two a turn, a call of tools and the answer to their results, and back to the primary. */
const JOURNEY: readonly Provider[] = [
  'alpha',
  'beta',
  'gamma',
  'alpha',
  'beta',
  'gamma',
  'beta',
  'alpha',
  'gamma',
  'alpha',
];
const QUESTIONS = ['Paris', 'Oslo', 'Rome', 'Lima', 'Cairo'].map(
  (city) => `Tell me both the weather and time in ${city}`,
);

let house: House;

beforeEach(async () => {
  house = await startWays({
    // One fault after the other is what this test is about; no lane may be shut for it.
    health: { breaker: { consecutive: 1_000, minimumSamples: 1_000 } },
    providers: { gamma: { models: { 'signed-1': { quirks: { thinking: 'budget' } } } } },
    routes: {
      chat: {
        targets: ['alpha/steady-1', 'beta/thinker-1', 'gamma/signed-1'],
        failover: { attempts: 1 },
      },
    },
  });
});
afterEach(() => house.close());

/** Breaks every provider but one. */
function onlyServes(provider: Provider): void {
  for (const each of ['alpha', 'beta', 'gamma'] as const) {
    house.simulator.script(each, each === provider ? undefined : { fault: 'status', status: 503 });
  }
}

function servedBy(response: Response): string {
  return response.headers.get('x-understudy-served-by')?.split('/')[0] ?? 'nobody';
}

/** No provider refused the history that it was given. */
function refusals(): number {
  return (['alpha', 'beta', 'gamma'] as const).reduce((sum, each) => sum + house.simulator.meter(each).refused, 0);
}

describe.each([
  { how: 'whole', stream: false },
  { how: 'streamed', stream: true },
])('a conversation with tools that changes its provider at every request, $how', ({ stream }) => {
  test('in the dialect of OpenAI', async () => {
    const client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
    const tools: OpenAI.ChatCompletionTool[] = ['get_weather', 'get_time'].map((name) => ({
      type: 'function',
      function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
    }));
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'system', content: 'Be helpful.' }];
    const ask = async (provider: Provider) => {
      onlyServes(provider);
      const body = { model: 'chat', messages, tools, reasoning_effort: 'low' as const };
      const { data, response } = stream
        ? await client.chat.completions.create({ ...body, stream: true }).withResponse()
        : await client.chat.completions.create(body).withResponse();
      expect(servedBy(response)).toBe(provider);
      const answer = 'choices' in data ? data : await collected(data);
      const message = answer.choices[0]?.message;
      if (!message) throw new Error('no message');
      messages.push(message);
      return message;
    };
    const ids: string[] = [];
    for (const [turn, question] of QUESTIONS.entries()) {
      messages.push({ role: 'user', content: question });
      const calls = (await ask(JOURNEY[turn * 2] ?? 'alpha')).tool_calls ?? [];
      expect(calls.map((call) => call.type === 'function' && call.function.name)).toEqual(['get_weather', 'get_time']);
      ids.push(...calls.map(({ id }) => id));
      for (const { id } of calls) messages.push({ role: 'tool', tool_call_id: id, content: `result ${turn} of ${id}` });
      const answer = await ask(JOURNEY[turn * 2 + 1] ?? 'alpha');
      for (const { id } of calls) expect(answer.content).toContain(`result ${turn} of ${id}`);
    }
    expect(new Set(ids).size).toBe(QUESTIONS.length * 2);
    expect(refusals()).toBe(0);
  });

  test('in the dialect of Anthropic, with signed thinking', async () => {
    const client = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
    const tools: Anthropic.Tool[] = ['get_weather', 'get_time'].map((name) => ({
      name,
      input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    }));
    const messages: Anthropic.MessageParam[] = [];
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 };
    const ask = async (provider: Provider) => {
      onlyServes(provider);
      const body = { model: 'chat', max_tokens: 4000, system: 'Be helpful.', messages, tools, thinking };
      const { data, response } = stream
        ? await client.messages.stream(body).withResponse()
        : await client.messages.create(body).withResponse();
      expect(servedBy(response)).toBe(provider);
      const answer = 'content' in data ? data : await data.finalMessage();
      messages.push({ role: 'assistant', content: answer.content });
      return answer.content;
    };
    const ids: string[] = [];
    for (const [turn, question] of QUESTIONS.entries()) {
      messages.push({ role: 'user', content: question });
      const calls = (await ask(JOURNEY[turn * 2] ?? 'alpha')).filter((block) => block.type === 'tool_use');
      expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
      ids.push(...calls.map(({ id }) => id));
      const results = calls.map(({ id }) => ({
        type: 'tool_result' as const,
        tool_use_id: id,
        content: `result ${turn} of ${id}`,
      }));
      messages.push({ role: 'user', content: results });
      const answer = await ask(JOURNEY[turn * 2 + 1] ?? 'alpha');
      const text = answer.map((block) => (block.type === 'text' ? block.text : '')).join('');
      for (const { id } of calls) expect(text).toContain(`result ${turn} of ${id}`);
    }
    expect(new Set(ids).size).toBe(QUESTIONS.length * 2);
    expect(ids.every((id) => /^[\w-]{1,64}$/.test(id))).toBe(true);
    expect(refusals()).toBe(0);
  });
});

/** The SDK's own way of putting a stream together. */
async function collected(stream: { toReadableStream(): ReadableStream }): Promise<OpenAI.ChatCompletion> {
  const { ChatCompletionStream } = await import('openai/lib/ChatCompletionStream');
  return ChatCompletionStream.fromReadableStream(stream.toReadableStream()).finalChatCompletion();
}
