import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import { PromptLibrary, type PromptPin } from '../../src/quality/prompts/prompt-library.ts';
import type { PromptSpec } from '../../src/quality/prompts/prompt-spec.ts';
import { chatRequest, engine, route, routeTarget, textOf } from '../kit/engine-kit.ts';
import type { Script } from '../kit/scripted-upstream.ts';

const SPEC: PromptSpec = {
  role: 'You serve {{ who }}.',
  output: { schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }, maxTokens: 77 },
  variables: { who: { type: 'string' } },
};
const OLD: PromptSpec = { role: 'Formerly for {{ whom }}.', variables: { whom: { type: 'string' } } };
const ALONE = { ...SPEC, primaryOnly: { reason: 'tuned', until: 1_000 } };

const good: Script = () => ({ kind: 'answer', text: '{"ok":true}' });
const down: Script = () => ({ kind: 'status', status: 503 });

function libraryOf(spec: PromptSpec = SPEC, pins: readonly PromptPin[] = []): PromptLibrary {
  return new PromptLibrary([{ name: 'p', hash: 'new', spec }], [{ name: 'p', hash: 'old', spec: OLD }], pins);
}

const asking = (variables: Record<string, string> = { who: 'Bo' }, over: Partial<ChatRequest> = {}): ChatRequest => ({
  ...chatRequest({ stream: false }),
  prompt: { name: 'p', variables },
  ...over,
});
const [A, B] = [routeTarget('a/gpt-4.1'), routeTarget('b/claude-opus-5-5')];
const bodyTo = (house: ReturnType<typeof engine>, id: string) =>
  JSON.stringify(house.upstream.to(id).at(-1)?.body ?? null);

describe('a request with a prompt', () => {
  test('is told to each target in its own layout, and every row names the version', async () => {
    const house = engine({ 'a/gpt-4.1': down, 'b/claude-opus-5-5': good }, { deps: { prompts: libraryOf() } });
    const seen = house.send(route([A, B], { attempts: 1 }), asking());
    await house.clock.until(seen.result);
    const result = await seen.result;
    expect(result.kind === 'served' && result.summary.promptVersion).toBe('p@new');
    expect(house.ledger.started.map(({ promptVersion }) => promptVersion)).toEqual(['p@new', 'p@new']);
    expect(house.ledger.ended.map(({ promptVersion }) => promptVersion)).toEqual(['p@new']);
    expect(bodyTo(house, 'a/gpt-4.1')).toContain('You serve Bo.');
    expect(bodyTo(house, 'a/gpt-4.1')).toContain('"max_tokens":77');
    expect(bodyTo(house, 'b/claude-opus-5-5')).toContain('You serve Bo.');
  });

  test('has an answer that keeps the schema of the prompt, or another target is asked', async () => {
    const prose: Script = () => ({ kind: 'answer', text: 'Certainly! {"ok":true}' });
    const house = engine({ 'a/gpt-4.1': prose, 'b/claude-opus-5-5': good }, { deps: { prompts: libraryOf() } });
    const seen = house.send(route([A, B], { attempts: 1, hold: { kind: 'whole-answer' } }), asking());
    await house.clock.until(seen.result);
    expect(textOf(seen.events)).toBe('{"ok":true}');
    const result = await seen.result;
    expect(result.kind === 'served' && result.summary.servedBy).toBe('b/claude-opus-5-5');
  });

  test('keeps what its caller asked for itself', async () => {
    const house = engine(
      { 'a/gpt-4.1': () => ({ kind: 'answer', text: 'prose' }) },
      { deps: { prompts: libraryOf() } },
    );
    const own = asking({ who: 'Bo' }, { output: { kind: 'json' }, maxOutputTokens: 5 });
    const seen = house.send(route([A], { attempts: 1 }), own);
    await house.clock.until(seen.result);
    expect(bodyTo(house, 'a/gpt-4.1')).not.toContain('77');
    expect(bodyTo(house, 'a/gpt-4.1')).not.toContain('json_schema');
  });

  test('passes over a target whose pinned version wants other variables', async () => {
    const prompts = libraryOf(SPEC, [{ name: 'p', target: 'b/claude-opus-5-5', hash: 'old' }]);
    const house = engine({ 'a/gpt-4.1': down, 'b/claude-opus-5-5': good }, { deps: { prompts } });
    const seen = house.send(route([A, B], { attempts: 1 }), asking());
    await house.clock.until(seen.result);
    const result = await seen.result;
    expect(result.kind === 'failed' && result.failure.targets.at(0)).toMatchObject({
      target: 'b/claude-opus-5-5',
      reason: 'prompt-missing',
      message: expect.stringContaining('p@old wants other variables'),
    });
  });

  test('that is for the primary alone is told to others from its end on, and to whoever is pinned before', async () => {
    const scripts = { 'a/gpt-4.1': down, 'b/claude-opus-5-5': good };
    const until = async (over: Partial<typeof ALONE.primaryOnly>, options: ChatRequest['options'] = {}) => {
      const spec = { ...ALONE, primaryOnly: { ...ALONE.primaryOnly, ...over } };
      const house = engine(scripts, { deps: { prompts: libraryOf(spec) } });
      const seen = house.send(route([A, B], { attempts: 1 }), asking({ who: 'Bo' }, { options }));
      await house.clock.until(seen.result);
      return (await seen.result).kind;
    };
    expect(await until({ until: Number.MAX_SAFE_INTEGER / 2 ** 10 })).toBe('failed');
    expect(await until({ until: Number.MAX_SAFE_INTEGER / 2 ** 10 }, { pin: 'b/claude-opus-5-5' })).toBe('served');
    expect(await until({ until: 1_000 })).toBe('served');
  });

  test('that nobody knows fails before anybody is asked, and leaves its row', async () => {
    const house = engine({ 'a/gpt-4.1': good });
    const seen = house.send(route([A]), asking());
    await house.clock.until(seen.result);
    const result = await seen.result;
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { code: 'invalid_request', status: 400, field: 'prompt.id' },
    });
    expect(house.upstream.requests).toEqual([]);
    expect(house.ledger.ended).toHaveLength(1);
  });
});
