import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Script,
  SIMULATED_DIALECTS,
  SIMULATED_STATUSES,
  type SimulatedDialect,
  type Simulator,
  startSimulator,
} from '../../src/simulator/index.ts';
import { ask, events, type RawAnswer } from './raw-client.ts';

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

const ANSWER = 'one two three four five six';

/** The text of the good events of a stream. */
function streamedText(dialect: SimulatedDialect, answer: RawAnswer): string {
  return events(answer)
    .map((event) => TEXT[dialect](event))
    .join('');
}

type Event = Record<string, unknown>;
const at = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>(
    (here, key) => (typeof here === 'object' && here !== null ? (here as Event)[key] : undefined),
    value,
  );
const TEXT: Record<SimulatedDialect, (event: Event) => string> = {
  'openai-chat': (event) => String(at(event, 'choices', 0, 'delta', 'content') ?? ''),
  'openai-responses': (event) => (event.type === 'response.output_text.delta' ? String(event.delta) : ''),
  'anthropic-messages': (event) => String(at(event, 'delta', 'text') ?? ''),
  'gemini-generate': (event) => String(at(event, 'candidates', 0, 'content', 'parts', 0, 'text') ?? ''),
};
/** What stands in a stream that is complete. */
const COMPLETE: Record<SimulatedDialect, RegExp> = {
  'openai-chat': /"finish_reason":"stop"[\s\S]*data: \[DONE\]\n\n$/,
  'openai-responses': /event: response\.completed\n[^\n]*"status":"completed"[^\n]*\n\n$/,
  'anthropic-messages': /message_delta[\s\S]*event: message_stop\n[^\n]*\n\n$/,
  'gemini-generate': /"finishReason":"STOP"[^\n]*\r\n\r\n$/,
};
/** The vendor's word for what went wrong. */
const errorType = (answer: RawAnswer): unknown => {
  const error = at(JSON.parse(answer.text), 'error');
  return at(error, 'code') === answer.status || typeof at(error, 'code') === 'number'
    ? at(error, 'status')
    : at(error, 'type');
};

describe.each(SIMULATED_DIALECTS)('%s', (dialect) => {
  const play = (script: Script, more: { stream?: boolean; leaveAfterMs?: number; text?: string } = {}) =>
    ask(simulator, { dialect, text: `[[answer: ${ANSWER}]]`, script, ...more });

  test('healthy: the stream has one event a word, is complete and ends in order', async () => {
    const answer = await play({ fault: 'none' }, { stream: true });
    expect(answer).toMatchObject({ status: 200, ending: 'end' });
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(streamedText(dialect, answer)).toBe(ANSWER);
    expect(answer.text).toMatch(COMPLETE[dialect]);
    expect(events(answer).filter((event) => TEXT[dialect](event) !== '')).toHaveLength(6);
  });

  test('healthy: scripted answer, headers and calls', async () => {
    const script: Script = {
      fault: 'none',
      answer: 'Scripted.',
      headers: { 'x-ratelimit-remaining-requests': '0' },
      tools: [{ name: 'add', arguments: { a: 1 } }],
    };
    const answer = await play(script);
    expect(answer.headers['x-ratelimit-remaining-requests']).toBe('0');
    expect(answer.text).toContain('Scripted.');
    expect(answer.text).toMatch(/"add"/);
  });

  test.each(SIMULATED_STATUSES)('status %i has a body of the vendor’s shape', async (status) => {
    const answer = await play({ fault: 'status', status });
    expect(answer).toMatchObject({ status, ending: 'end' });
    expect(at(JSON.parse(answer.text), 'error', 'message')).toEqual(expect.any(String));
    expect(errorType(answer)).toEqual(expect.any(String));
    if (dialect === 'anthropic-messages') expect(JSON.parse(answer.text)).toMatchObject({ type: 'error' });
    if (dialect === 'gemini-generate') expect(at(JSON.parse(answer.text), 'error', 'code')).toBe(status);
  });

  test('status with a body and headers of one’s own', async () => {
    const answer = await play({
      fault: 'status',
      status: 503,
      body: 'upstream connect error',
      headers: { 'retry-after': '7' },
    });
    expect(answer).toMatchObject({ status: 503, text: 'upstream connect error' });
    expect(answer.headers).toMatchObject({ 'retry-after': '7', 'content-type': 'text/plain; charset=utf-8' });
  });

  test('rate-limited tells the wait where the vendor tells it', async () => {
    const answer = await play({ fault: 'rate-limited', retryAfter: '2' });
    expect(answer.status).toBe(429);
    if (dialect === 'gemini-generate') {
      expect(answer.headers['retry-after']).toBeUndefined();
      expect(answer.text).toContain('"retryDelay":"2s"');
    } else expect(answer.headers['retry-after']).toBe('2');
    const odd = await play({ fault: 'rate-limited', retryAfter: 'soon' });
    expect(odd.headers['retry-after']).toBe('soon');
    const ms = await play({ fault: 'rate-limited', retryAfterMs: '350' });
    expect(ms.headers['retry-after-ms'] ?? ms.text).toMatch(/^350$|"0.35s"/);
  });

  test('overloaded-after-200', async () => {
    const streamed = await play({ fault: 'overloaded-after-200' }, { stream: true });
    expect(streamed).toMatchObject({ status: 200, ending: 'end' });
    expect(at(events(streamed)[0], 'error', 'message')).toMatch(/overloaded/i);
    expect(events(streamed)).toHaveLength(1);
    const whole = await play({ fault: 'overloaded-after-200' });
    expect(whole.status).toBe(200);
    expect(at(JSON.parse(whole.text), 'error', 'message')).toMatch(/overloaded/i);
  });

  test('hang-before-headers', async () => {
    const answer = await play({ fault: 'hang-before-headers' }, { stream: true, leaveAfterMs: 300 });
    expect(answer).toMatchObject({ ending: 'left' });
    expect(answer.status).toBeUndefined();
  });

  test('slow-first-content: lifecycle at once, content late', async () => {
    const answer = await play({ fault: 'slow-first-content', ms: 400 }, { stream: true });
    expect(answer.msToHeaders).toBeLessThan(300);
    expect(answer.ms).toBeGreaterThan(390);
    expect(streamedText(dialect, answer)).toBe(ANSWER);
    expect(answer.text).toMatch(COMPLETE[dialect]);
    const whole = await play({ fault: 'slow-first-content', ms: 60 });
    expect(whole.msToHeaders).toBeGreaterThan(55);
  });

  test('slow-headers', async () => {
    const answer = await play({ fault: 'slow-headers', ms: 100 }, { stream: true });
    expect(answer.msToHeaders).toBeGreaterThan(95);
    expect(answer.text).toMatch(COMPLETE[dialect]);
  });

  test('stall: two pieces, then silence on an open connection', async () => {
    const answer = await play({ fault: 'stall', afterChunks: 2 }, { stream: true, leaveAfterMs: 300 });
    expect(answer).toMatchObject({ status: 200, ending: 'left' });
    expect(streamedText(dialect, answer)).toBe('one two');
    const none = await play({ fault: 'stall', afterChunks: 0 }, { stream: true, leaveAfterMs: 300 });
    expect(none.status).toBe(200);
    expect(streamedText(dialect, none)).toBe('');
    const whole = await play({ fault: 'stall', afterChunks: 1 }, { leaveAfterMs: 300 });
    expect(whole).toMatchObject({ status: 200, ending: 'left' });
    expect(whole.text).not.toBe('');
  });

  test('cut: closed after the pieces, no end of the answer', async () => {
    const answer = await play({ fault: 'cut', afterChunks: 3 }, { stream: true });
    expect(answer).toMatchObject({ status: 200, ending: 'cut' });
    expect(streamedText(dialect, answer)).toBe('one two three');
    expect(answer.text).not.toMatch(COMPLETE[dialect]);
    const none = await play({ fault: 'cut', afterChunks: 0 }, { stream: true });
    expect(none).toMatchObject({ status: 200, ending: 'cut' });
    expect(streamedText(dialect, none)).toBe('');
    expect(await play({ fault: 'cut', afterChunks: 1 })).toMatchObject({ status: 200, ending: 'cut' });
    expect(await play({ fault: 'cut', afterChunks: 0 })).toMatchObject({ status: 200, ending: 'cut', text: '' });
  });

  test('reset: before any byte, or after the pieces', async () => {
    const before = await play({ fault: 'reset', afterChunks: 0 }, { stream: true });
    expect(before.ending).toBe('ECONNRESET');
    expect(before.status).toBeUndefined();
    const after = await play({ fault: 'reset', afterChunks: 2 }, { stream: true });
    expect(after).toMatchObject({ status: 200 });
    expect(['ECONNRESET', 'cut']).toContain(after.ending);
    expect(streamedText(dialect, after)).toBe('one two');
  });

  test('malformed-chunk: a hole where the third word was, and an end as if all were well', async () => {
    const answer = await play({ fault: 'malformed-chunk', afterChunks: 2 }, { stream: true });
    expect(answer).toMatchObject({ status: 200, ending: 'end' });
    expect(streamedText(dialect, answer)).toBe('one two four five six');
    expect(answer.text).toContain(' brok');
    expect(answer.text).toMatch(COMPLETE[dialect]);
    const whole = await play({ fault: 'malformed-chunk', afterChunks: 0 });
    expect(() => JSON.parse(whole.text)).toThrow();
  });

  test('wrong-shape', async () => {
    const whole = await play({ fault: 'wrong-shape' });
    expect(JSON.parse(whole.text)).toEqual({ result: 'ok', items: [1, 2, 3] });
    const streamed = await play({ fault: 'wrong-shape' }, { stream: true });
    expect(events(streamed)).toEqual([{ result: 'ok', items: [1, 2, 3] }]);
    expect(streamed.ending).toBe('end');
  });

  test('slow-drip and chunkDelayMs: a pause before every piece', async () => {
    const answer = await play({ fault: 'slow-drip', msPerChunk: 20 }, { stream: true });
    expect(answer.ms).toBeGreaterThan(6 * 20 - 10);
    expect(answer.text).toMatch(COMPLETE[dialect]);
    const paced = await play({ fault: 'none', chunkDelayMs: 15, delayMs: 30 }, { stream: true });
    expect(paced.msToHeaders).toBeGreaterThan(28);
    expect(paced.ms).toBeGreaterThan(30 + 6 * 15 - 10);
    const whole = await play({ fault: 'slow-drip', msPerChunk: 5 });
    expect(whole.text).toContain(ANSWER);
    expect(whole.ms).toBeGreaterThan(45);
  });

  test('html-page and error-in-200', async () => {
    const page = await play({ fault: 'html-page' }, { stream: true });
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html/);
    expect(page.text).toMatch(/^<!doctype html>/);
    const error = await play({ fault: 'error-in-200' }, { stream: true });
    expect(error.status).toBe(200);
    expect(error.headers['content-type']).toMatch(/^application\/json/);
    expect(at(JSON.parse(error.text), 'error', 'message')).toEqual(expect.any(String));
  });

  test('empty-answer: complete and without content', async () => {
    const streamed = await play({ fault: 'empty-answer' }, { stream: true });
    expect(streamed.text).toMatch(COMPLETE[dialect]);
    expect(streamedText(dialect, streamed)).toBe('');
    const whole = await play({ fault: 'empty-answer' });
    expect(whole).toMatchObject({ status: 200, ending: 'end' });
    expect(whole.text).not.toContain(ANSWER);
  });

  const REFUSALS: [Script, Record<SimulatedDialect, [number, RegExp]>][] = [
    [
      { fault: 'model-retired' },
      {
        'openai-chat': [404, /model_not_found/],
        'openai-responses': [404, /model_not_found/],
        'anthropic-messages': [404, /not_found_error.*model: steady-1/],
        'gemini-generate': [404, /NOT_FOUND/],
      },
    ],
    [
      { fault: 'quota' },
      {
        'openai-chat': [429, /insufficient_quota/],
        'openai-responses': [429, /insufficient_quota/],
        'anthropic-messages': [429, /enforced_spend_limit_reached/],
        'gemini-generate': [429, /PerDay/],
      },
    ],
    [
      { fault: 'context-too-long', limitTokens: 4096 },
      {
        'openai-chat': [400, /context_length_exceeded/],
        'openai-responses': [400, /context_length_exceeded/],
        'anthropic-messages': [400, /prompt is too long: 4097 tokens > 4096 maximum/],
        'gemini-generate': [400, /\(4097\) exceeds the maximum number of tokens allowed \(4096\)/],
      },
    ],
    [
      { fault: 'invalid-request' },
      {
        'openai-chat': [400, /invalid_request_error/],
        'openai-responses': [400, /invalid_request_error/],
        'anthropic-messages': [400, /invalid_request_error/],
        'gemini-generate': [400, /INVALID_ARGUMENT/],
      },
    ],
    [
      { fault: 'provider-rejected' },
      {
        'openai-chat': [400, /unsupported_parameter/],
        'openai-responses': [400, /unsupported_parameter/],
        'anthropic-messages': [400, /not supported on this model/],
        'gemini-generate': [400, /not enabled for/],
      },
    ],
    [
      { fault: 'content-policy' },
      {
        'openai-chat': [400, /content_policy_violation/],
        'openai-responses': [400, /content_policy_violation/],
        'anthropic-messages': [400, /content filtering policy/],
        'gemini-generate': [200, /"blockReason":"SAFETY"/],
      },
    ],
    [
      { fault: 'auth-refused' },
      {
        'openai-chat': [401, /invalid_api_key/],
        'openai-responses': [401, /invalid_api_key/],
        'anthropic-messages': [401, /authentication_error/],
        'gemini-generate': [400, /API_KEY_INVALID/],
      },
    ],
  ];
  test.each(REFUSALS)('%o is told in the vendor’s own words', async (script, expected) => {
    const [status, words] = expected[dialect];
    for (const stream of [false, true]) {
      const answer = await play(script, { stream });
      expect(answer.status).toBe(status);
      expect(answer.text).toMatch(words);
    }
  });

  test('auth-refused with echoKey repeats the key, without it does not', async () => {
    const headers = { authorization: 'Bearer canary-key' };
    const echoed = await ask(simulator, { dialect, headers, script: { fault: 'auth-refused', echoKey: true } });
    expect(echoed.text).toContain('canary-key');
    const silent = await ask(simulator, { dialect, headers, script: { fault: 'auth-refused' } });
    expect(silent.text).not.toContain('canary-key');
  });

  test('content-policy by finish: an answer that the filter stopped', async () => {
    const answer = await play({ fault: 'content-policy', how: 'finish' });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/"content_filter"|"refusal"|"SAFETY"/);
    expect(answer.text).not.toContain('one');
  });

  test('broken-json: half the JSON and a finish that says it is whole, or prose around it', async () => {
    const text = 'Give JSON with "mood" and "score" please';
    const half = await play({ fault: 'broken-json' }, { stream: true, text });
    expect(half.text).toMatch(COMPLETE[dialect]);
    expect(streamedText(dialect, half)).toMatch(/^\{/);
    expect(() => JSON.parse(streamedText(dialect, half))).toThrow();
    const prose = await play({ fault: 'broken-json', how: 'prose' }, { stream: true, text });
    expect(streamedText(dialect, prose)).toMatch(/^Sure! [\s\S]*```json\n\{.*\}\n```/);
  });

  test('stale-connection: served on a fresh connection, dropped on a used one', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const question = { dialect, agent, script: { fault: 'stale-connection' } as Script };
    expect(await ask(simulator, question)).toMatchObject({ status: 200, ending: 'end' });
    const second = await ask(simulator, question);
    expect(second.status).toBeUndefined();
    expect(second.ending).toBe('ECONNRESET');
    agent.destroy();
  });

  test('pings-only: alive, and never an answer', async () => {
    const answer = await play({ fault: 'pings-only' }, { stream: true, leaveAfterMs: 700 });
    expect(answer).toMatchObject({ status: 200, ending: 'left' });
    expect(answer.text.match(/event: ping|: keepalive/g)?.length).toBeGreaterThanOrEqual(3);
    expect(streamedText(dialect, answer)).toBe('');
    const whole = await play({ fault: 'pings-only' }, { leaveAfterMs: 600 });
    expect(whole.text).toMatch(/^ {2,}$/);
  });

  test('faults can be chosen by the model’s name', async () => {
    expect((await ask(simulator, { dialect, model: 'anything--status-503' })).status).toBe(503);
    const cut = await ask(simulator, { dialect, model: 'x--cut-3', stream: true });
    expect(cut.ending).toBe('cut');
    const typo = await ask(simulator, { dialect, model: 'x--cutt-3' });
    expect(typo.status).toBe(400);
    expect(typo.text).toContain('is no script');
  });
});

test('a Gemini stream that was not asked for as events is one JSON array', async () => {
  const url = `${simulator.baseUrl('gemini-generate')}/models/steady-1:streamGenerateContent`;
  const response = await fetch(url, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: `[[answer: ${ANSWER}]]` }] }] }),
  });
  const elements = (await response.json()) as Event[];
  expect(elements.map((event) => TEXT['gemini-generate'](event)).join('')).toBe(ANSWER);
});

test('a script header that makes no sense is refused and names the field', async () => {
  const headers = { 'x-simulator-script': '{"fault":"cut"}' };
  const answer = await ask(simulator, { dialect: 'openai-chat', headers });
  expect(answer.status).toBe(400);
  expect(answer.text).toContain('afterChunks');
});
