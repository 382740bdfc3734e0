import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { FIRST_16_WORDS, lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let client: OpenAI;

beforeAll(async () => {
  house = await startWays();
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
});
afterAll(() => house.close());

const ask = (content: string) => [{ role: 'user' as const, content }];

describe.each(WAYS)('through $way', ({ model, provider }) => {
  test('a question gets a whole answer that says who served', async () => {
    const { data, response } = await client.chat.completions
      .create({ model, messages: ask('How tall is a giraffe?') })
      .withResponse();
    expect(data).toMatchObject({ object: 'chat.completion', model: 'steady-1' });
    expect(data.choices).toHaveLength(1);
    expect(data.choices[0]).toMatchObject({ index: 0, finish_reason: 'stop', message: { role: 'assistant' } });
    expect(data.choices[0]?.message.content).toContain('How tall is a giraffe?');
    expect(data.usage?.completion_tokens).toBeGreaterThan(5);
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    expect(response.headers.get('x-understudy-served-by')).toBe(`${provider}/steady-1`);
  });

  test('instructions and earlier turns reach the provider in their order', async () => {
    await client.chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Speak like a pirate.' },
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: 'Ahoy, Ada.' },
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is ' },
            { type: 'text', text: 'my name?' },
          ],
        },
      ],
    });
    const asked = lastAsked(house, provider);
    for (const words of ['like a pirate', 'Be brief', 'name is Ada', 'Ahoy, Ada', 'What is ', 'my name?']) {
      expect(asked).toContain(words);
    }
    expect(asked.indexOf('name is Ada')).toBeLessThan(asked.indexOf('Ahoy, Ada'));
    expect(asked.indexOf('Ahoy, Ada')).toBeLessThan(asked.indexOf('my name?'));
  });

  test('the streaming helper puts the same answer together as the whole one, with usage when asked for', async () => {
    const body = { model, messages: ask('Tell me of rivers [[words: 60]]') };
    const whole = await client.chat.completions.create(body);
    const pieces: string[] = [];
    const stream = client.chat.completions
      .stream({ ...body, stream_options: { include_usage: true } })
      .on('content', (delta) => pieces.push(delta));
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(final.choices[0]?.finish_reason).toBe('stop');
    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.join('')).toBe(whole.choices[0]?.message.content);
    expect(final.usage?.completion_tokens).toBe(60);
  });

  test('a plain stream tells the role first, the end once, and no usage that nobody asked for', async () => {
    const stream = await client.chat.completions.create({ model, messages: ask('Hello'), stream: true });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.find((chunk) => chunk.choices.length > 0)?.choices[0]?.delta.role).toBe('assistant');
    const ends = chunks.filter((chunk) => chunk.choices[0]?.finish_reason);
    expect(ends.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual(['stop']);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(new Set(chunks.map((chunk) => chunk.model))).toEqual(new Set(['steady-1']));
  });

  test('limits, stop sequences and sampling are kept', async () => {
    const messages = ask('[[words: 30]]');
    const short = await client.chat.completions.create({
      model,
      messages,
      max_completion_tokens: 16,
      temperature: 0.5,
    });
    expect(short.choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { content: FIRST_16_WORDS },
    });
    const old = await client.chat.completions.create({ model, messages, max_tokens: 16, top_p: 0.9 });
    expect(old.choices[0]?.message.content).toBe(FIRST_16_WORDS);
    const stopped = await client.chat.completions.stream({ model, messages, stop: ['word3'] }).finalChatCompletion();
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'word1 word2 ' } });
  });

  test('a JSON schema holds for the answer, whole and streamed', async () => {
    const schema = {
      type: 'object',
      properties: { mood: { type: 'string', enum: ['good', 'bad'] }, score: { type: 'integer' } },
      required: ['mood', 'score'],
      additionalProperties: false,
    };
    const json_schema = { name: 'verdict', strict: true, schema };
    const body = {
      model,
      messages: ask('How was it?'),
      response_format: { type: 'json_schema' as const, json_schema },
    };
    const whole = await client.chat.completions.create(body);
    const value: unknown = JSON.parse(whole.choices[0]?.message.content ?? '');
    expect(value).toEqual({ mood: expect.stringMatching(/^(good|bad)$/), score: expect.any(Number) });
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    expect(JSON.parse(streamed.choices[0]?.message.content ?? '')).toEqual(value);
    expect(streamed.choices[0]?.finish_reason).toBe('stop');
  });

  test('a zod schema comes back parsed', async () => {
    const Person = z.object({
      name: z.string(),
      age: z.number().int(),
      tags: z.array(z.string()),
      nick: z.string().nullable(),
    });
    const answer = await client.chat.completions.parse({
      model,
      messages: ask('Who is Ada?'),
      response_format: zodResponseFormat(Person, 'person'),
    });
    expect(Person.safeParse(answer.choices[0]?.message.parsed).success).toBe(true);
  });

  test('JSON without a schema', async () => {
    const answer = await client.chat.completions.create({
      model,
      messages: ask('Answer as JSON with the key "city".'),
      response_format: { type: 'json_object' },
    });
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toMatchObject({ city: expect.any(String) });
  });

  test('a picture reaches the provider', async () => {
    const url = `data:image/png;base64,${PIXEL_PNG}`;
    const content = [
      { type: 'text' as const, text: 'What is in it?' },
      { type: 'image_url' as const, image_url: { url } },
    ];
    const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
    expect(answer.choices[0]?.message.content).toContain('What is in it?');
    expect(lastAsked(house, provider)).toContain(PIXEL_PNG);
  });
});

describe('thinking', () => {
  test.each([
    { model: 'alpha/steady-1', prompt: 'Why? [[reason]]' },
    { model: 'beta/thinker-1', prompt: 'Why?' },
    { model: 'gamma/thinker-1', prompt: 'Why?' },
  ])('of $model is told apart from the answer', async ({ model, prompt }) => {
    const body = { model, messages: ask(prompt), reasoning_effort: 'low' as const };
    const whole = await client.chat.completions.create(body);
    const message: { content: string | null; reasoning_content?: string } = whole.choices[0]?.message ?? {
      content: '',
    };
    expect(message.content).toContain('Why?');
    expect(message.content).not.toContain('A plain answer will do');
    expect(message.reasoning_content).toContain('A plain answer will do');
    let [thought, said] = ['', ''];
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
      const delta: { content?: string | null; reasoning_content?: string } = chunk.choices[0]?.delta ?? {};
      thought += delta.reasoning_content ?? '';
      said += delta.content ?? '';
    }
    expect(said).toBe(message.content);
    expect(thought).toBe(message.reasoning_content);
  });

  test('that nobody shows is counted', async () => {
    const body = { model: 'alpha/reasoner-1', messages: ask('Why?'), max_completion_tokens: 500 };
    const answer = await client.chat.completions.create(body);
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBeGreaterThan(0);
    expect(answer.choices[0]?.message).not.toHaveProperty('reasoning_content');
  });
});
