import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Script, SIMULATED_DIALECTS, type SimulatedDialect } from '../../src/simulator/index.ts';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { type HandmadeProvider, startHandmadeProvider } from '../kit/handmade-provider.ts';
import { post, talk } from '../kit/raw-http.ts';
import { askBySdk, SURFACES, type Surface } from '../kit/sdk-caller.ts';
import { framesOf } from '../kit/sse-text.ts';
import { HANDMADE_STREAMS } from './handmade-streams.ts';

const TEXT = 'one two three four five six seven';
const PROMPT = `[[answer: ${TEXT}]]`;

/** How a stream breaks after its first three words. `script` absent: the handmade provider does it. */
const BREAKS: readonly { name: string; script?: Script; fault: Record<string, unknown> }[] = [
  { name: 'cut', script: { fault: 'cut', afterChunks: 3 }, fault: { kind: 'bad-response', what: 'cut' } },
  { name: 'reset', script: { fault: 'reset', afterChunks: 3 }, fault: { kind: 'bad-response', what: 'cut' } },
  { name: 'stall', script: { fault: 'stall', afterChunks: 3 }, fault: { kind: 'timed-out', clock: 'gap' } },
  {
    name: 'malformed',
    script: { fault: 'malformed-chunk', afterChunks: 3 },
    fault: { kind: 'bad-response', what: 'malformed' },
  },
  { name: 'told', fault: { kind: 'bad-response', what: 'overloaded' } },
  { name: 'ended-early', fault: { kind: 'bad-response', what: 'cut' } },
];
const PROVIDERS: Readonly<Record<SimulatedDialect, string>> = {
  'openai-chat': 'alpha',
  'openai-responses': 'omega',
  'anthropic-messages': 'beta',
  'gemini-generate': 'gamma',
};
const PATHS: Readonly<Record<Surface, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};
const TERMINATORS: Readonly<Record<Surface, RegExp>> = {
  'openai-chat': /\[DONE\]/,
  'anthropic-messages': /message_stop/,
};

let house: House;
const handmade: HandmadeProvider[] = [];

const primaryOf = (dialect: SimulatedDialect, one: (typeof BREAKS)[number]) =>
  one.script ? PROVIDERS[dialect] : `handmade-${PROVIDERS[dialect]}`;
const routeOf = (dialect: SimulatedDialect, one: (typeof BREAKS)[number], surface: Surface, client: 'sdk' | 'raw') =>
  `${one.name}.${PROVIDERS[dialect]}.${surface === 'openai-chat' ? 'o' : 'a'}.${client}`;

function everyWay() {
  return SIMULATED_DIALECTS.flatMap((dialect) =>
    BREAKS.flatMap((one) => SURFACES.map((surface) => ({ dialect, one, surface }))),
  );
}

/** Writes three words and what the model's name asks for: an error event, or an end in good order without a finish. */
async function handmadeProviders(): Promise<Record<string, Record<string, unknown>>> {
  const providers: Record<string, Record<string, unknown>> = {};
  for (const dialect of SIMULATED_DIALECTS) {
    const { opening, text, error, ping } = HANDMADE_STREAMS[dialect];
    const provider = await startHandmadeProvider((response, model) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (model.includes('pings')) return void response.end(opening + ping.repeat(200));
      response.write(opening + text('one') + text(' two') + text(' three'));
      response.end(model.includes('told') ? error + text(' never') : '');
    });
    handmade.push(provider);
    const path = dialect === 'gemini-generate' ? 'v1beta' : 'v1';
    providers[`handmade-${PROVIDERS[dialect]}`] = { dialect, baseUrl: `${provider.url}/${path}` };
  }
  return providers;
}

beforeAll(async () => {
  const routes: Record<string, unknown> = {};
  for (const { dialect, one, surface } of everyWay()) {
    for (const client of ['sdk', 'raw'] as const) {
      const route = routeOf(dialect, one, surface, client);
      const primary = `${primaryOf(dialect, one)}/steady-${route}`;
      routes[route] = { targets: [primary, `delta/steady-${route}`], timeouts: { gap: '300ms' } };
    }
  }
  for (const name of Object.values(PROVIDERS)) {
    routes[`pings.${name}`] = { targets: [`handmade-${name}/steady-pings`, `delta/steady-pings-${name}`] };
  }
  const another = await startHandmadeProvider((response) => response.writeHead(500).end());
  handmade.push(another);
  const providers = await handmadeProviders();
  house = await startHouse({
    providers: { ...providers, delta: { dialect: 'openai-chat', baseUrl: `${another.url}/v1` } },
    routes,
  });
});

afterAll(async () => {
  await house.close();
  for (const provider of handmade) await provider.stop();
});

function breakIt(dialect: SimulatedDialect, one: (typeof BREAKS)[number], model: string): void {
  if (one.script) house.simulator.script(PROVIDERS[dialect], one.script, { model });
}

describe.concurrent('an answer that breaks after the commit point', () => {
  it.each(everyWay())('$one.name, $dialect behind the surface of $surface: the SDK throws', async (way) => {
    const { dialect, one, surface } = way;
    const route = routeOf(dialect, one, surface, 'sdk');
    breakIt(dialect, one, `steady-${route}`);
    const heard = await askBySdk(house.gateway.url, { surface, stream: true, model: route, prompt: PROMPT });
    expect(heard.thrown).toMatchObject({ name: 'APIError', code: 'stream_interrupted' });
    expect(heard.text).toBe('one two three');
    expect(heard.finish).toBeUndefined();
    expect(heard.understudy).toBeUndefined();
    expect(heard.requests).toBe(1);
    const row = await house.reader.request(heard.headers.get('x-understudy-request-id') ?? '');
    const primary = `${primaryOf(dialect, one)}/steady-${route}`;
    expect(row).toMatchObject({
      outcome: 'interrupted',
      servedBy: primary,
      failure: { code: 'stream_interrupted' },
      attemptRows: [
        {
          target: primary,
          state: 'unknown',
          committed: true,
          fault: one.fault,
          verdict: 'after the commit point: error',
        },
      ],
    });
    const { clock, lanes } = house.gateway.engine;
    expect(lanes.find(primary)?.snapshot(clock.now())).toMatchObject({ active: 0, breaker: { windowFailed: 1 } });
  });

  it.each(everyWay())('$one.name, $dialect behind the surface of $surface: no clean end on the wire', async (way) => {
    const { dialect, one, surface } = way;
    const route = routeOf(dialect, one, surface, 'raw');
    breakIt(dialect, one, `steady-${route}`);
    const body = { model: route, stream: true, max_tokens: 500, messages: [{ role: 'user', content: PROMPT }] };
    const seen = await talk(house.gateway.url, { say: [post(PATHS[surface], JSON.stringify(body))] });
    // A chunked body whose last chunk never came is no complete answer to any HTTP client.
    expect(seen.responses).toEqual([]);
    expect(seen.closing).not.toBe('open');
    expect(seen.rest).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(seen.rest).toMatch(/\r\ntransfer-encoding: chunked\r\n/i);
    expect(seen.rest).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(seen.rest).not.toMatch(TERMINATORS[surface]);
    expect(seen.rest).not.toContain('finish_reason":"stop"');
    const error = seen.rest.split('\r\n').findLast((line) => line.includes('stream_interrupted')) ?? '';
    const last = framesOf(`${error}\n\n`).at(-1);
    expect(JSON.parse(last?.data ?? 'null')).toMatchObject({
      error: { message: expect.stringMatching(/^the answer was cut off/) },
    });
    expect(last?.event).toBe(surface === 'openai-chat' ? undefined : 'error');
  });
});

describe('the next target', () => {
  it('was never asked for the rest of any of them', () => {
    expect(handmade.at(0)?.requests()).toBe(0);
  });

  it.each(Object.values(PROVIDERS))('is asked where %s sent two hundred events without content', async (name) => {
    const before = handmade.at(0)?.requests() ?? 0;
    const question = { surface: 'openai-chat', stream: true, model: `pings.${name}`, prompt: PROMPT } as const;
    const heard = await askBySdk(house.gateway.url, question);
    // It fails too, and so the error is one of before the commit point: nothing had been sent.
    expect(heard.thrown).toMatchObject({ status: 503, code: 'all_targets_failed' });
    expect(handmade.at(0)?.requests()).toBeGreaterThan(before);
  });
});
