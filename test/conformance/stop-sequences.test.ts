import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { eventually } from '../kit/eventually.ts';
import type { House } from '../kit/gateway-kit.ts';
import { framesOf } from '../kit/sse-text.ts';
import { startWays, WAYS } from './ways.ts';

let house: House;
beforeAll(async () => {
  house = await startWays();
});
afterAll(() => house.close());

const PROVIDERS = ['alpha', 'beta', 'gamma', 'omega'];
const MESSAGES = [{ role: 'user', content: '[[words: 200]]' }];
/** More than any vendor takes: the last one has to be seen to by the gateway. */
const STOP = ['NEVER-1', 'NEVER-2', 'NEVER-3', 'NEVER-4', 'NEVER-5', 'word3'];

function ask(path: string, body: JsonObject): Promise<Response> {
  return fetch(house.gateway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe.each(WAYS)('stop sequences through $way', ({ model }) => {
  test('end a whole answer where the caller said, however many there are', async () => {
    const response = await ask('/v1/messages', { model, max_tokens: 1_000, messages: MESSAGES, stop_sequences: STOP });
    expect(await response.json()).toMatchObject({
      content: [{ type: 'text', text: 'word1 word2 ' }],
      usage: { output_tokens: expect.any(Number) },
    });
  });

  test('end a stream there, cleanly, and leave no connection behind', async () => {
    const response = await ask('/v1/messages', {
      model,
      max_tokens: 1_000,
      messages: MESSAGES,
      stop_sequences: STOP,
      stream: true,
    });
    const frames = framesOf(await response.text());
    const said = frames.flatMap(({ data }) => {
      const { delta } = JSON.parse(data) as { delta?: { text?: string } };
      return delta?.text === undefined ? [] : [delta.text];
    });
    expect(said.join('')).toBe('word1 word2 ');
    expect(frames.at(-1)?.event).toBe('message_stop');
    const open = () => PROVIDERS.map((provider) => house.simulator.meter(provider).openStreams);
    await eventually(open, [0, 0, 0, 0]);
  });
});
