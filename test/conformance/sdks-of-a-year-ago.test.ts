import Anthropic from 'anthropic-sdk-2025';
import { ApiError, GoogleGenAI, Type } from 'google-genai-2025';
import OpenAI from 'openai-2025';
import { zodResponseFormat, zodTextFormat } from 'openai-2025/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, startWays, WAYS } from './ways.ts';

/** The official SDKs as they were a year ago, as callers: what applications run that nobody has updated since. */
let house: House;
let openai: OpenAI;
let anthropic: Anthropic;
let google: GoogleGenAI;

beforeAll(async () => {
  house = await startWays({
    routes: {
      broken: { targets: ['alpha/steady-1--status-503', 'beta/steady-1--status-529'], failover: { attempts: 1 } },
    },
  });
  const { url } = house.gateway;
  openai = new OpenAI({ apiKey: 'caller', baseURL: `${url}/v1` });
  anthropic = new Anthropic({ apiKey: 'caller', baseURL: url });
  google = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: url } });
});
afterAll(() => house.close());

const question = 'How tall is a giraffe?';
const orderCall = 'Weather in Oslo? [[tool: get_weather {"city":"Oslo"}]]';
const parameters = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const City = z.object({ city: z.string(), inhabitants: z.number() });

async function thrownBy(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

describe.each(WAYS)('chat completions of openai 6.9 through $way', ({ model, provider }) => {
  const messages = [{ role: 'user' as const, content: question }];
  const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];

  test('an answer, whole and by the streaming helper', async () => {
    const whole = await openai.chat.completions.create({ model, messages });
    expect(whole.choices[0]).toMatchObject({ finish_reason: 'stop', message: { role: 'assistant' } });
    expect(whole.choices[0]?.message.content).toContain(question);
    const streamed = await openai.chat.completions.stream({ model, messages }).finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
  });

  test('a tool is called, and its result goes back', async () => {
    const asked = [{ role: 'user' as const, content: orderCall }];
    const whole = await openai.chat.completions.create({ model, messages: asked, tools });
    const [call] = whole.choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    const streamed = await openai.chat.completions.stream({ model, messages: asked, tools }).finalChatCompletion();
    const again = streamed.choices[0]?.message.tool_calls?.[0];
    expect(again?.type === 'function' && JSON.parse(again.function.arguments)).toEqual({ city: 'Oslo' });
    const turn = whole.choices[0]?.message;
    if (!turn || !call) return expect.fail('no call');
    const result = { role: 'tool' as const, tool_call_id: call.id, content: 'Sunny, 21 degrees' };
    const after = await openai.chat.completions.create({ model, messages: [...asked, turn, result], tools });
    expect(after.choices[0]?.finish_reason).toBe('stop');
    expect(lastAsked(house, provider)).toContain('Sunny, 21 degrees');
  });

  test('an answer by a schema, parsed', async () => {
    const body = { model, messages, response_format: zodResponseFormat(City, 'city') };
    const whole = await openai.chat.completions.parse(body);
    expect(City.safeParse(whole.choices[0]?.message.parsed).success).toBe(true);
    const streamed = await openai.chat.completions.stream(body).finalChatCompletion();
    expect(City.safeParse(streamed.choices[0]?.message.parsed).success).toBe(true);
  });
});

function textOf(item: { readonly type: string; readonly content?: unknown }): string {
  const parts = Array.isArray(item.content) ? item.content : [];
  return parts.map((part: { text?: string }) => part.text ?? '').join('');
}

describe.each(WAYS)('responses of openai 6.9 through $way', ({ model, provider }) => {
  const tools = [{ type: 'function' as const, name: 'get_weather', parameters, strict: true }];

  test('a response, whole and by the streaming helper', async () => {
    const whole = await openai.responses.create({ model, input: question });
    expect(whole.status).toBe('completed');
    expect(whole.output_text).toContain(question);
    const streamed = await openai.responses.stream({ model, input: question }).finalResponse();
    // The helper of its time leaves `output_text` out of what it put together.
    expect(streamed.output.map(textOf).join('')).toBe(whole.output_text);
  });

  test('a tool is called, and its result goes back', async () => {
    const whole = await openai.responses.create({ model, input: orderCall, tools });
    const call = whole.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather' });
    if (!call) return;
    const after = await openai.responses.create({
      model,
      tools,
      input: [
        { role: 'user', content: orderCall },
        call,
        { type: 'function_call_output', call_id: call.call_id, output: 'Sunny, 21 degrees' },
      ],
    });
    expect(after.status).toBe('completed');
    expect(lastAsked(house, provider)).toContain('Sunny, 21 degrees');
  });

  test('a response by a schema, parsed', async () => {
    const parsed = await openai.responses.parse({
      model,
      input: question,
      text: { format: zodTextFormat(City, 'city') },
    });
    expect(City.safeParse(parsed.output_parsed).success).toBe(true);
  });
});

describe.each(WAYS)('messages of @anthropic-ai/sdk 0.69 through $way', ({ model, provider }) => {
  const max_tokens = 1000;
  const messages = [{ role: 'user' as const, content: question }];
  const tools = [{ name: 'get_weather', input_schema: parameters }];

  test('an answer, whole and by the streaming helper', async () => {
    const whole = await anthropic.messages.create({ model, max_tokens, messages });
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    expect(JSON.stringify(whole.content)).toContain(question);
    const streamed = await anthropic.messages.stream({ model, max_tokens, messages }).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
  });

  test('a tool is called, and its result goes back', async () => {
    const asked = [{ role: 'user' as const, content: orderCall }];
    const body = { model, max_tokens, tools };
    const whole = await anthropic.messages.create({ ...body, messages: asked });
    const call = whole.content.find((block) => block.type === 'tool_use');
    expect(call).toMatchObject({ name: 'get_weather', input: { city: 'Oslo' } });
    const streamed = await anthropic.messages.stream({ ...body, messages: asked }).finalMessage();
    expect(streamed.stop_reason).toBe('tool_use');
    if (!call) return;
    const result = { type: 'tool_result' as const, tool_use_id: call.id, content: 'Sunny, 21 degrees' };
    const turns = [
      ...asked,
      { role: 'assistant' as const, content: whole.content },
      { role: 'user' as const, content: [result] },
    ];
    const after = await anthropic.messages.create({ ...body, messages: turns });
    expect(after.stop_reason).toBe('end_turn');
    expect(lastAsked(house, provider)).toContain('Sunny, 21 degrees');
  });

  test('an answer by a schema, in the beta form of its time', async () => {
    const answer = await anthropic.beta.messages.create({
      model,
      max_tokens,
      messages,
      betas: ['structured-outputs-2025-11-13'],
      output_format: { type: 'json_schema', schema: z.toJSONSchema(City) },
    });
    const text = answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    expect(City.safeParse(JSON.parse(text)).success).toBe(true);
  });
});

describe.each(WAYS)('generateContent of @google/genai 1.29 through $way', ({ model, provider }) => {
  const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: parameters }] }];

  test('an answer, whole and streamed', async () => {
    const whole = await google.models.generateContent({ model, contents: question });
    expect(whole.text).toContain(question);
    let text = '';
    for await (const piece of await google.models.generateContentStream({ model, contents: question }))
      text += piece.text ?? '';
    expect(text).toBe(whole.text);
  });

  test('a tool is called, and its result goes back', async () => {
    const whole = await google.models.generateContent({ model, contents: orderCall, config: { tools } });
    expect(whole.functionCalls?.[0]).toMatchObject({ name: 'get_weather', args: { city: 'Oslo' } });
    const turn = whole.candidates?.[0]?.content;
    if (!turn) return expect.fail('no content');
    const functionResponse = {
      name: 'get_weather',
      response: { output: 'Sunny, 21 degrees' },
      ...(whole.functionCalls?.[0]?.id && { id: whole.functionCalls[0].id }),
    };
    const after = await google.models.generateContent({
      model,
      config: { tools },
      contents: [{ role: 'user', parts: [{ text: orderCall }] }, turn, { role: 'user', parts: [{ functionResponse }] }],
    });
    expect(after.candidates?.[0]?.finishReason).toBe('STOP');
    expect(lastAsked(house, provider)).toContain('Sunny, 21 degrees');
  });

  test('an answer by a schema', async () => {
    const responseSchema = {
      type: Type.OBJECT,
      properties: { city: { type: Type.STRING }, inhabitants: { type: Type.NUMBER } },
      required: ['city', 'inhabitants'],
    };
    const config = { responseMimeType: 'application/json', responseSchema };
    const whole = await google.models.generateContent({ model, contents: question, config });
    expect(City.safeParse(JSON.parse(whole.text ?? '')).success).toBe(true);
  });
});

describe('errors are the typed ones of each', () => {
  const messages = [{ role: 'user' as const, content: question }];
  const callers = {
    chat: (model: string) => openai.chat.completions.create({ model, messages }),
    responses: (model: string) => openai.responses.create({ model, input: question }),
    messages: (model: string) => anthropic.messages.create({ model, max_tokens: 100, messages }),
    google: (model: string) => google.models.generateContent({ model, contents: question }),
  };

  test.each([
    ['no-such-route', 404, OpenAI.NotFoundError, Anthropic.NotFoundError],
    ['alpha/steady-1--provider-rejected', 400, OpenAI.BadRequestError, Anthropic.BadRequestError],
    ['beta/steady-1--rate-limited-400', 429, OpenAI.RateLimitError, Anthropic.RateLimitError],
    ['broken', 503, OpenAI.InternalServerError, Anthropic.InternalServerError],
  ])('%s: %i', async (model, status, ofOpenai, ofAnthropic) => {
    for (const ask of [callers.chat, callers.responses]) {
      const thrown = await thrownBy(ask(model));
      expect(thrown).toBeInstanceOf(ofOpenai);
      expect(thrown).toMatchObject({ status });
    }
    expect(await thrownBy(callers.messages(model))).toBeInstanceOf(ofAnthropic);
    const byGoogle = await thrownBy(callers.google(model));
    expect(byGoogle).toBeInstanceOf(ApiError);
    expect(byGoogle).toMatchObject({ status });
  });

  test('an answer that breaks off is thrown by every helper', async () => {
    const model = 'beta/steady-1--cut-3';
    expect(await thrownBy(openai.chat.completions.stream({ model, messages }).finalChatCompletion())).toBeInstanceOf(
      OpenAI.APIError,
    );
    expect(await thrownBy(openai.responses.stream({ model, input: question }).finalResponse())).toBeInstanceOf(Error);
    const broken = { model: 'alpha/steady-1--cut-3', max_tokens: 100, messages };
    expect(await thrownBy(anthropic.messages.stream(broken).finalMessage())).toBeInstanceOf(Anthropic.APIError);
    const byGoogle = async () => {
      for await (const _ of await google.models.generateContentStream({ model, contents: question }));
    };
    expect(await thrownBy(byGoogle())).toBeInstanceOf(Error);
  });
});
