import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { type CallableTool, GoogleGenAI, Type } from '@google/genai';
import OpenAI from 'openai';
import { zodFunction, zodResponseFormat, zodResponsesFunction } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { startWays, WAYS } from './ways.ts';

/** What each SDK does beyond one request and its answer: parsing, accumulating, running tools, keeping a chat. */
let house: House;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;

beforeAll(async () => {
  house = await startWays();
  openai = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
  anthropic = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
  google = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: house.gateway.url } });
});
afterAll(() => house.close());

const QUESTION = 'What is the weather in Rome?';
const City = z.object({ city: z.string() });
const Verdict = z.object({ mood: z.enum(['good', 'bad']), score: z.number().int() });

describe.each(WAYS)('through $way', ({ model }) => {
  test('OpenAI chat: a streamed run of tools, each call told as it comes', async () => {
    const asked: string[] = [];
    const told: string[] = [];
    const runner = openai.chat.completions
      .runTools({
        model,
        stream: true,
        messages: [{ role: 'user', content: QUESTION }],
        tools: [
          zodFunction({
            name: 'get_weather',
            parameters: City,
            function: ({ city }) => {
              asked.push(city);
              return `sunny in ${city}`;
            },
          }),
        ],
      })
      .on('content', (delta) => told.push(delta));
    expect(await runner.finalContent()).toContain('sunny in Rome');
    expect(told.join('')).toContain('sunny in Rome');
    expect(asked).toEqual(['Rome']);
    expect((await runner.finalFunctionToolCall())?.name).toBe('get_weather');
  });

  test('OpenAI chat: a schema and the arguments of a call come back parsed, streamed', async () => {
    const parsed = await openai.chat.completions
      .stream({
        model,
        messages: [{ role: 'user', content: 'How was it?' }],
        response_format: zodResponseFormat(Verdict, 'verdict'),
      })
      .finalChatCompletion();
    expect(Verdict.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
    const called = await openai.chat.completions
      .stream({
        model,
        messages: [{ role: 'user', content: QUESTION }],
        tools: [zodFunction({ name: 'get_weather', parameters: City })],
      })
      .finalChatCompletion();
    expect(called.choices[0]?.message.tool_calls?.[0]?.function.parsed_arguments).toEqual({ city: 'Rome' });
  });

  test('OpenAI responses: the arguments of a call come back parsed, whole and streamed', async () => {
    const body = { model, input: QUESTION, tools: [zodResponsesFunction({ name: 'get_weather', parameters: City })] };
    const deltas: string[] = [];
    const streamed = await openai.responses
      .stream(body)
      .on('response.function_call_arguments.delta', ({ delta }) => deltas.push(delta))
      .finalResponse();
    const whole = await openai.responses.parse(body);
    for (const { output } of [streamed, whole]) {
      const call = output.find((item) => item.type === 'function_call');
      expect(call?.parsed_arguments).toEqual({ city: 'Rome' });
    }
    expect(JSON.parse(deltas.join(''))).toEqual({ city: 'Rome' });
  });

  test('Anthropic: a streamed run of tools, and the events of the message stream', async () => {
    const asked: string[] = [];
    const tool = betaZodTool({
      name: 'get_weather',
      description: 'The weather of a city.',
      inputSchema: City,
      run: ({ city }) => {
        asked.push(city);
        return `sunny in ${city}`;
      },
    });
    const messages = [{ role: 'user' as const, content: QUESTION }];
    const runner = anthropic.beta.messages.toolRunner({
      model,
      max_tokens: 1_000,
      messages,
      tools: [tool],
      stream: true,
    });
    let last = '';
    for await (const stream of runner) {
      last = '';
      for await (const event of stream) {
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') last += event.delta.text;
      }
    }
    expect(last).toContain('sunny in Rome');
    expect(asked).toEqual(['Rome']);

    const snapshots: unknown[] = [];
    const inputs: string[] = [];
    const stream = anthropic.messages
      .stream({
        model,
        max_tokens: 1_000,
        messages,
        tools: [
          {
            name: 'get_weather',
            input_schema: { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] },
          },
        ],
      })
      .on('inputJson', (piece, snapshot) => {
        inputs.push(piece);
        snapshots.push(snapshot);
      });
    const message = await stream.finalMessage();
    expect(JSON.parse(inputs.join(''))).toEqual({ city: 'Rome' });
    expect(snapshots.at(-1)).toEqual({ city: 'Rome' });
    expect(message.stop_reason).toBe('tool_use');
  });

  test('Google: functions are called by the SDK itself, in one question and in a chat', async () => {
    const asked: string[] = [];
    const tool: CallableTool = {
      tool: async () => ({
        functionDeclarations: [
          {
            name: 'get_weather',
            description: 'The weather of a city.',
            parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } }, required: ['city'] },
          },
        ],
      }),
      callTool: async (calls) =>
        calls.map(({ id, name, args }) => {
          asked.push(String(args?.city));
          const response = { output: `sunny in ${String(args?.city)}` };
          return { functionResponse: { ...(id !== undefined && { id }), name: name ?? '', response } };
        }),
    };
    const config = { tools: [tool] };
    const answer = await google.models.generateContent({ model, contents: QUESTION, config });
    expect(answer.text).toContain('sunny in Rome');
    const chat = google.chats.create({ model, config });
    let text = '';
    for await (const piece of await chat.sendMessageStream({ message: QUESTION })) text += piece.text ?? '';
    expect(text).toContain('sunny in Rome');
    expect(asked).toEqual(['Rome', 'Rome']);
    expect(chat.getHistory(true).length).toBeGreaterThan(1);
  });
});
