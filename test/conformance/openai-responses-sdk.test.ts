import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import type { ResponseInputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { House } from '../kit/gateway-kit.ts';
import { FIRST_16_WORDS, lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let client: OpenAI;

beforeAll(async () => {
  const timeouts = { gap: '300ms', firstContent: '600ms' };
  house = await startWays({
    routes: {
      cut: { targets: ['alpha/steady-1--cut-3'], timeouts, failover: { attempts: 1 } },
      joined: {
        targets: ['alpha/steady-1--cut-3', 'beta/steady-1'],
        timeouts,
        failover: { attempts: 1, recovery: 'resume' },
      },
      down: { targets: ['alpha/steady-1--status-503', 'beta/steady-1--status-529'], failover: { attempts: 1 } },
    },
  });
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
});
afterAll(() => house.close());

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather in a city.',
  strict: true,
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
};

interface Understudy {
  readonly served_by: string;
  readonly degraded: boolean;
  readonly adapted?: readonly { readonly field: string }[];
}

function understudyOf(response: object): Understudy | undefined {
  return (response as { understudy?: Understudy }).understudy;
}

describe.each(WAYS)('through $way', ({ model, provider }) => {
  test('a question gets a whole response that says who served, and whether it is kept', async () => {
    const { data, response } = await client.responses.create({ model, input: 'How tall is a giraffe?' }).withResponse();
    expect(data).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'steady-1',
      store: true,
      error: null,
    });
    expect(data.output).toHaveLength(1);
    expect(data.output[0]).toMatchObject({ type: 'message', role: 'assistant', status: 'completed' });
    expect(data.output_text).toContain('How tall is a giraffe?');
    expect(data.usage?.output_tokens).toBeGreaterThan(5);
    expect(data.usage?.total_tokens).toBe((data.usage?.input_tokens ?? 0) + (data.usage?.output_tokens ?? 0));
    expect(response.headers.get('x-understudy-served-by')).toBe(`${provider}/steady-1`);
    expect(understudyOf(data)).toMatchObject({ served_by: `${provider}/steady-1` });
    const quiet = await client.responses.create({ model, input: 'How tall is a giraffe?', store: false });
    expect(quiet).toMatchObject({ store: false });
    for (const answer of [data, quiet]) {
      expect(understudyOf(answer)?.adapted?.map(({ field }) => field) ?? []).not.toContain('store');
    }
  });

  test('instructions and earlier turns reach the provider in their order', async () => {
    await client.responses.create({
      model,
      instructions: 'Speak like a pirate.',
      input: [
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: 'Ahoy, Ada.' },
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is ' },
            { type: 'input_text', text: 'my name?' },
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

  test('the streaming helper puts the same answer together as the whole one', async () => {
    const body = { model, input: 'Tell me of rivers [[words: 60]]' };
    const whole = await client.responses.create(body);
    const pieces: string[] = [];
    const stream = client.responses.stream(body).on('response.output_text.delta', ({ delta }) => pieces.push(delta));
    const final = await stream.finalResponse();
    expect(final.output_text).toBe(whole.output_text);
    expect(final.status).toBe('completed');
    expect(pieces.length).toBeGreaterThan(10);
    expect(pieces.join('')).toBe(whole.output_text);
    expect(final.usage?.output_tokens).toBe(60);
    expect(understudyOf(final)).toMatchObject({ served_by: `${provider}/steady-1` });
  });

  test('a plain stream is numbered without a gap, and every item is added, told and done', async () => {
    const events: ResponseStreamEvent[] = [];
    for await (const event of await client.responses.create({ model, input: 'Hello', stream: true }))
      events.push(event);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, at) => at));
    const types = events.map(({ type }) => type).filter((type, at, all) => type !== all[at - 1]);
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const last = events.at(-1);
    const done = events.find((event) => event.type === 'response.output_item.done');
    expect(last?.type === 'response.completed' && last.response.output).toEqual([done?.item]);
  });

  test('a limit on the output ends the response as incomplete', async () => {
    const body = { model, input: '[[words: 30]]', max_output_tokens: 16 };
    const whole = await client.responses.create(body);
    expect(whole).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(whole.output_text).toBe(FIRST_16_WORDS);
    const streamed = await client.responses.stream(body).finalResponse();
    expect(streamed).toMatchObject({ status: 'incomplete', output_text: FIRST_16_WORDS });
  });

  test('a zod schema comes back parsed, whole and streamed', async () => {
    const Person = z.object({ name: z.string(), age: z.number().int(), tags: z.array(z.string()) });
    const body = { model, input: 'Who is Ada?', text: { format: zodTextFormat(Person, 'person') } };
    const whole = await client.responses.parse(body);
    expect(Person.safeParse(whole.output_parsed).success).toBe(true);
    const streamed = await client.responses.stream(body).finalResponse();
    expect(streamed.output_parsed).toEqual(whole.output_parsed);
  });

  test('JSON without a schema', async () => {
    const answer = await client.responses.create({
      model,
      input: 'Answer as JSON with the key "city".',
      text: { format: { type: 'json_object' } },
    });
    expect(JSON.parse(answer.output_text)).toMatchObject({ city: expect.any(String) });
  });

  test('a tool is called, and its result leads to an answer', async () => {
    const input: ResponseInputItem[] = [{ role: 'user', content: 'What is the weather in Oslo?' }];
    const body = { model, tools: [weather], tool_choice: 'required' as const };
    const first = await client.responses.stream({ ...body, input }).finalResponse();
    const call = first.output.find((item) => item.type === 'function_call');
    expect(call).toMatchObject({ name: 'get_weather', status: 'completed' });
    expect(JSON.parse(call?.arguments ?? '')).toEqual({ city: expect.any(String) });
    const whole = await client.responses.create({ ...body, input });
    expect(whole.output.map(({ type }) => type)).toEqual(first.output.map(({ type }) => type));
    const output = [{ type: 'input_text' as const, text: 'Snow, -3 degrees' }];
    const result = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output };
    const second = await client.responses.create({
      model,
      tools: [weather],
      input: [...input, ...(first.output as ResponseInputItem[]), result],
    });
    expect(second.output_text).not.toBe('');
    expect(lastAsked(house, provider)).toContain('Snow, -3 degrees');
  });

  test('a picture reaches the provider', async () => {
    const content = [
      { type: 'input_text' as const, text: 'What is in it?' },
      { type: 'input_image' as const, image_url: `data:image/png;base64,${PIXEL_PNG}`, detail: 'auto' as const },
    ];
    const answer = await client.responses.create({ model, input: [{ role: 'user', content }] });
    expect(answer.output_text).toContain('What is in it?');
    expect(lastAsked(house, provider)).toContain(PIXEL_PNG);
  });
});

test('a conversation with tools goes on at each other provider', async () => {
  const input: ResponseInputItem[] = [{ role: 'user', content: 'What is the weather in Oslo?' }];
  for (const model of ['beta/steady-1', 'gamma/steady-1', 'alpha/steady-1', 'beta/steady-1']) {
    const body = { model, tools: [weather], tool_choice: 'required' as const };
    const asked = await client.responses.create({ ...body, input });
    input.push(...(asked.output as ResponseInputItem[]));
    for (const item of asked.output) {
      if (item.type !== 'function_call') continue;
      input.push({ type: 'function_call_output', call_id: item.call_id, output: `Seen by ${model}` });
    }
    const answered = await client.responses.create({ model, tools: [weather], input });
    expect(answered.output_text).not.toBe('');
    input.push(...(answered.output as ResponseInputItem[]), { role: 'user', content: 'And tomorrow?' });
  }
  expect(lastAsked(house, 'beta')).toContain('Seen by gamma/steady-1');
});

describe('thinking', () => {
  test.each([
    { model: 'alpha/steady-1', prompt: 'Why? [[reason]]' },
    { model: 'beta/thinker-1', prompt: 'Why?' },
    { model: 'gamma/thinker-1', prompt: 'Why?' },
  ])('of $model comes as an item of its own, whole and streamed', async ({ model, prompt }) => {
    const body = { model, input: prompt, reasoning: { effort: 'low' as const } };
    const whole = await client.responses.create(body);
    const streamed = await client.responses.stream(body).finalResponse();
    for (const answer of [whole, streamed]) {
      expect(answer.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
      const [thought] = answer.output;
      const text = thought?.type === 'reasoning' ? thought.summary.map((part) => part.text).join('') : '';
      expect(text).toContain('A plain answer will do');
      expect(answer.output_text).not.toContain('A plain answer will do');
    }
  });

  test('is given back to the vendor that signed it, inside its tool loop', async () => {
    const model = 'beta/thinker-1';
    const input: ResponseInputItem[] = [
      { role: 'user', content: 'What is the weather in Oslo? [[tool: get_weather]]' },
    ];
    const body = { model, tools: [weather], reasoning: { effort: 'low' as const } };
    const first = await client.responses.create({ ...body, input });
    expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'function_call']);
    const call = first.output.find((item) => item.type === 'function_call');
    input.push(...(first.output as ResponseInputItem[]));
    input.push({ type: 'function_call_output', call_id: call?.call_id ?? '', output: 'Snow' });
    const second = await client.responses.create({ ...body, input });
    expect(second.status).toBe('completed');
    expect(lastAsked(house, 'beta')).toMatch(/"type":"thinking","thinking":"[^"]+","signature":"/);
  });
});

test('an answer that another target goes on with comes through the helper as one', async () => {
  const input = '[[words: 60]]';
  const whole = await client.responses.create({ model: 'alpha/steady-1', input });
  const told: string[] = [];
  const stream = client.responses.stream({ model: 'joined', input }).on('event', ({ type }) => told.push(type));
  const final = await stream.finalResponse();
  expect(final.output_text).toBe(whole.output_text);
  expect(final.output).toHaveLength(1);
  expect(told.filter((type) => type === ('keepalive' as string))).toHaveLength(1);
  expect(understudyOf(final)).toMatchObject({ served_by: 'beta/steady-1', degraded: true });
});

describe('errors', () => {
  const thrown = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('a cut after the first byte throws, in a plain stream and in the helper', async () => {
    let text = '';
    const plain = async () => {
      for await (const event of await client.responses.create({ model: 'cut', input: '[[words: 60]]', stream: true })) {
        if (event.type === 'response.output_text.delta') text += event.delta;
      }
    };
    const error = await thrown(plain());
    expect(text).not.toBe('');
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: 'stream_interrupted' });
    const helped = await thrown(client.responses.stream({ model: 'cut', input: '[[words: 60]]' }).finalResponse());
    expect(helped).toBeInstanceOf(OpenAI.APIError);
    expect(helped).toMatchObject({ code: 'stream_interrupted' });
  });

  test('a chain that is exhausted is one error with a reason for each target', async () => {
    const error = await thrown(client.responses.create({ model: 'down', input: 'Hello' }));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ status: 503, code: 'all_targets_failed' });
    const { error: body } = error as { error: { understudy: { targets: { target: string }[] } } };
    expect(body.understudy.targets.map(({ target }) => target)).toEqual([
      'alpha/steady-1--status-503',
      'beta/steady-1--status-529',
    ]);
  });

  test('a model that nobody knows', async () => {
    const error = await thrown(client.responses.create({ model: 'nobody', input: 'Hello' }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test.each([
    [{ prompt: { id: 'pmpt_1' } }, 'prompt.id', /stored at a provider cannot fail over/],
    [{ background: true }, 'background', /while the caller waits/],
  ])('%j is refused by name', async (fields, param, why) => {
    const error = await thrown(client.responses.create({ model: 'first', input: 'Hello', ...fields }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, code: 'invalid_request', message: expect.stringMatching(why) });
  });

  test.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ input: [{ type: 'item_reference' as const, id: 'msg_1' }] }, 'input[0]'],
  ])('%j, which is not kept here, is refused by name', async (fields, param) => {
    const error = await thrown(client.responses.create({ model: 'first', input: 'Hello', ...fields }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ param, code: 'not_found', message: expect.stringContaining('is not known here') });
  });
});
