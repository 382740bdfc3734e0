import { describe, expect, it } from 'vitest';
import { chatRequest, engine, route, routeTarget, textOf } from '../../test/kit/engine-kit.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { ChatEvent } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { JsonValue } from '../model/json.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import { type Upstream, UpstreamFault, type UpstreamRequest } from './ports.ts';
import type { RecoveryMode, RouteTarget } from './route.ts';
import { run } from './run.ts';

const able = {
  ...UNKNOWN_CAPABILITIES,
  abilities: { ...UNKNOWN_CAPABILITIES.abilities, prefill: 'yes' },
} as const;
const TARGETS = [routeTarget('alpha/one'), routeTarget('beta/two', { of: { capabilities: able } })];

function chunk(delta: JsonValue, finish: string | null = null): SseFrame {
  return {
    kind: 'sse',
    data: JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] }),
  };
}
const say = (text: string) => chunk({ content: text });
const call = (piece: object) => chunk({ tool_calls: [{ index: 0, ...piece }] } as JsonValue);

/** The primary sends these frames and breaks off; the secondary answers whole. */
async function broken(
  frames: readonly SseFrame[],
  mode: RecoveryMode,
  how: { request?: ChatRequest; second?: readonly SseFrame[]; targets?: readonly RouteTarget[] } = {},
) {
  const asked: UpstreamRequest[] = [];
  const upstream: Upstream = {
    async send(request) {
      asked.push(request);
      const primary = request.target.id === 'alpha/one';
      const rest = how.second ?? [say('One, two, three.'), chunk({}, 'stop'), { kind: 'sse', data: '[DONE]' }];
      async function* stream(): AsyncIterable<readonly SseFrame[]> {
        for (const frame of primary ? frames : rest) yield [frame];
        if (primary) throw new UpstreamFault({ kind: 'bad-response', what: 'cut', message: 'cut' });
      }
      return { kind: 'stream', status: 200, headers: {}, frames: stream() };
    },
  };
  const world = engine({});
  const events: ChatEvent[] = [];
  const sink = { open: () => {}, write: (more: readonly ChatEvent[]) => void events.push(...more) };
  const order = {
    requestId: 'req_1',
    request: how.request ?? chatRequest({ tools: [{ type: 'function', function: { name: 'look', parameters: {} } }] }),
    route: route(how.targets ?? TARGETS, { recovery: mode }),
    signal: new AbortController().signal,
    startedAt: 0,
  };
  const result = await world.clock.until(run(order, sink, { ...world.deps, upstream }));
  if (result.kind === 'served') events.push(...result.events);
  return { result, events, asked: asked.map((request) => request.target.id), requests: asked, ledger: world.ledger };
}

describe('an answer that broke in the middle of text', () => {
  it.each([
    ['resume', [say('One, two, three.'), chunk({}, 'stop')]],
    ['continue', [say('two, three.'), chunk({}, 'stop')]],
  ] as const)('%s: the caller reads one whole answer and is told of the switch', async (mode, second) => {
    const { result, events, asked, requests, ledger } = await broken([say('One, ')], mode, { second });
    expect(textOf(events)).toBe('One, two, three.');
    expect(result).toMatchObject({
      kind: 'served',
      summary: { servedBy: 'beta/two', degraded: { reason: 'switched' } },
    });
    expect(events.filter((event) => event.type === 'switch')).toEqual([
      { type: 'switch', from: 'alpha/one', to: 'beta/two', how: mode },
    ]);
    expect(asked).toEqual(['alpha/one', 'beta/two']);
    expect(requests[1]?.body.messages).toHaveLength(mode === 'continue' ? 2 : 1);
    expect(ledger.ended[0]).toMatchObject({ outcome: 'served', failover: { target: 'beta/two' } });
  });

  it('error: nobody else is asked, and the answer does not end as if it were whole', async () => {
    const { result, events, asked } = await broken([say('One, ')], 'error');
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect([textOf(events), asked]).toEqual(['One, ', ['alpha/one']]);
  });

  it('resume: another answer than the one begun is never mixed with it', async () => {
    const { result, events } = await broken([say('Uno, ')], 'resume');
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect(textOf(events)).toBe('Uno, ');
  });
});

describe('an answer that cannot be joined', () => {
  const tool = [
    say('One, '),
    call({ id: 'c1', function: { name: 'look', arguments: '' } }),
    call({ function: { arguments: '{"a"' } }),
  ];
  const json = chatRequest({ response_format: { type: 'json_object' } });

  it.each([
    ['a tool call has begun', tool, undefined],
    ['it refuses', [chunk({ refusal: 'I will not' })], undefined],
    ['it is JSON', [say('{"a":')], json],
    ['nothing but thinking was seen', [chunk({ reasoning_content: 'hm' })], undefined],
  ] as const)('because %s: nobody else is asked, in any mode', async (_, frames, request) => {
    for (const mode of ['resume', 'continue'] as const) {
      const { result, asked } = await broken(frames, mode, request && { request });
      expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
      expect(asked).toEqual(['alpha/one']);
    }
  });

  it('because the other target is not known to take a prefill: it is skipped, and the record says why', async () => {
    const targets = [routeTarget('alpha/one'), routeTarget('beta/two')];
    const { result, asked, ledger } = await broken([say('One, ')], 'continue', { targets });
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect(asked).toEqual(['alpha/one']);
    expect(ledger.ended[0]?.decisions).toContainEqual(
      expect.objectContaining({ type: 'skipped', target: 'beta/two', reason: 'capability(prefill)' }),
    );
  });

  it('because the other target may not serve this request at all: what held for attempt one holds here', async () => {
    const request = chatRequest({}, { pin: 'alpha/one' });
    const { asked } = await broken([say('One, ')], 'resume', { request });
    expect(asked).toEqual(['alpha/one']);
  });
});
