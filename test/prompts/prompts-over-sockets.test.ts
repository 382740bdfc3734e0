import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPrompt } from '../../src/config/prompts/read-prompt.ts';
import { versionLabel } from '../../src/quality/prompts/prompt-spec.ts';
import { eventually } from '../kit/eventually.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { ALONE, EXTRACT, FIELDS, TRIAGE } from './prompt-files.ts';

const OLD = 'role: You are the former text for {{ shop }}.\nvariables: { shop: { type: string } }\n';
const PRESENT = 'role: You are the present text for {{ shop }}.\nvariables: { shop: { type: string } }\n';

const labelOf = (text: string, name: string) => {
  const read = readPrompt(text, `${name}.yaml`, name);
  if (!read.ok) throw new Error(read.problems[0]?.message);
  return versionLabel(read.version);
};
const TRIAGE_VERSION = labelOf(TRIAGE, 'triage');
const OLD_VERSION = labelOf(OLD, 'greeting');
const oldHash = OLD_VERSION.slice('greeting@'.length);

let house: House;
let openai: OpenAI;
let anthropic: Anthropic;
let gemini: GoogleGenAI;

beforeAll(async () => {
  const failover = { attempts: 1 };
  house = await startHouse({
    prompts: {
      'triage.yaml': TRIAGE,
      'extract.yaml': EXTRACT,
      'fields.yaml': FIELDS,
      'alone.yaml': ALONE,
      'greeting.yaml': PRESENT,
      [`.pinned/${OLD_VERSION}.yaml`]: OLD,
      'prompts.lock': `version: 1\npins:\n  greeting:\n    beta/steady-1: "${oldHash}"\n`,
    },
    routes: {
      second: { targets: ['alpha/steady-1--status-503', 'beta/steady-1', 'gamma/steady-1'], failover },
      bound: { targets: ['alpha/steady-1', 'beta/steady-1'], prompt: 'triage' },
      alone: { targets: ['alpha/steady-1--status-503', 'beta/steady-1'], failover, prompt: 'alone' },
    },
    server: { adminKey: 'env:PROMPTS_ADMIN' },
    env: { PROMPTS_ADMIN: 'admin-of-prompts' },
  });
  const { url } = house.gateway;
  openai = new OpenAI({ apiKey: 'caller', baseURL: `${url}/v1`, maxRetries: 0 });
  anthropic = new Anthropic({ apiKey: 'caller', baseURL: url, maxRetries: 0 });
  gemini = new GoogleGenAI({ apiKey: 'caller', httpOptions: { baseUrl: url } });
});
afterAll(() => house.close());

type Provider = 'alpha' | 'beta' | 'gamma' | 'omega';
const asked = (provider: Provider) =>
  house.simulator.meter(provider).requestLog.at(-1)?.body as Record<string, unknown>;
const askedText = (provider: Provider) => JSON.stringify(asked(provider));
const said = (provider: Provider) => house.simulator.meter(provider).requestLog.length;

const triage = { id: 'triage', variables: { shop: 'Aunt Emma', message: 'Where is my parcel?' } };

describe('the prompt parameter of the Responses API', () => {
  test('fills in a whole request that has no input', async () => {
    const { data, response } = await openai.responses
      .create({ model: 'omega/steady-1', prompt: triage, store: false })
      .withResponse();
    expect(data.output_text).toContain('Where is my parcel?');
    expect(response.headers.get('x-understudy-prompt-version')).toBe(TRIAGE_VERSION);
    const { instructions, input, prompt, max_output_tokens } = asked('omega');
    expect(instructions).toBe(
      'You sort messages to Aunt Emma.\n\n# Rules\n\n- Choose one queue.\n- Be concise.\n\n# Context\n\nQueues: delivery, billing.',
    );
    expect(prompt).toBeUndefined();
    expect(max_output_tokens).toBe(300);
    expect(JSON.stringify(input)).toContain('Message: Where is my parcel?');
  });

  test('a switch of provider keeps the prompt and lays it out for the other family', async () => {
    const { data, response } = await openai.responses
      .create({ model: 'second', prompt: triage, store: false })
      .withResponse();
    expect(response.headers.get('x-understudy-served-by')).toBe('beta/steady-1');
    expect(response.headers.get('x-understudy-prompt-version')).toBe(TRIAGE_VERSION);
    expect(data.output_text).toContain('Where is my parcel?');
    expect(askedText('alpha')).toContain('# Rules');
    expect(data.prompt).toEqual(triage);
    const { system, messages, max_tokens } = asked('beta');
    expect(JSON.stringify(system)).toContain('<rules>\\n- Choose one queue.\\n</rules>');
    expect(JSON.stringify(system)).toMatch(/<context>.*<rules>.*<examples>.*Be concise\."/);
    expect(messages).toHaveLength(1);
    expect(max_tokens).toBe(300);
    const id = response.headers.get('x-understudy-request-id') ?? '';
    const row = await eventually(
      () => house.reader.request(id),
      (found) => found !== undefined,
    );
    expect(row?.promptVersion).toBe(TRIAGE_VERSION);
    expect(row?.attemptRows.map(({ promptVersion }) => promptVersion)).toEqual([TRIAGE_VERSION, TRIAGE_VERSION]);
  });

  test('a conversation over several turns begins with the same words each time', async () => {
    const first = await openai.responses.create({ model: 'omega/steady-1', prompt: triage });
    await openai.responses.create({
      model: 'omega/steady-1',
      prompt: triage,
      previous_response_id: first.id,
      input: 'And my invoice?',
    });
    const texts = JSON.stringify(asked('omega').input);
    expect(texts.match(/Message: Where is my parcel\?/g)).not.toBeNull();
    expect(texts.indexOf('Message: Where')).toBeLessThan(texts.indexOf('And my invoice?'));
    expect(texts.match(/My parcel is late/g)).toHaveLength(1);
  });
});

describe('the gateway’s own option', () => {
  const option = { understudy: { prompt: triage } };

  test('binds a prompt to a chat completion, streamed', async () => {
    const { data, response } = await openai.chat.completions
      .create({
        model: 'alpha/steady-1',
        messages: [{ role: 'user', content: 'Please.' }],
        stream: true,
        ...option,
      } as OpenAI.ChatCompletionCreateParamsStreaming)
      .withResponse();
    let text = '';
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toContain('Please.');
    expect(response.headers.get('x-understudy-prompt-version')).toBe(TRIAGE_VERSION);
    const roles = (asked('alpha').messages as { role: string }[]).map(({ role }) => role);
    expect(roles).toEqual(['system', 'user', 'assistant', 'user', 'user']);
    expect(asked('alpha').understudy).toBeUndefined();
  });

  test('binds a prompt to a message of Anthropic’s', async () => {
    const { data, response } = await anthropic.messages
      .create({
        model: 'beta/steady-1',
        max_tokens: 50,
        system: 'Answer in English.',
        messages: [{ role: 'user', content: 'Please.' }],
        ...option,
      } as Anthropic.MessageCreateParamsNonStreaming)
      .withResponse();
    expect(JSON.stringify(data.content)).toContain('Please.');
    expect(response.headers.get('x-understudy-prompt-version')).toBe(TRIAGE_VERSION);
    expect(askedText('beta')).toMatch(/You sort messages to Aunt Emma.*Answer in English\./);
    expect(asked('beta').max_tokens).toBe(50);
  });

  test('binds a prompt to a request of Gemini’s', async () => {
    const { text } = await gemini.models.generateContent({
      model: 'gamma/steady-1',
      contents: 'Please.',
      config: { httpOptions: { extraBody: option } },
    });
    expect(text).toContain('Please.');
    const body = asked('gamma');
    expect(JSON.stringify(body.systemInstruction)).toMatch(/# Context.*# Rules.*Be concise\."/);
    expect(JSON.stringify(body.contents)).toContain('Message: Where is my parcel?');
    expect(body.generationConfig).toMatchObject({ maxOutputTokens: 300 });
  });

  test('needs no message of the caller’s where the prompt has one', async () => {
    const chat = { model: 'alpha/steady-1', messages: [], ...option } as OpenAI.ChatCompletionCreateParamsNonStreaming;
    const completion = await openai.chat.completions.create(chat);
    expect(completion.choices[0]?.message.content).toContain('Where is my parcel?');
    const message = await anthropic.messages.create({
      model: 'beta/steady-1',
      max_tokens: 50,
      messages: [],
      ...option,
    } as Anthropic.MessageCreateParamsNonStreaming);
    expect(JSON.stringify(message.content)).toContain('Where is my parcel?');
    await expect(openai.chat.completions.create({ model: 'alpha/steady-1', messages: [] })).rejects.toThrow('empty');
  });

  test('stands in a header where the body cannot be changed', async () => {
    const { response } = await openai.chat.completions
      .create(
        { model: 'alpha/steady-1', messages: [{ role: 'user', content: 'Hello' }] },
        { headers: { 'x-understudy-prompt': 'extract' } },
      )
      .withResponse();
    expect(response.headers.get('x-understudy-prompt-version')).toMatch(/^extract@[0-9a-f]{12}$/);
  });
});

describe('what a prompt brings beside words', () => {
  test.each([
    ['alpha/steady-1', 'alpha'],
    ['beta/steady-1', 'beta'],
    ['gamma/steady-1', 'gamma'],
    ['omega/steady-1', 'omega'],
  ] as const)('its schema is kept by answers of %s, in every dialect of the caller', async (model, provider) => {
    const use = { understudy: { prompt: 'fields' } };
    const messages = [{ role: 'user' as const, content: 'Order 7' }];
    const chat = await openai.chat.completions.create({ model, messages, ...use });
    const kept = (text: string) => expect(Object.keys(JSON.parse(text) as object)).toEqual(['order', 'total']);
    kept(chat.choices[0]?.message.content ?? '');
    const message = await anthropic.messages.create({
      model,
      max_tokens: 500,
      messages,
      ...use,
    } as Anthropic.MessageCreateParamsNonStreaming);
    kept(message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''));
    const response = await openai.responses.create({ model, prompt: { id: 'fields' }, input: 'Order 7', store: false });
    kept(response.output_text);
    const generated = await gemini.models.generateContent({
      model,
      contents: 'Order 7',
      config: { httpOptions: { extraBody: use } },
    });
    kept(generated.text ?? '');
    expect(askedText(provider)).toContain('total');
  });

  test.each([
    ['alpha/steady-1', 'alpha'],
    ['beta/steady-1', 'beta'],
    ['gamma/steady-1', 'gamma'],
    ['omega/steady-1', 'omega'],
  ] as const)('its tools reach %s, and those of a caller go before them', async (model, provider) => {
    const use = { understudy: { prompt: 'extract' } };
    const messages = [{ role: 'user' as const, content: 'Order 7' }];
    await openai.chat.completions.create({ model, messages, ...use });
    expect(askedText(provider)).toContain('Finds an order.\\nUse: the number is incomplete');
    const own = { name: 'own_tool', parameters: { type: 'object', properties: {} } };
    await openai.chat.completions.create({ model, messages, tools: [{ type: 'function', function: own }], ...use });
    expect(askedText(provider)).toContain('own_tool');
    expect(askedText(provider)).not.toContain('Finds an order.');
  });
});

describe('a route that is bound to a prompt', () => {
  test('tells it to every request, which fills in the variables', async () => {
    await openai.chat.completions.create({
      model: 'bound',
      messages: [{ role: 'user', content: 'Hello' }],
      ...{ understudy: { prompt: { id: 'triage', variables: { shop: 'Corner', message: 'Hm' } } } },
    });
    expect(askedText('alpha')).toContain('You sort messages to Corner.');
  });

  test('refuses another prompt, and a request without the variables', async () => {
    const before = said('alpha');
    const create = (extra: object) =>
      openai.chat.completions.create({ model: 'bound', messages: [{ role: 'user', content: 'Hello' }], ...extra });
    await expect(create({ understudy: { prompt: 'extract' } })).rejects.toMatchObject({
      status: 400,
      param: 'understudy.prompt.id',
      message: expect.stringContaining('the route is bound to triage'),
    });
    await expect(create({})).rejects.toMatchObject({ status: 400, param: 'understudy.prompt.variables.shop' });
    expect(said('alpha')).toBe(before);
  });
});

describe('a prompt that cannot be used as it was asked for is a 400 in the caller’s dialect', () => {
  const without = { id: 'triage', variables: { shop: 'Corner' } };

  test('in that of chat completions', async () => {
    const asking = openai.chat.completions.create({
      model: 'alpha/steady-1',
      messages: [{ role: 'user', content: 'Hello' }],
      ...{ understudy: { prompt: without } },
    });
    await expect(asking).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(asking).rejects.toThrow('understudy.prompt.variables.message is missing');
  });

  test('in that of the Responses API', async () => {
    const asking = openai.responses.create({ model: 'alpha/steady-1', prompt: without, store: false });
    await expect(asking).rejects.toMatchObject({ status: 400, param: 'prompt.variables.message' });
    const ill = { id: 'triage', variables: { ...triage.variables, queues: 'none' } };
    await expect(openai.responses.create({ model: 'alpha/steady-1', prompt: ill })).rejects.toThrow(
      'prompt.variables.queues must be a list',
    );
    const unknown = { id: 'triage', variables: { ...triage.variables, colour: 'red' } };
    await expect(openai.responses.create({ model: 'alpha/steady-1', prompt: unknown })).rejects.toThrow(
      'prompt.variables.colour is no variable of this prompt; its variables are: shop, message, queues, vip',
    );
    await expect(openai.responses.create({ model: 'alpha/steady-1', prompt: { id: 'nobody' } })).rejects.toThrow(
      'prompt.id names no prompt of this gateway',
    );
  });

  test('in that of Anthropic', async () => {
    const asking = anthropic.messages.create({
      model: 'beta/steady-1',
      max_tokens: 50,
      messages: [{ role: 'user', content: 'Hello' }],
      ...{ understudy: { prompt: without } },
    } as Anthropic.MessageCreateParamsNonStreaming);
    await expect(asking).rejects.toBeInstanceOf(Anthropic.BadRequestError);
    await expect(asking).rejects.toThrow('understudy.prompt.variables.message is missing');
  });

  test('in that of Gemini', async () => {
    const asking = gemini.models.generateContent({
      model: 'gamma/steady-1',
      contents: 'Hello',
      config: { httpOptions: { extraBody: { understudy: { prompt: without } } } },
    });
    await expect(asking).rejects.toMatchObject({ status: 400 });
    await expect(asking).rejects.toThrow('understudy.prompt.variables.message is missing');
  });
});

describe('versions', () => {
  const greet = async (model: string, version?: string) => {
    const { response } = await openai.responses
      .create({
        model,
        prompt: { id: 'greeting', ...(version !== undefined && { version }), variables: { shop: 'Corner' } },
        input: 'Hello',
        store: false,
      })
      .withResponse();
    return response.headers.get('x-understudy-prompt-version');
  };

  test('a target that is pinned to a version is told that one, and the others the present one', async () => {
    expect(await greet('alpha/steady-1')).toBe(labelOf(PRESENT, 'greeting'));
    expect(askedText('alpha')).toContain('the present text for Corner');
    expect(await greet('beta/steady-1')).toBe(OLD_VERSION);
    expect(askedText('beta')).toContain('the former text for Corner');
  });

  test('a caller may name a version, by its hash alone or with the name', async () => {
    expect(await greet('alpha/steady-1', oldHash)).toBe(OLD_VERSION);
    expect(await greet('alpha/steady-1', OLD_VERSION)).toBe(OLD_VERSION);
    await expect(greet('alpha/steady-1', '000000000000')).rejects.toThrow('prompt.version is no version of greeting');
  });
});

describe('a prompt for the primary alone', () => {
  test('is told to nobody else, and what-if says why', async () => {
    const before = said('beta');
    const asking = openai.chat.completions.create({ model: 'alone', messages: [{ role: 'user', content: 'Hello' }] });
    await expect(asking).rejects.toThrow('prompt-missing');
    expect(said('beta')).toBe(before);
    const answer = await fetch(`${house.gateway.url}/admin/explain?route=alone&down=alpha`, {
      headers: { authorization: 'Bearer admin-of-prompts' },
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    expect(text).toContain('prompt-missing');
    expect(text).toContain('the wording was tuned on it');
  });
});
