import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import type { AnswerChecks } from '../../src/engine/answer-checks.ts';
import type { AnswerSink } from '../../src/engine/delivery.ts';
import { structuralGrades } from '../../src/engine/grader.ts';
import type { QualitySample } from '../../src/engine/quality-watch.ts';
import type { Policy } from '../../src/engine/route.ts';
import { type RunResult, run } from '../../src/engine/run.ts';
import type { FinishReason } from '../../src/model/chat-event.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { contractOf } from '../../src/quality/test-kit.ts';
import { engineDeps, route, routeTarget } from '../kit/engine-kit.ts';
import { MemoryLedger } from '../kit/memory-ledger.ts';
import { VirtualClock } from '../kit/virtual-clock.ts';
import { DialectUpstream, type Line } from './dialect-upstream.ts';
import { answerIn, bodyOf, CALLERS, type Caller, toolIn } from './four-callers.ts';

const URL = 'https://checks.example/x';
const CONTRACT = contractOf({
  schema: {
    type: 'object',
    properties: { by: { type: 'string' }, n: { type: 'integer' }, check: { type: 'string' } },
    required: ['by', 'n'],
  },
  numbers: [{ path: '$.n', min: 0, max: 10 }],
  length: { maxCharacters: 200, maxTokens: 120 },
  forbidden: ['FORBID+EN'],
  mustNotCall: ['danger'],
  refusal: 'forbidden',
  truncation: 'forbidden',
  checks: [{ kind: 'http', name: 'own', url: URL, timeoutMs: 300, onFailure: 'break' }],
});

type Said = { readonly text: string; readonly finish?: FinishReason; readonly tool?: string };
/** One way to break the contract each; `by` names the target, so that no two answers are alike. */
const VIOLATIONS: Readonly<Record<string, (by: string) => Said>> = {
  prose: (by) => ({ text: `I think that ${by} has four of them.` }),
  schema: (by) => ({ text: JSON.stringify({ by, n: 'four' }) }),
  number: (by) => ({ text: JSON.stringify({ by, n: 11 }) }),
  length: (by) => ({ text: JSON.stringify({ by, n: 4, more: 'x '.repeat(120) }) }),
  pattern: (by) => ({ text: JSON.stringify({ by, n: 4, more: 'FORBIDDDEN' }) }),
  refusal: (by) => ({ text: `I'm sorry, but I can't help with that, says ${by}.` }),
  truncation: (by) => ({ text: JSON.stringify({ by, n: 4 }), finish: 'length' }),
  tool: (by) => ({ text: JSON.stringify({ by, n: 4 }), tool: 'danger', finish: 'tool-calls' }),
  'a check that finds it broken': (by) => ({ text: JSON.stringify({ by, n: 4, check: 'broken' }) }),
  'a check that fails': (by) => ({ text: JSON.stringify({ by, n: 4, check: 'failed' }) }),
  'a check that never answers': (by) => ({ text: JSON.stringify({ by, n: 4, check: 'never' }) }),
  empty: () => ({ text: '' }),
};
const good = (by: string): Said => ({ text: JSON.stringify({ by, n: 4 }) });
const fenced = (by: string): Said => ({ text: `Sure:\n\`\`\`json\n${JSON.stringify({ by, n: 4 })}\n\`\`\`` });

const POLICIES: Readonly<Record<string, Policy>> = {
  'hot-cold': { kind: 'hot-cold' },
  first: { kind: 'quorum', size: 2, pick: 'first', share: 1, patienceMs: 100, grader: structuralGrades },
  best: { kind: 'quorum', size: 2, pick: 'best', share: 1, patienceMs: 100, grader: structuralGrades },
  cascade: { kind: 'cascade', stepBudgetMs: 10_000, onRefusal: 'escalate' },
  hedge: { kind: 'same-model', balance: 'weighted', hedge: { after: { ms: 7 }, budget: 1 } },
};

const target = fc.record({
  dialect: fc.constantFrom(...CALLERS),
  says: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Object.keys(VIOLATIONS)) },
    { weight: 1, arbitrary: fc.constantFrom('good', 'fenced') },
  ),
  slices: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 12 }),
});
const world = fc.record({
  caller: fc.constantFrom(...CALLERS),
  stream: fc.boolean(),
  policy: fc.constantFrom(...Object.keys(POLICIES)),
  repairJson: fc.boolean(),
  targets: fc.tuple(target, target, target),
  checkMs: fc.integer({ min: 0, max: 200 }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function lineOf({ says, slices }: World['targets'][number], by: string): Line {
  const said = says === 'good' ? good(by) : says === 'fenced' ? fenced(by) : VIOLATIONS[says]?.(by);
  if (!said) throw new Error(`no such violation: ${says}`);
  return { finish: 'stop', ...said, slices };
}

const isGood = ({ says }: World['targets'][number], { repairJson }: World) =>
  says === 'good' || (says === 'fenced' && repairJson);

function checksOf(clock: VirtualClock, ms: number): AnswerChecks {
  return {
    ask: ({ payload }) =>
      new Promise((resolve) => {
        const { text } = payload.answer as { text: string };
        const [, how] = /"check":"(\w+)"/.exec(text) ?? [];
        if (how === 'never') return;
        const verdict =
          how === 'broken'
            ? ({ kind: 'broken', why: 'so it is' } as const)
            : how === 'failed'
              ? ({ kind: 'failed', why: 'it is down' } as const)
              : ({ kind: 'kept' } as const);
        clock.setTimer(ms, () => resolve(verdict));
      }),
  };
}

/** Every byte that a caller is given, as the edge would write them. */
class Bytes implements AnswerSink {
  readonly #caller: Caller;
  readonly #request: ReturnType<typeof requestOf>;
  #encoder: ReturnType<ReturnType<typeof dialectKits.caller>['streamEncoder']> | undefined;
  body = '';

  constructor(caller: Caller, request: ReturnType<typeof requestOf>) {
    this.#caller = caller;
    this.#request = request;
  }

  open({ target: { dialect, model } }: Parameters<AnswerSink['open']>[0]): void {
    this.#encoder = dialectKits.caller(this.#caller).streamEncoder(this.#context(dialect === this.#caller, model));
  }

  write(events: Parameters<AnswerSink['write']>[0]): void {
    for (const event of events) this.#put(this.#encoder?.push(event) ?? []);
  }

  end(result: RunResult): void {
    const kit = dialectKits.caller(this.#caller);
    if (result.kind === 'failed') {
      if (this.#encoder) this.#put(this.#encoder.fail(result.failure));
      return;
    }
    if (result.kind !== 'served') return;
    const same = result.target.dialect === this.#caller && !result.rewritten;
    const context = this.#context(same, result.target.model);
    if (!this.#request.stream) {
      this.body = JSON.stringify(kit.encodeAnswer(result.events, context, result.summary));
      return;
    }
    this.#encoder ??= kit.streamEncoder(context);
    this.write(result.events);
    this.#put(this.#encoder.close(result.summary));
  }

  #put(frames: readonly SseFrame[]): void {
    for (const { event, data } of frames) this.body += `${event ? `event: ${event}\n` : ''}data: ${data}\n\n`;
  }

  #context(sameDialect: boolean, model: string) {
    return { request: this.#request, requestId: 'r', createdAt: 1, sameDialect, model, annotate: false };
  }
}

function requestOf({ caller, stream }: World) {
  const asked = { caller, stream, route: 'reply', text: 'How many?' };
  const body = JSON.parse(JSON.stringify({ ...bodyOf(asked), ...toolIn(caller, 'danger') })) as JsonObject;
  const request = dialectKits.caller(caller).decodeRequest({ model: 'reply', ...body }, {});
  return { ...request, stream };
}

let cases = 0;
let whole = 0;
let failed = 0;
const seen = new Map<string, number>();

/** Runs one request to its end in virtual time. */
async function play(drawn: World) {
  const clock = new VirtualClock();
  const ids = ['a/one', 'b/two', 'c/three'] as const;
  const lines = Object.fromEntries(drawn.targets.map((one, at) => [ids[at] ?? '', lineOf(one, ids[at] ?? '')]));
  const targets = drawn.targets.map(({ dialect }, at) => routeTarget(ids[at] ?? '', { of: { dialect } }));
  const ledger = new MemoryLedger();
  const samples: QualitySample[] = [];
  const deps = {
    ...engineDeps({ clock, upstream: new DialectUpstream(clock, lines), ledger, seed: 1 }),
    checks: checksOf(clock, drawn.checkMs),
    quality: { sample: (sample: QualitySample) => void samples.push(sample), rows: () => [] },
  };
  const policy = POLICIES[drawn.policy] ?? { kind: 'hot-cold' };
  const over = route(targets, {
    policy,
    hold: { kind: 'whole-answer' },
    contract: CONTRACT,
    repairJson: drawn.repairJson,
  });
  const request = requestOf(drawn);
  const bytes = new Bytes(drawn.caller, request);
  const signal = new AbortController().signal;
  const result = await clock.until(
    run({ requestId: 'req_1', request, route: over, signal, startedAt: clock.now() }, bytes, deps),
  );
  const before = bytes.body;
  bytes.end(result);
  return { result, before, body: bytes.body, samples, ledger };
}

test('with hold: whole-answer, no byte of an answer that breaks its contract ever reaches its caller', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (drawn) => {
      const { result, before, body, samples } = await play(drawn);
      cases += 1;
      for (const { says, dialect } of drawn.targets) {
        const key = `${says} from ${dialect} to ${drawn.caller}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
      }
      // Nothing went out before the answer was whole and judged.
      expect(before).toBe('');
      const able = drawn.targets.filter((one) => isGood(one, drawn));
      expect(result.kind).toBe(able.length > 0 ? 'served' : 'failed');
      if (result.kind === 'served') {
        whole += 1;
        const answer = answerIn(drawn, body);
        const text = answer.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
        expect(text).toBe(good(result.target.id).text);
        expect(answer.parts.every(({ type }) => type === 'text')).toBe(true);
        expect(samples.find(({ target: id }) => id === result.target.id)).toMatchObject({ score: 1 });
      } else {
        failed += 1;
        expect(body).toBe('');
        expect(samples.every(({ score }) => score === 0)).toBe(true);
      }
      const judged = samples.map(({ target: id }) => id);
      expect(new Set(judged).size).toBe(judged.length);
    }),
    { numRuns: Number(process.env.CONTRACT_RUNS ?? 600) },
  );
});

afterAll(() => {
  process.stdout.write(
    `${cases} requests, ${whole} served, ${failed} failed, ${seen.size} kinds of answers by pair of dialects\n`,
  );
});
