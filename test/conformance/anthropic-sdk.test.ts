import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { FIRST_16_WORDS, lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let client: Anthropic;

beforeAll(async () => {
  house = await startWays();
  client = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
});
afterAll(() => house.close());

const ask = (content: string) => [{ role: 'user' as const, content }];

function textOf(message: Anthropic.Message): string {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

describe.each(WAYS)('through $way', ({ model, provider }) => {
  const max_tokens = 1000;

  test('a question gets a whole answer that says who served', async () => {
    const { data, response } = await client.messages
      .create({ model, max_tokens, messages: ask('How tall is a giraffe?') })
      .withResponse();
    expect(data).toMatchObject({ type: 'message', role: 'assistant', model: 'steady-1', stop_reason: 'end_turn' });
    expect(data.stop_sequence).toBeNull();
    expect(textOf(data)).toContain('How tall is a giraffe?');
    expect(data.usage.input_tokens).toBeGreaterThan(0);
    expect(data.usage.output_tokens).toBeGreaterThan(5);
    expect(response.headers.get('x-understudy-served-by')).toBe(`${provider}/steady-1`);
  });

  test('instructions and earlier turns reach the provider in their order', async () => {
    await client.messages.create({
      model,
      max_tokens,
      system: [
        { type: 'text', text: 'Speak like a pirate.', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'Be brief.' },
      ],
      messages: [
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: [{ type: 'text', text: 'Ahoy, Ada.' }] },
        { role: 'user', content: [{ type: 'text', text: 'What is ' }] },
        { role: 'user', content: 'my name?' },
      ],
    });
    const asked = lastAsked(house, provider);
    for (const words of ['like a pirate', 'Be brief', 'name is Ada', 'Ahoy, Ada', 'What is ', 'my name?']) {
      expect(asked).toContain(words);
    }
    expect(asked.indexOf('name is Ada')).toBeLessThan(asked.indexOf('Ahoy, Ada'));
    expect(asked.indexOf('Ahoy, Ada')).toBeLessThan(asked.indexOf('my name?'));
  });

  test('the streaming helper puts the same answer together as the whole one, usage included', async () => {
    const body = { model, max_tokens, messages: ask('Tell me of rivers [[words: 60]]') };
    const whole = await client.messages.create(body);
    const pieces: string[] = [];
    const stream = client.messages.stream(body).on('text', (text) => pieces.push(text));
    const final = await stream.finalMessage();
    expect(textOf(final)).toBe(textOf(whole));
    expect(final.stop_reason).toBe('end_turn');
    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.join('')).toBe(textOf(whole));
    expect(final.usage.output_tokens).toBe(60);
    expect(whole.usage.output_tokens).toBe(60);
  });

  test('a plain stream opens, fills and closes each block in order', async () => {
    const stream = await client.messages.create({ model, max_tokens, messages: ask('Hello'), stream: true });
    const types: string[] = [];
    for await (const event of stream) if (types.at(-1) !== event.type) types.push(event.type);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('limits and stop sequences are kept', async () => {
    const messages = ask('[[words: 30]]');
    const short = await client.messages.create({ model, max_tokens: 16, messages });
    expect(short.stop_reason).toBe('max_tokens');
    expect(textOf(short)).toBe(FIRST_16_WORDS);
    const stopped = await client.messages
      .stream({ model, max_tokens, messages, stop_sequences: ['word3'] })
      .finalMessage();
    expect(textOf(stopped)).toBe('word1 word2 ');
    // Only this vendor tells a stop sequence from another end.
    // Where the target has no stop sequences the gateway ends the answer itself, and knows at which.
    const isTold = provider === 'beta' || provider === 'omega';
    expect(stopped.stop_reason).toBe(isTold ? 'stop_sequence' : 'end_turn');
    expect(stopped.stop_sequence).toBe(isTold ? 'word3' : null);
  });

  test('a JSON schema holds for the answer, whole and streamed', async () => {
    const schema = {
      type: 'object',
      properties: { mood: { type: 'string', enum: ['good', 'bad'] }, score: { type: 'integer' } },
      required: ['mood', 'score'],
      additionalProperties: false,
    } as const;
    const format = jsonSchemaOutputFormat(schema);
    const body = { model, max_tokens, messages: ask('How was it?'), output_config: { format } };
    const whole = await client.messages.parse(body);
    expect(whole.parsed_output).toEqual({ mood: expect.stringMatching(/^(good|bad)$/), score: expect.any(Number) });
    const streamed = await client.messages.stream(body).finalMessage();
    expect(JSON.parse(textOf(streamed))).toEqual(whole.parsed_output);
    expect(streamed.stop_reason).toBe('end_turn');
  });

  test('a zod schema comes back parsed', async () => {
    const Person = z.object({ name: z.string(), age: z.number().int(), tags: z.array(z.string()) });
    const output_config = { format: zodOutputFormat(Person) };
    const answer = await client.messages.parse({ model, max_tokens, messages: ask('Who is Ada?'), output_config });
    expect(Person.safeParse(answer.parsed_output).success).toBe(true);
  });

  test('a picture and a document reach the provider', async () => {
    const content: Anthropic.ContentBlockParam[] = [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL_PNG } },
      { type: 'document', title: 'Tides', source: { type: 'text', media_type: 'text/plain', data: 'Low at noon.' } },
      { type: 'text', text: 'What is in it?' },
    ];
    const answer = await client.messages.create({ model, max_tokens, messages: [{ role: 'user', content }] });
    expect(textOf(answer)).toContain('What is in it?');
    expect(lastAsked(house, provider)).toContain(PIXEL_PNG);
    expect(lastAsked(house, provider)).toContain('Low at noon.');
  });

  test('an answer that was begun is continued, or begun anew where the dialect cannot', async () => {
    const text = 'The quick brown fox jumps over the lazy dog.';
    const messages = [...ask(`[[answer: ${text}]]`), { role: 'assistant' as const, content: 'The quick brown' }];
    const answer = await client.messages.create({ model, max_tokens, messages });
    expect(provider === 'alpha' || provider === 'omega' ? textOf(answer) : `The quick brown${textOf(answer)}`).toBe(
      text,
    );
  });
});

describe('thinking', () => {
  const thinking = { type: 'enabled' as const, budget_tokens: 1024 };

  test.each([
    { model: 'alpha/steady-1', prompt: 'Why? [[reason]]' },
    { model: 'beta/thinker-1', prompt: 'Why?' },
    { model: 'gamma/thinker-1', prompt: 'Why?' },
  ])('of $model stands in a block of its own before the text', async ({ model, prompt }) => {
    const body = { model, max_tokens: 4000, messages: ask(prompt), thinking };
    const whole = await client.messages.create(body);
    const streamed = await client.messages.stream(body).finalMessage();
    for (const answer of [whole, streamed]) {
      expect(answer.content.map((block) => block.type)).toEqual(['thinking', 'text']);
      expect(answer.content[0]).toMatchObject({ thinking: expect.stringContaining('A plain answer will do') });
      expect(textOf(answer)).toContain('Why?');
    }
  });
});
