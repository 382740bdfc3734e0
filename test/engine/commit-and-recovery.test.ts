import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/model/fault.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Act } from '../kit/scripted-upstream.ts';

const TEXT = 'one two three four five six seven eight';
const cut: Fault = { kind: 'bad-response', what: 'cut', message: 'the stream ended early' };
const ok = (text: string): Act => ({ kind: 'answer', text });
const breaks = (pieces: number): Act => ({ kind: 'breaks', text: TEXT, pieces, fault: cut });
const A = routeTarget('alpha/one');
const B = routeTarget('beta/two');
const prefillable = routeTarget('beta/two', {
  of: { capabilities: { abilities: { ...A.target.capabilities.abilities, prefill: 'yes' } } },
});

describe('the commit point', () => {
  it('a role-only chunk does not commit: a cut right after it is silent', async () => {
    const world = engine({ 'alpha/one': () => breaks(0), 'beta/two': () => ok(TEXT) });
    const seen = world.send(route([A, B]));
    const result = await world.clock.until(seen.result);
    expect(result.kind).toBe('served');
    expect(textOf(seen.events)).toBe(TEXT);
    expect(seen.opened?.servedBy).toBe('beta/two');
  });

  it('nothing of the broken attempt reaches the caller when a token hold still covers it', async () => {
    const world = engine({ 'alpha/one': () => breaks(1), 'beta/two': () => ok(TEXT) });
    const seen = world.send(route([A, B], { hold: { kind: 'tokens', count: 6 } }));
    await world.clock.until(seen.result);
    expect(textOf(seen.events)).toBe(TEXT);
  });

  it('with whole-answer hold every fault is silent and the caller sees one answer', async () => {
    const world = engine({ 'alpha/one': () => breaks(4), 'beta/two': () => ok(TEXT) });
    const seen = world.send(route([A, B], { hold: { kind: 'whole-answer' } }));
    const result = await world.clock.until(seen.result);
    expect(seen.opened).toBeUndefined();
    expect(result.kind === 'served' && result.summary.servedBy).toBe('beta/two');
    expect(textOf(seen.events)).toBe(TEXT);
  });

  it('the end of an answer is withheld until its row is in the ledger', async () => {
    const world = engine({ 'alpha/one': () => ok(TEXT) });
    let endedBefore = false;
    const seen = world.send(route([A]));
    seen.result.then(() => {
      endedBefore = world.ledger.ended.length === 1;
    });
    await world.clock.until(seen.result);
    expect(endedBefore).toBe(true);
  });
});

describe('recovery after the commit point', () => {
  it('`error`: the caller hears of the cut, and no other target is asked', async () => {
    const world = engine({ 'alpha/one': () => breaks(2), 'beta/two': () => ok(TEXT) });
    const seen = world.send(route([A, B]));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect(world.upstream.to('beta/two')).toHaveLength(0);
    expect(world.ledger.ended[0]).toMatchObject({ outcome: 'interrupted' });
    expect(world.ledger.attempts[0]).toMatchObject({ committed: true, state: 'unknown' });
  });

  it('`resume`: an answer that repeats what was sent is spliced, told in-band, and complete', async () => {
    const world = engine({ 'alpha/one': () => breaks(2), 'beta/two': () => ok(TEXT) });
    const seen = world.send(route([A, B], { recovery: 'resume' }));
    const result = await world.clock.until(seen.result);
    expect(textOf(seen.events)).toBe(TEXT);
    expect(seen.events.filter((event) => event.type === 'switch')).toEqual([
      { type: 'switch', from: 'alpha/one', to: 'beta/two', how: 'resume' },
    ]);
    expect(result.kind === 'served' && result.summary.degraded).toMatchObject({
      reason: 'switched',
      cause: 'bad-response',
    });
  });

  it('`resume`: an answer that differs in one character ends in the error, with nothing of it sent', async () => {
    const world = engine({ 'alpha/one': () => breaks(2), 'beta/two': () => ok(TEXT.replace('two', 'TWO')) });
    const seen = world.send(route([A, B], { recovery: 'resume' }));
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
    expect(TEXT.startsWith(textOf(seen.events))).toBe(true);
    expect(seen.events.some((event) => event.type === 'switch')).toBe(false);
  });

  it('`continue`: a target known to take a prefill goes on from what was sent', async () => {
    const world = engine({
      'alpha/one': () => breaks(2),
      'beta/two': (request) => {
        const messages = request.body.messages as { role: string; content: string }[];
        const last = messages.at(-1);
        expect(last?.role).toBe('assistant');
        return ok(TEXT.slice(String(last?.content).length));
      },
    });
    const seen = world.send(route([A, prefillable], { recovery: 'continue' }));
    const result = await world.clock.until(seen.result);
    expect(result.kind).toBe('served');
    expect(textOf(seen.events)).toBe(TEXT);
  });

  it('`continue`: a target whose prefill is not known is not asked', async () => {
    const world = engine({ 'alpha/one': () => breaks(2), 'beta/two': () => ok('rest') });
    const result = await world.clock.until(world.send(route([A, B], { recovery: 'continue' })).result);
    expect(result.kind).toBe('failed');
    expect(world.upstream.to('beta/two')).toHaveLength(0);
  });

  it('a JSON answer is never spliced, whatever the mode', async () => {
    const world = engine({ 'alpha/one': () => breaks(2), 'beta/two': () => ok(TEXT) });
    const request = chatRequest({ response_format: { type: 'json_object' } });
    const result = await world.clock.until(world.send(route([A, B], { recovery: 'resume' }), request).result);
    expect(result.kind).toBe('failed');
    expect(world.upstream.to('beta/two')).toHaveLength(0);
  });

  it('a stall after the commit point ends at the gap limit', async () => {
    const world = engine({ 'alpha/one': () => ({ kind: 'breaks', text: TEXT, pieces: 2 }) });
    const result = await world.clock.until(world.send(route([A])).result);
    expect(world.clock.now()).toBe(30_000);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'stream_interrupted' } });
  });
});

describe('contracts', () => {
  const schema = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  };
  const asked = () =>
    chatRequest({ stream: false, response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } });

  it('an answer that breaks the schema goes to the next target', async () => {
    const world = engine({ 'alpha/one': () => ok('{"n":"four"}'), 'beta/two': () => ok('{"n":4}') });
    const result = await world.clock.until(world.send(route([A, B]), asked()).result);
    expect(result.kind === 'served' && result.summary).toMatchObject({
      servedBy: 'beta/two',
      degraded: { cause: 'contract-broken' },
    });
    expect(world.moves).toEqual([]);
  });

  it('with words of repair the same target is asked once more, its broken answer in view', async () => {
    const world = engine({ 'alpha/one': (_, nth) => ok(nth === 1 ? 'Sure! {"n":4}' : '{"n":4}') });
    const result = await world.clock.until(
      world.send(route([A], { repair: 'Only the JSON, please.' }), asked()).result,
    );
    expect(result.kind === 'served' && result.summary).toMatchObject({ servedBy: 'alpha/one', attempts: 2 });
    const messages = world.upstream.requests[1]?.body.messages;
    expect(messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'Sure! {"n":4}' },
      { role: 'user', content: 'Only the JSON, please.' },
    ]);
  });

  it('a streamed answer that breaks its schema is never confirmed', async () => {
    const world = engine({ 'alpha/one': () => ok('{"n":"four"}') });
    const request = chatRequest({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } });
    const seen = world.send(route([A]), request);
    const result = await world.clock.until(seen.result);
    expect(result).toMatchObject({ kind: 'failed', failure: { code: 'contract_broken' } });
    expect(seen.events.some((event) => event.type === 'finish')).toBe(false);
  });

  it('an empty answer is a fault, not a success', async () => {
    const world = engine({ 'alpha/one': () => ok(''), 'beta/two': () => ok('something') });
    const result = await world.clock.until(world.send(route([A, B])).result);
    expect(result.kind === 'served' && result.summary.degraded?.cause).toBe('bad-response');
  });
});
