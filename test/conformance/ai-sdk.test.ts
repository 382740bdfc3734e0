import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  generateObject,
  generateText,
  type LanguageModel,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
beforeAll(async () => {
  // It warns of models that it does not know, which here are all.
  Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });
  house = await startWays();
});
afterAll(() => house.close());

/** The providers of the AI SDK, each speaking the dialect that its name says, pointed at the gateway. */
const MAKERS = {
  'openai-chat': (model: string) => createOpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` }).chat(model),
  'openai-responses': (model: string) =>
    createOpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` }).responses(model),
  'anthropic-messages': (model: string) =>
    createAnthropic({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` })(model),
  'gemini-generate': (model: string) =>
    createGoogleGenerativeAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1beta` })(model),
} as const satisfies Record<string, (model: string) => LanguageModel>;

const CALLERS = Object.keys(MAKERS) as (keyof typeof MAKERS)[];
const EVERY_WAY = CALLERS.flatMap((caller) => WAYS.map((way) => ({ caller, ...way })));

const Verdict = z.object({ mood: z.enum(['good', 'bad']), score: z.number().int() });

describe.each(EVERY_WAY)('the AI SDK as a caller of $caller, to $way', ({ caller, model, provider }) => {
  const made = () => MAKERS[caller](model);

  test('text, whole and streamed', async () => {
    const prompt = '[[answer: one two three]]';
    const whole = await generateText({ model: made(), system: 'Be brief.', prompt, maxRetries: 0 });
    expect(whole.text).toBe('one two three');
    expect(whole.finishReason).toBe('stop');
    expect(whole.usage.inputTokens).toBeGreaterThan(0);
    expect(whole.usage.outputTokens).toBe(3);
    expect(lastAsked(house, provider)).toContain('Be brief.');
    const streamed = streamText({ model: made(), prompt, maxRetries: 0 });
    const pieces: string[] = [];
    for await (const piece of streamed.textStream) pieces.push(piece);
    expect(pieces.join('')).toBe('one two three');
    expect(await streamed.finishReason).toBe('stop');
    expect((await streamed.usage).outputTokens).toBe(3);
  });

  test('an object by its schema, whole and streamed', async () => {
    const options = { model: made(), schema: Verdict, prompt: 'How was it?', maxRetries: 0 };
    const { object } = await generateObject(options);
    expect(Verdict.safeParse(object).success).toBe(true);
    const streamed = streamObject(options);
    // Nothing is read, and so nothing sent, before somebody wants it.
    for await (const _ of streamed.partialObjectStream);
    expect(Verdict.safeParse(await streamed.object).success).toBe(true);
  });

  test('tools are run step by step, whole and streamed', async () => {
    const asked: string[] = [];
    const options = {
      model: made(),
      prompt: 'What is the weather in Rome?',
      maxRetries: 0,
      stopWhen: stepCountIs(3),
      tools: {
        get_weather: tool({
          description: 'The weather of a city.',
          inputSchema: z.object({ city: z.string() }),
          execute: async ({ city }) => {
            asked.push(city);
            return { said: `sunny in ${city}` };
          },
        }),
      },
    };
    const whole = await generateText(options);
    expect(whole.steps).toHaveLength(2);
    expect(whole.text).toContain('sunny in Rome');
    const streamed = streamText(options);
    expect(await streamed.text).toContain('sunny in Rome');
    expect((await streamed.steps)[0]?.finishReason).toBe('tool-calls');
    expect(asked).toEqual(['Rome', 'Rome']);
  });

  test('an image and a history with calls', async () => {
    const { text } = await generateText({
      model: made(),
      maxRetries: 0,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: Buffer.from(PIXEL_PNG, 'base64'), mediaType: 'image/png' },
          ],
        },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'look', input: { closely: true } }],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', toolCallId: 'call_1', toolName: 'look', output: { type: 'text', value: 'a point' } },
          ],
        },
        { role: 'user', content: 'So? [[answer: a point]]' },
      ],
      tools: { look: tool({ inputSchema: z.object({ closely: z.boolean() }) }) },
    });
    expect(text).toBe('a point');
    expect(lastAsked(house, provider)).toContain(PIXEL_PNG);
  });
});

describe.each(CALLERS)('the AI SDK as a caller of %s', (caller) => {
  test('a refused request is an API error with the words of the gateway', async () => {
    const thrown = await generateText({ model: MAKERS[caller]('no-such-route'), prompt: 'Hi', maxRetries: 0 }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(APICallError.isInstance(thrown)).toBe(true);
    expect(thrown).toMatchObject({ statusCode: 404, message: expect.stringContaining('no-such-route') });
  });

  test('an answer that breaks in the middle is an error, and no shorter answer', async () => {
    const errors: unknown[] = [];
    const streamed = streamText({
      model: MAKERS[caller]('alpha/steady-1--cut-3'),
      prompt: '[[words: 10]]',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    try {
      for await (const piece of streamed.textStream) text += piece;
    } catch (error) {
      errors.push(error);
    }
    expect('word1 word2 word3').toContain(text.trim());
    expect(errors.length).toBeGreaterThan(0);
  });
});
