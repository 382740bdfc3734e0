import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { answerContextFor, encodeContextFor, summary } from '../../src/dialects/common/test-kit.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { recordings, recordingsPresent } from '../kit/recordings.ts';

let house: House;
let client: OpenAI;

const SMALL = 'text-embedding-3-small';
const BROKEN = `${SMALL}--status-503`;

beforeAll(async () => {
  const failover = { attempts: 1 };
  house = await startHouse({
    providers: {
      // The same model under the names that two hosts give it, and under a third that only the operator knows.
      alpha: { models: { [BROKEN]: { sameModel: SMALL } } },
      omega: { models: { 'our-deployment': { sameModel: SMALL } } },
    },
    routes: {
      // Vectors have no text: what a route asks of its answers is not asked of them.
      whole: {
        targets: [`alpha/${SMALL}`, `omega/openai/${SMALL}`],
        failover,
        contract: { require: ['Hello'] },
      },
      broken: { targets: [`alpha/${BROKEN}`, 'omega/text-embedding-3-large', `omega/openai/${SMALL}`], failover },
      deployed: { targets: [`alpha/${BROKEN}`, 'omega/our-deployment'], failover },
      alone: { targets: [`alpha/${BROKEN}`, 'omega/text-embedding-3-large', 'beta/steady-1'], failover },
      elsewhere: { targets: ['beta/steady-1', 'gamma/steady-1'], failover },
    },
  });
  client = new OpenAI({ apiKey: 'caller', baseURL: `${house.gateway.url}/v1`, maxRetries: 0 });
});
afterAll(() => house.close());

const ownObject = (answer: object) => (answer as { understudy?: JsonObject }).understudy;

async function refused(model: string, input: unknown = 'Hello'): Promise<APIError> {
  const thrown = await client.embeddings.create({ model, input: input as string }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof APIError)) throw new Error(`no API error: ${String(thrown)}`);
  return thrown;
}

describe('embeddings through the OpenAI SDK', () => {
  test('one text and many, in the encoding that the SDK asks for by itself', async () => {
    const one = await client.embeddings.create({ model: 'whole', input: 'Hello' });
    expect(one.data[0]?.embedding).toHaveLength(16);
    expect(Math.hypot(...(one.data[0]?.embedding ?? []))).toBeCloseTo(1, 4);
    expect(one.usage.prompt_tokens).toBeGreaterThan(0);
    expect(ownObject(one)).toMatchObject({ served_by: `alpha/${SMALL}`, degraded: false });
    const many = await client.embeddings.create({
      model: 'whole',
      input: ['Hello', 'World'],
      encoding_format: 'float',
      dimensions: 4,
    });
    expect(many.data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 4],
      [1, 4],
    ]);
  });

  test('token ids are passed on as they are', async () => {
    const one = await client.embeddings.create({ model: 'whole', input: [1, 2, 3] });
    const two = await client.embeddings.create({ model: 'whole', input: [[1, 2, 3], [4]] });
    expect(one.data).toHaveLength(1);
    expect(two.data).toHaveLength(2);
    expect(house.simulator.meter('alpha').requestLog.at(-1)?.body).toMatchObject({ input: [[1, 2, 3], [4]] });
  });

  test('another host of the same model stands in, a larger model of the same vendor does not', async () => {
    const answer = await client.embeddings.create({ model: 'broken', input: 'Hello' });
    expect(ownObject(answer)).toMatchObject({ served_by: `omega/openai/${SMALL}`, degraded_reason: 'fallback' });
    const row = await house.reader.request(String(ownObject(answer)?.request_id));
    expect(JSON.stringify(row)).toContain('other-model');
  });

  test('a name that only the operator knows counts as the same model where the configuration says so', async () => {
    const answer = await client.embeddings.create({ model: 'deployed', input: 'Hello' });
    expect(ownObject(answer)).toMatchObject({ served_by: 'omega/our-deployment' });
  });

  test('where no host of the model is left, the refusal says why nobody stood in', async () => {
    const thrown = await refused('alone');
    expect(thrown.status).toBe(503);
    const told = JSON.stringify(thrown.error);
    expect(told).toContain('other-model');
    expect(told).toContain('another space');
  });

  test('a route without any host of embeddings says so', async () => {
    const thrown = await refused('elsewhere');
    expect(JSON.stringify(thrown.error)).toContain('capability(embeddings)');
  });

  test.each<[string, unknown]>([
    ['input', ''],
    ['input', []],
    ['input[1]', ['fine', '']],
    ['input[0]', [{ text: 'x' }]],
    ['input', Array.from({ length: 2_049 }, () => 'x')],
  ])('a wrong %s is refused by its name', async (field, input) => {
    const thrown = await refused('whole', input);
    expect(thrown.status).toBe(400);
    expect(thrown.param).toBe(field);
  });

  test('a provider that is limited is waited for or passed over, as in chat', async () => {
    house.simulator.script('alpha', { fault: 'rate-limited', retryAfter: '30' }, { model: SMALL });
    const answer = await client.embeddings.create({ model: 'whole', input: 'Hello' });
    expect(ownObject(answer)).toMatchObject({ served_by: `omega/openai/${SMALL}`, cause: 'rate-limited' });
    house.simulator.script('alpha', undefined);
  });
});

test.skipIf(!recordingsPresent)(
  'recorded embeddings come through unchanged, recorded refusals as what they are',
  () => {
    const outcomes = recordings('embeddings').flatMap(({ request, response }) => {
      // Google's own form of the question is no surface of ours.
      if (request === null || request.body.input === undefined) return [];
      const asked = dialectKits.caller('openai-embeddings').decodeRequest(request.body, {});
      const kit = dialectKits.target('openai-embeddings');
      if (response.status !== 200) {
        return [kit.decodeFault({ status: response.status, headers: {}, body: JSON.stringify(response.body) }).kind];
      }
      const { reading } = kit.encodeRequest(asked, encodeContextFor('openai-embeddings'));
      const body = response.body as JsonObject;
      const events = kit.decodeAnswer(body, reading);
      const context = answerContextFor(asked, { annotate: false });
      expect(dialectKits.caller('openai-embeddings').encodeAnswer(events, context, summary)).toEqual(body);
      return ['unchanged'];
    });
    expect(outcomes.sort()).toEqual(['credential-refused', 'model-not-found', 'unchanged', 'unchanged']);
  },
);
