import {
  ApiError,
  type Content,
  FunctionCallingConfigMode,
  type FunctionDeclaration,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  ThinkingLevel,
  Type,
} from '@google/genai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { FIRST_16_WORDS, lastAsked, PIXEL_PNG, startWays, WAYS } from './ways.ts';

let house: House;
let locked: House;
let client: GoogleGenAI;

beforeAll(async () => {
  house = await startWays({
    providers: { beta: { quirks: { thinking: 'budget' } } },
    routes: {
      'to-signed': { targets: ['alpha/steady-1', 'gamma/signed-1'], failover: { attempts: 1 } },
      'broken-gemini': { targets: ['gamma/steady-1--status-503', 'alpha/steady-1'], failover: { attempts: 1 } },
      resumed: {
        targets: ['gamma/steady-1--cut-9', 'alpha/steady-1'],
        failover: { attempts: 1, recovery: 'resume' },
      },
      broken: { targets: ['alpha/steady-1--status-503', 'beta/steady-1--status-529'], failover: { attempts: 1 } },
    },
  });
  client = clientOf(house);
  locked = await startWays({
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY', routes: ['first'] }] },
    env: { WEB_KEY: 'web-key-0123456789' },
  });
});
afterAll(() => Promise.all([house.close(), locked.close()]));

const clientOf = (of: House, apiKey = 'caller') =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: of.gateway.url } });

const weather: FunctionDeclaration = {
  name: 'get_weather',
  description: 'The weather of a city.',
  parameters: {
    type: Type.OBJECT,
    properties: {
      city: { type: Type.STRING, nullable: true },
      days: { type: Type.ARRAY, items: { type: Type.INTEGER }, minItems: '1' },
    },
    required: ['city'],
    propertyOrdering: ['city', 'days'],
  },
};
const time: FunctionDeclaration = {
  name: 'get_time',
  parametersJsonSchema: { type: 'object', properties: { zone: { type: 'string' } }, additionalProperties: false },
};
const bare: FunctionDeclaration = { name: 'ping' };
const tools = [{ functionDeclarations: [weather, time] }];

interface Streamed {
  readonly text: string;
  readonly chunks: readonly GenerateContentResponse[];
  readonly last: GenerateContentResponse | undefined;
  readonly calls: readonly { readonly name: string | undefined; readonly args: unknown }[];
}

async function stream(
  model: string,
  contents: string | Content[],
  config: GenerateContentConfig = {},
): Promise<Streamed> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await client.models.generateContentStream({ model, contents, config })) chunks.push(chunk);
  return {
    text: chunks.map((chunk) => chunk.text ?? '').join(''),
    chunks,
    last: chunks.at(-1),
    calls: chunks.flatMap((chunk) => callsOf(chunk)),
  };
}

function callsOf(answer: GenerateContentResponse) {
  return (answer.functionCalls ?? []).map(({ name, args }) => ({ name, args }));
}

/** What was thrown; fails where nothing was. */
async function thrownBy(promise: PromiseLike<unknown>): Promise<ApiError> {
  const thrown = await promise.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
  if (thrown instanceof ApiError) return thrown;
  return expect.fail(`thrown was ${String(thrown)}`);
}

const errorIn = ({ message }: ApiError) => JSON.parse(message.replace(/^got status: \w+\. /, '')).error;

describe.each(WAYS)('through $way', ({ model, provider }) => {
  test('a question gets a whole answer that says who served', async () => {
    const answer = await client.models.generateContent({ model, contents: 'How tall is a giraffe?' });
    expect(answer.text).toContain('How tall is a giraffe?');
    expect(answer.candidates).toHaveLength(1);
    expect(answer.candidates?.[0]).toMatchObject({ finishReason: 'STOP', index: 0, content: { role: 'model' } });
    expect(answer.modelVersion).toBe('steady-1');
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = answer.usageMetadata ?? {};
    expect(candidatesTokenCount).toBeGreaterThan(5);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
    expect(answer.sdkHttpResponse?.headers?.['x-understudy-served-by']).toBe(`${provider}/steady-1`);
  });

  test('a stream gives the same answer in pieces, its end once, and usage with it', async () => {
    const contents = 'Tell me of rivers [[words: 60]]';
    const whole = await client.models.generateContent({ model, contents });
    const { text, chunks, last } = await stream(model, contents);
    expect(text).toBe(whole.text);
    expect(chunks.filter((chunk) => (chunk.text ?? '') !== '').length).toBeGreaterThan(10);
    expect(chunks.flatMap((chunk) => chunk.candidates?.[0]?.finishReason ?? [])).toEqual(['STOP']);
    expect(last?.candidates?.[0]?.finishReason).toBe('STOP');
    expect(last?.usageMetadata?.candidatesTokenCount).toBe(60);
    expect(new Set(chunks.map((chunk) => chunk.responseId)).size).toBe(1);
  });

  test('instructions and earlier turns reach the provider in their order', async () => {
    await client.models.generateContent({
      model,
      config: { systemInstruction: 'Speak like a pirate.' },
      contents: [
        { role: 'user', parts: [{ text: 'My name is Ada.' }] },
        { role: 'model', parts: [{ text: 'Ahoy, Ada.' }] },
        { role: 'user', parts: [{ text: 'What is ' }, { text: 'my name?' }] },
      ],
    });
    const asked = lastAsked(house, provider);
    for (const words of ['like a pirate', 'name is Ada', 'Ahoy, Ada', 'What is ', 'my name?']) {
      expect(asked).toContain(words);
    }
    expect(asked.indexOf('name is Ada')).toBeLessThan(asked.indexOf('Ahoy, Ada'));
    expect(asked.indexOf('Ahoy, Ada')).toBeLessThan(asked.indexOf('my name?'));
  });

  test('a chat keeps every turn, streamed ones too', async () => {
    const chat = client.chats.create({ model });
    for await (const _ of await chat.sendMessageStream({ message: 'My name is Ada [[words: 20]]' }));
    await chat.sendMessage({ message: 'What did you say?' });
    const asked = lastAsked(house, provider);
    expect(asked).toContain('My name is Ada');
    for (const word of ['word1', 'word20', 'What did you say?']) expect(asked).toContain(word);
    // This SDK keeps a turn for each piece of a stream; it drops all of them where one piece has no content.
    expect(chat.getHistory(true).length).toBeGreaterThan(20);
    // To other APIs the pieces are one text; to its own the turns go as they came.
    if (provider !== 'gamma') expect(asked).toContain('word1 word2 word3');
  });

  test('limits, stop sequences and sampling are kept', async () => {
    const contents = '[[words: 30]]';
    const config = { maxOutputTokens: 16, temperature: 0.5, topP: 0.9, seed: 7 };
    const short = await client.models.generateContent({ model, contents, config });
    expect(short.text).toBe(FIRST_16_WORDS);
    expect(short.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    const stopped = await stream(model, contents, { stopSequences: ['word3'] });
    expect(stopped.text).toBe('word1 word2 ');
    expect(stopped.last?.candidates?.[0]?.finishReason).toBe('STOP');
  });

  test('a schema of either kind holds for the answer, whole and streamed', async () => {
    const responseSchema = {
      type: Type.OBJECT,
      properties: {
        mood: { type: Type.STRING, enum: ['good', 'bad'] },
        score: { type: Type.INTEGER, nullable: true },
        marks: { type: Type.ARRAY, items: { type: Type.NUMBER }, minItems: '1', maxItems: '3' },
      },
      required: ['mood', 'marks'],
      propertyOrdering: ['mood', 'score', 'marks'],
    };
    const responseJsonSchema = {
      type: 'object',
      properties: {
        mood: { type: 'string', enum: ['good', 'bad'] },
        marks: { type: 'array', items: { type: 'number' } },
      },
      required: ['mood', 'marks'],
      additionalProperties: false,
    };
    for (const shape of [{ responseSchema }, { responseJsonSchema }]) {
      const config = { responseMimeType: 'application/json', ...shape };
      const whole = await client.models.generateContent({ model, contents: 'How was it?', config });
      const value: unknown = JSON.parse(whole.text ?? '');
      expect(value).toMatchObject({ mood: expect.stringMatching(/^(good|bad)$/), marks: expect.any(Array) });
      expect(JSON.parse((await stream(model, 'How was it?', config)).text)).toEqual(value);
    }
  });

  test('a schema of a list at the top, and JSON without a schema', async () => {
    const responseSchema = { type: Type.ARRAY, items: { type: Type.STRING } };
    const config = { responseMimeType: 'application/json' };
    const list = await client.models.generateContent({
      model,
      contents: 'Name rivers.',
      config: { ...config, responseSchema },
    });
    expect(JSON.parse(list.text ?? '')).toEqual(expect.arrayContaining([expect.any(String)]));
    const free = await client.models.generateContent({ model, contents: 'As JSON with the key "city".', config });
    expect(JSON.parse(free.text ?? '')).toMatchObject({});
  });

  test('a picture reaches the provider', async () => {
    const parts = [{ text: 'What is in it?' }, { inlineData: { mimeType: 'image/png', data: PIXEL_PNG } }];
    const answer = await client.models.generateContent({ model, contents: [{ role: 'user', parts }] });
    expect(answer.text).toContain('What is in it?');
    expect(lastAsked(house, provider)).toContain(PIXEL_PNG);
  });

  test('a function is called with its arguments, whole and streamed alike', async () => {
    const contents = 'Weather in Oslo? [[tool: get_weather {"city":"Oslo","days":[1,2]}]]';
    const whole = await client.models.generateContent({ model, contents, config: { tools } });
    const wanted = [{ name: 'get_weather', args: { city: 'Oslo', days: [1, 2] } }];
    expect(callsOf(whole)).toEqual(wanted);
    expect(whole.candidates?.[0]?.finishReason).toBe('STOP');
    const streamed = await stream(model, contents, { tools });
    expect(streamed.calls).toEqual(wanted);
    expect(streamed.last?.candidates?.[0]?.finishReason).toBe('STOP');
    const none = await client.models.generateContent({
      model,
      contents: 'ping, please',
      config: { tools: [{ functionDeclarations: [bare] }] },
    });
    expect(callsOf(none)).toEqual([
      { name: 'ping', args: expect.toSatisfy((args) => Object.keys(args ?? {}).length === 0) },
    ]);
  });

  test.each([{ ids: 'given back' }, { ids: 'left out' }])(
    'two at once, with ids $ids, and the answer',
    async ({ ids }) => {
      const question = { role: 'user', parts: [{ text: 'Tell me both the weather and time in Paris' }] };
      const first = await stream(model, [question], { tools });
      expect(first.calls.map(({ name }) => name)).toEqual(['get_weather', 'get_time']);
      const calls = first.chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
      const responses = calls.flatMap(({ functionCall }) =>
        functionCall
          ? [
              {
                functionResponse: {
                  ...(ids === 'given back' && functionCall.id !== undefined && { id: functionCall.id }),
                  name: functionCall.name ?? '',
                  response: { output: `${functionCall.name} is fine` },
                },
              },
            ]
          : [],
      );
      const contents = [question, { role: 'model', parts: calls }, { role: 'user', parts: responses }];
      const second = await client.models.generateContent({ model, contents, config: { tools } });
      expect(second.text).toContain('get_weather is fine');
      expect(second.text).toContain('get_time is fine');
    },
  );

  test.each([
    { mode: FunctionCallingConfigMode.NONE, allowed: undefined, names: [] },
    { mode: FunctionCallingConfigMode.AUTO, allowed: undefined, names: ['get_weather'] },
    { mode: FunctionCallingConfigMode.ANY, allowed: undefined, names: ['get_weather'] },
    { mode: FunctionCallingConfigMode.ANY, allowed: ['get_time'], names: ['get_time'] },
  ])('calling mode $mode $allowed', async ({ mode, allowed, names }) => {
    const functionCallingConfig = { mode, ...(allowed && { allowedFunctionNames: allowed }) };
    const config = { tools, toolConfig: { functionCallingConfig } };
    const contents = 'What is the weather in Rome?';
    const whole = await client.models.generateContent({ model, contents, config });
    expect(callsOf(whole).map(({ name }) => name)).toEqual(names);
    if (names.length === 0) expect(whole.text).toContain('Rome');
  });
});

describe('thinking', () => {
  test.each([
    { model: 'alpha/steady-1', contents: 'Why? [[reason]]' },
    { model: 'beta/claude-sonnet-5', contents: 'Why?' },
    { model: 'gamma/gemini-3-flash', contents: 'Why?' },
  ])('of $model is told apart, to callers that ask for it', async ({ model, contents }) => {
    const thinkingConfig = { thinkingLevel: ThinkingLevel.LOW, includeThoughts: true };
    const shown = await stream(model, contents, { thinkingConfig });
    const thoughts = shown.chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
    expect(
      thoughts
        .filter((part) => part.thought)
        .map((part) => part.text)
        .join(''),
    ).toContain('A plain answer will do');
    expect(shown.text).toContain('Why?');
    expect(shown.text).not.toContain('A plain answer will do');
    const hidden = await client.models.generateContent({ model, contents });
    expect(hidden.candidates?.[0]?.content?.parts?.some((part) => part.thought)).toBe(false);
    expect(JSON.stringify(hidden)).not.toContain('A plain answer will do');
  });
});

describe('a conversation that changes its provider', () => {
  test('between the call and its result: from one without signatures to one that demands them', async () => {
    const question = { role: 'user', parts: [{ text: 'Tell me both the weather and time in Paris' }] };
    const first = await client.models.generateContent({ model: 'to-signed', contents: [question], config: { tools } });
    expect(first.sdkHttpResponse?.headers?.['x-understudy-served-by']).toBe('alpha/steady-1');
    const parts = (first.functionCalls ?? []).map(({ name }) => ({
      functionResponse: { name: name ?? '', response: { output: `${name} is fine` } },
    }));
    const model = first.candidates?.[0]?.content ?? {};
    house.simulator.script('alpha', { fault: 'status', status: 503 }, { times: 1 });
    const contents = [question, model, { role: 'user', parts }];
    const second = await client.models.generateContent({ model: 'to-signed', contents, config: { tools } });
    expect(second.sdkHttpResponse?.headers?.['x-understudy-served-by']).toBe('gamma/signed-1');
    expect(second.text).toContain('get_time is fine');
  });

  test('after Gemini called without ids: the next one gets ids that match', async () => {
    const question = { role: 'user', parts: [{ text: 'Tell me both the weather and time in Paris' }] };
    const first = await client.models.generateContent({
      model: 'gamma/steady-1',
      contents: [question],
      config: { tools },
    });
    const calls = first.functionCalls ?? [];
    expect(calls.map(({ id }) => id)).toEqual([undefined, undefined]);
    const parts = calls.map(({ name }) => ({
      functionResponse: { name: name ?? '', response: { output: `${name} is fine` } },
    }));
    const contents = [question, first.candidates?.[0]?.content ?? {}, { role: 'user', parts }];
    const second = await client.models.generateContent({ model: 'broken-gemini', contents, config: { tools } });
    expect(second.sdkHttpResponse?.headers?.['x-understudy-degraded']).toBe('true');
    expect(second.text).toContain('get_weather is fine');
    expect(lastAsked(house, 'alpha')).toContain('"tool_call_id":"call_0"');
  });
});

test('an answer that another target goes on with in its middle is whole, and ends once', async () => {
  const contents = 'Tell me of rivers [[words: 30]]';
  const chat = client.chats.create({ model: 'resumed' });
  let text = '';
  const ends: string[] = [];
  for await (const chunk of await chat.sendMessageStream({ message: contents })) {
    text += chunk.text ?? '';
    const end = chunk.candidates?.[0]?.finishReason;
    if (end) ends.push(end);
  }
  expect(text).toBe(Array.from({ length: 30 }, (_, at) => `word${at + 1}`).join(' '));
  expect(ends).toEqual(['STOP']);
  // A piece without content would make this SDK forget the whole turn.
  expect(chat.getHistory(true).length).toBeGreaterThan(2);
});

describe('errors', () => {
  test('a model that is neither a route nor a target, and a method that is none', async () => {
    const missing = await thrownBy(client.models.generateContent({ model: 'no-such-route', contents: 'Hi' }));
    expect(missing.status).toBe(404);
    expect(errorIn(missing)).toMatchObject({ code: 404, status: 'NOT_FOUND', understudy: { code: 'unknown_model' } });
    const embedded = await thrownBy(client.models.embedContent({ model: 'first', contents: 'Hi' }));
    expect(errorIn(embedded)).toMatchObject({ code: 404, status: 'NOT_FOUND' });
    expect(embedded.message).toContain('generateContent');
  });

  test('a field that is wrong is named', async () => {
    const config = { temperature: 'hot' as unknown as number };
    const refused = await thrownBy(client.models.generateContent({ model: 'first', contents: 'Hi', config }));
    expect(errorIn(refused)).toMatchObject({
      code: 400,
      status: 'INVALID_ARGUMENT',
      details: [{ fieldViolations: [{ field: 'generationConfig.temperature' }] }],
    });
  });

  test('an exhausted chain is one error that says when to come back', async () => {
    const down = await thrownBy(client.models.generateContent({ model: 'broken', contents: 'Hi' }));
    expect(errorIn(down)).toMatchObject({
      code: 503,
      status: 'UNAVAILABLE',
      understudy: { code: 'all_targets_failed' },
    });
    const limited = await thrownBy(
      client.models.generateContent({ model: 'gamma/steady-1--rate-limited-400', contents: 'Hi' }),
    );
    expect(errorIn(limited)).toMatchObject({ code: 429, status: 'RESOURCE_EXHAUSTED' });
    expect(errorIn(limited).details).toContainEqual(expect.objectContaining({ retryDelay: '400s' }));
  });

  test.each(['alpha/steady-1--cut-3', 'beta/steady-1--cut-3', 'gamma/steady-1--cut-3'])(
    'an answer of %s that breaks off is thrown',
    async (model) => {
      const pieces: string[] = [];
      const read = async () => {
        for await (const chunk of await client.models.generateContentStream({ model, contents: 'Tell me of rivers' })) {
          pieces.push(chunk.text ?? '');
          expect(chunk.candidates?.[0]?.finishReason).toBeUndefined();
        }
      };
      const thrown = await thrownBy(read());
      expect(thrown.status).toBe(502);
      expect(errorIn(thrown)).toMatchObject({ status: 'UNAVAILABLE', understudy: { code: 'stream_interrupted' } });
      expect(pieces.join('')).not.toBe('');
    },
  );

  test('a key that is wrong, and a route that it does not open', async () => {
    const good = clientOf(locked, 'web-key-0123456789');
    expect((await good.models.generateContent({ model: 'first', contents: 'Hi' })).text).toContain('Hi');
    const other = await thrownBy(good.models.generateContent({ model: 'second', contents: 'Hi' }));
    expect(other.status).toBe(404);
    const bad = clientOf(locked, 'wrong');
    const refused = await thrownBy(bad.models.generateContent({ model: 'first', contents: 'Hi' }));
    expect(errorIn(refused)).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect((await thrownBy(bad.models.list())).status).toBe(401);
  });
});

test('models are listed and retrieved', async () => {
  const names: (string | undefined)[] = [];
  for await (const model of await client.models.list()) names.push(model.name);
  expect(names).toEqual(expect.arrayContaining(['models/reply', 'models/first', 'models/second']));
  const one = await client.models.get({ model: 'first' });
  expect(one).toMatchObject({ name: 'models/first', displayName: 'first' });
  expect(await client.models.get({ model: 'alpha/steady-1' })).toMatchObject({ name: 'models/alpha/steady-1' });
  expect((await thrownBy(client.models.get({ model: 'no-such-route' }))).status).toBe(404);
});
