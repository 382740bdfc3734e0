import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';
import { startWays } from './ways.ts';

let house: House;
let locked: House;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  house = await startWays({
    routes: {
      choosy: { targets: ['alpha/steady-1--provider-rejected', 'beta/steady-1'] },
      picky: { targets: ['alpha/steady-1--provider-rejected', 'beta/steady-1--provider-rejected'] },
      broken: { targets: ['alpha/steady-1--status-503', 'beta/steady-1--status-529'], failover: { attempts: 1 } },
    },
  });
  openai = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1` });
  anthropic = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url });
  locked = await startWays({
    server: { keys: [{ name: 'web', key: 'env:WEB_KEY', routes: ['first'] }] },
    env: { WEB_KEY: 'web-key-0123456789' },
  });
});
afterAll(() => Promise.all([house.close(), locked.close()]));

const messages = [{ role: 'user' as const, content: 'Hello' }];
const ofOpenai = (model: string, client = openai) => client.chat.completions.create({ model, messages });
const ofAnthropic = (model: string, client = anthropic) => client.messages.create({ model, max_tokens: 100, messages });

/** What was thrown; fails where nothing was. */
async function thrownBy(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('nothing was thrown'),
    (error: unknown) => error,
  );
}

describe('errors are the typed ones of the SDK', () => {
  test('a model that is neither a route nor a target', async () => {
    const byOpenai = await thrownBy(ofOpenai('no-such-route'));
    expect(byOpenai).toBeInstanceOf(OpenAI.NotFoundError);
    expect(byOpenai).toMatchObject({ status: 404, code: 'unknown_model', param: 'model', type: 'not_found_error' });
    const byAnthropic = await thrownBy(ofAnthropic('nobody/steady-1'));
    expect(byAnthropic).toBeInstanceOf(Anthropic.NotFoundError);
    expect(byAnthropic).toMatchObject({ status: 404, type: 'not_found_error' });
    expect(String(byAnthropic)).toContain('nobody/steady-1');
  });

  test('a field that is wrong is named', async () => {
    const temperature = 'hot' as unknown as number;
    const byOpenai = await thrownBy(openai.chat.completions.create({ model: 'first', messages, temperature }));
    expect(byOpenai).toBeInstanceOf(OpenAI.BadRequestError);
    expect(byOpenai).toMatchObject({ status: 400, param: 'temperature', type: 'invalid_request_error' });
    const bad = { model: 'first', max_tokens: 'many' as unknown as number, messages };
    const byAnthropic = await thrownBy(anthropic.messages.create(bad));
    expect(byAnthropic).toBeInstanceOf(Anthropic.BadRequestError);
    expect(String(byAnthropic)).toContain('max_tokens');
  });

  test('a field that only the provider knows to be wrong comes back in its words', async () => {
    const refused = await thrownBy(
      openai.chat.completions.create({ model: 'alpha/steady-1', messages, temperature: 2.5 }),
    );
    expect(refused).toBeInstanceOf(OpenAI.BadRequestError);
    expect(refused).toMatchObject({ param: 'temperature' });
  });

  test('an option that one provider lacks is a matter for the next; one that nobody has is told in their words', async () => {
    expect(await ofOpenai('choosy')).toMatchObject({ understudy: { served_by: 'beta/steady-1' } });
    for (const model of ['alpha/steady-1--provider-rejected', 'picky']) {
      const rejected = await thrownBy(ofOpenai(model));
      expect(rejected).toBeInstanceOf(OpenAI.BadRequestError);
      expect(String(rejected)).toMatch(/not support/i);
    }
  });

  test('an answer that the token limit left empty is told as one, and is no sign that the provider is down', async () => {
    const empty = { index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'length' };
    const usage = { prompt_tokens: 9, completion_tokens: 0, total_tokens: 9 };
    const body = { id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices: [empty], usage };
    house.simulator.script('alpha', { fault: 'status', status: 200, body }, { model: 'frugal-1' });
    for (let i = 0; i < 12; i += 1) {
      expect((await ofOpenai('alpha/frugal-1')).choices[0]).toMatchObject({ finish_reason: 'length' });
    }
    const { lanes, clock } = house.gateway.engine;
    expect(lanes.find('alpha/frugal-1')?.breakerState(clock.now())).toBe('closed');
  });

  test('a model that the provider does not have', async () => {
    expect(await thrownBy(ofOpenai('alpha/steady-1--model-retired'))).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await thrownBy(ofAnthropic('beta/steady-1--model-retired'))).toBeInstanceOf(Anthropic.NotFoundError);
  });

  test('a limit of the provider', async () => {
    const limited = await thrownBy(ofOpenai('alpha/steady-1--rate-limited-400'));
    expect(limited).toBeInstanceOf(OpenAI.RateLimitError);
    expect((limited as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBe('400');
    expect(await thrownBy(ofAnthropic('beta/steady-1--rate-limited-400'))).toBeInstanceOf(Anthropic.RateLimitError);
  });

  test('a credential of the gateway that the provider refuses is not the fault of the caller', async () => {
    const byOpenai = await thrownBy(ofOpenai('alpha/steady-1--auth-refused'));
    expect(byOpenai).toBeInstanceOf(OpenAI.InternalServerError);
    expect(byOpenai).toMatchObject({ status: 503, code: 'all_targets_failed' });
  });

  test.each(['whole', 'streamed'])('a chain that is exhausted, %s, is one error and one request', async (how) => {
    let requests = 0;
    const counting: typeof fetch = (...args) => {
      requests += 1;
      return fetch(...args);
    };
    const stream = how === 'streamed';
    const mine = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1`, fetch: counting });
    const byOpenai = await thrownBy(mine.chat.completions.create({ model: 'broken', messages, stream }));
    expect(byOpenai).toBeInstanceOf(OpenAI.InternalServerError);
    expect(byOpenai).toMatchObject({ status: 503, code: 'all_targets_failed' });
    const theirs = new Anthropic({ apiKey: 'caller', baseURL: house.gateway.url, fetch: counting });
    const body = { model: 'broken', max_tokens: 100, messages, stream };
    expect(await thrownBy(theirs.messages.create(body))).toBeInstanceOf(Anthropic.InternalServerError);
    expect(requests).toBe(2);
  });

  test('an answer that breaks off is thrown, by the helpers and by the plain iterators', async () => {
    const body = { model: 'beta/steady-1--cut-3', messages };
    expect(await thrownBy(openai.chat.completions.stream(body).finalChatCompletion())).toBeInstanceOf(OpenAI.APIError);
    const plain = await openai.chat.completions.create({ ...body, stream: true });
    const read = async (stream: AsyncIterable<unknown>) => {
      for await (const _ of stream);
    };
    expect(await thrownBy(read(plain))).toBeInstanceOf(OpenAI.APIError);
    const theirs = { model: 'alpha/steady-1--cut-3', max_tokens: 100, messages };
    expect(await thrownBy(anthropic.messages.stream(theirs).finalMessage())).toBeInstanceOf(Anthropic.APIError);
    expect(await thrownBy(read(await anthropic.messages.create({ ...theirs, stream: true })))).toBeInstanceOf(
      Anthropic.APIError,
    );
  });

  test('a client that is out of patience, and one that changes its mind', async () => {
    const slow = 'alpha/steady-1--slow-headers-5000';
    const hasty = { timeout: 100, maxRetries: 0 };
    expect(await thrownBy(openai.chat.completions.create({ model: slow, messages }, hasty))).toBeInstanceOf(
      OpenAI.APIConnectionTimeoutError,
    );
    expect(
      await thrownBy(anthropic.withOptions(hasty).messages.create({ model: slow, max_tokens: 100, messages })),
    ).toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    const gone = new AbortController();
    const leaving = openai.chat.completions.create({ model: slow, messages }, { signal: gone.signal });
    setTimeout(() => gone.abort(), 50);
    expect(await thrownBy(leaving)).toBeInstanceOf(OpenAI.APIUserAbortError);
  });
});

describe('keys of callers', () => {
  const url = () => locked.gateway.url;

  test('are the API key of either SDK', async () => {
    const mine = new OpenAI({ apiKey: 'web-key-0123456789', baseURL: `${url()}/v1` });
    const theirs = new Anthropic({ apiKey: 'web-key-0123456789', baseURL: url() });
    expect((await ofOpenai('first', mine)).choices).toHaveLength(1);
    expect((await ofAnthropic('first', theirs)).content).toHaveLength(1);
    expect((await mine.models.list()).data.map(({ id }) => id)).toEqual(['first']);
    expect(await thrownBy(ofOpenai('second', mine))).toBeInstanceOf(OpenAI.NotFoundError);
    expect(await thrownBy(ofAnthropic('alpha/steady-1', theirs))).toBeInstanceOf(Anthropic.NotFoundError);
  });

  test('that are wrong are an authentication error', async () => {
    const mine = new OpenAI({ apiKey: 'wrong', baseURL: `${url()}/v1` });
    const theirs = new Anthropic({ apiKey: 'wrong', baseURL: url() });
    const byOpenai = await thrownBy(ofOpenai('first', mine));
    expect(byOpenai).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(byOpenai).toMatchObject({ status: 401, type: 'authentication_error' });
    expect(await thrownBy(ofAnthropic('first', theirs))).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(await thrownBy(mine.models.list())).toBeInstanceOf(OpenAI.AuthenticationError);
  });
});

describe('models', () => {
  test('are listed and retrieved by the SDK of OpenAI', async () => {
    const ids: string[] = [];
    for await (const model of openai.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['reply', 'first', 'second', 'third']));
    expect(await openai.models.retrieve('first')).toMatchObject({ id: 'first', object: 'model' });
    expect(await openai.models.retrieve('alpha/steady-1')).toMatchObject({ id: 'alpha/steady-1', object: 'model' });
    const missing = await thrownBy(openai.models.retrieve('no-such-route'));
    expect(missing).toBeInstanceOf(OpenAI.NotFoundError);
    expect(missing).toMatchObject({ code: 'unknown_model' });
  });

  test('are listed and retrieved by the SDK of Anthropic', async () => {
    const ids: string[] = [];
    for await (const model of anthropic.models.list()) ids.push(model.id);
    expect(ids).toEqual(expect.arrayContaining(['reply', 'first', 'second', 'third']));
    const one = await anthropic.models.retrieve('first');
    expect(one).toMatchObject({ id: 'first', type: 'model', display_name: 'first' });
    expect(Number.isNaN(Date.parse(one.created_at))).toBe(false);
    expect(await anthropic.models.retrieve('beta/steady-1')).toMatchObject({ id: 'beta/steady-1' });
    const missing = await thrownBy(anthropic.models.retrieve('no-such-route'));
    expect(missing).toBeInstanceOf(Anthropic.NotFoundError);
    expect(missing).toMatchObject({ type: 'not_found_error' });
  });
});
