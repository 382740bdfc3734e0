import { expect, test } from 'vitest';
import { startEvals, toldCases } from '../kit/eval-kit.ts';
import { startHandmadeProvider } from '../kit/handmade-provider.ts';

const THIRTY_DAYS = [{ 'contains-facts': ['30 days'] }];
const told = (count: number) => toldCases(count, () => 'A refund takes 30 days.', THIRTY_DAYS);

test('two targets that answer alike: every case through the engine, and a pass', async () => {
  const kit = await startEvals();
  const report = await kit.run({ margins: 0.3, cases: told(12) });
  expect(report.comparisons).toMatchObject([{ target: 'beta/steady-1', comparison: { verdict: 'pass' } }]);
  expect(report.comparisons[0]?.comparison.metrics).toMatchObject([{ metric: 'correct', method: 'exact', n: 12 }]);
  expect(report.run).toMatchObject({ asked: 24, cached: 0, repeats: 1 });
  expect(report.columns).toMatchObject([
    { target: 'alpha/steady-1', servedModels: ['steady-1'] },
    { target: 'beta/steady-1', servedModels: ['steady-1'] },
  ]);
  const { begun, ended } = kit.ledger;
  expect(begun).toHaveLength(24);
  expect(begun.every(({ tags, route }) => tags.includes('eval') && route === 'reply')).toBe(true);
  expect(ended.every(({ attempts, degraded }) => attempts === 1 && degraded === undefined)).toBe(true);
  expect(ended.filter(({ servedBy }) => servedBy === 'beta/steady-1')).toHaveLength(12);
});

test('a second run costs nothing and says so', async () => {
  const kit = await startEvals();
  const suite = { margins: 0.3, cases: told(3) };
  const first = await kit.run(suite);
  const second = await kit.run(suite);
  expect([kit.sent('alpha'), kit.sent('beta')]).toEqual([3, 3]);
  expect(second.run).toMatchObject({ asked: 0, cached: 6, spentUsd: 0 });
  expect(second.run.oldestAnswerAt).toBeDefined();
  expect(first.run.spentUsd).toBeGreaterThan(0);
  // What an answer cost when it was given is still known.
  expect(second.columns.map(({ costUsd }) => costUsd)).toEqual(first.columns.map(({ costUsd }) => costUsd));
  expect(second.cells.map(({ runs }) => runs[0]?.text)).toEqual(first.cells.map(({ runs }) => runs[0]?.text));
  expect(kit.ledger.ended).toHaveLength(6);
});

test('kept answers are graded anew when the demands change', async () => {
  const kit = await startEvals();
  const before = await kit.run({ cases: told(2) });
  const after = await kit.run({
    cases: toldCases(2, () => 'A refund takes 30 days.', [{ 'contains-facts': ['60 days'] }]),
  });
  expect(after.run).toMatchObject({ asked: 0, cached: 4 });
  expect(before.cells[0]?.runs[0]?.results[0]?.pass).toBe(true);
  expect(after.cells[0]?.runs[0]?.results[0]?.pass).toBe(false);
  expect(after.suite.hash).not.toBe(before.suite.hash);
});

test('other parameters, other words or another repeat are other questions; an answer that is too old is none', async () => {
  const kit = await startEvals({ targets: ['alpha/steady-1'] });
  await kit.run({ cases: told(1) });
  await kit.run({ cases: told(1), parameters: { temperature: 0.5 } });
  expect(kit.sent('alpha')).toBe(2);
  await kit.run({ cases: told(1), repeats: 3 });
  expect(kit.sent('alpha')).toBe(4);
  await kit.run({ cases: told(1) }, { maxAgeMs: -1 });
  expect(kit.sent('alpha')).toBe(5);
});

test('a target whose answers are worse fails, and the primary is not the one that answers for it', async () => {
  const kit = await startEvals({ targets: ['alpha/steady-1', 'beta/renamer-1'] });
  const cases = Array.from({ length: 8 }, (_, at) => ({
    id: `mood-${at}`,
    message: `Case ${at}. Answer as JSON with the keys "mood" and "score", nothing else.`,
    assertions: [{ 'json-schema': { schema: { type: 'object', required: ['mood', 'score'] } } }],
  }));
  const report = await kit.run({ margins: 0.1, cases });
  expect(report.comparisons).toMatchObject([{ target: 'beta/renamer-1', comparison: { verdict: 'fail' } }]);
  expect(kit.sent('alpha')).toBe(8);
});

test('an outage is no outcome: what did not come is missing, and not wrong', async () => {
  const kit = await startEvals({ route: { failover: { attempts: 1 } } });
  kit.simulator.script('beta', [{ fault: 'status', status: 503 }]);
  const report = await kit.run({ margins: 0.3, cases: told(12) });
  const [compared] = report.comparisons;
  expect(compared?.comparison).toMatchObject({ verdict: 'inconclusive', metrics: [{ n: 0, missing: 12 }] });
  expect(report.cells.find(({ target }) => target === 'beta/steady-1')?.runs[0]).toMatchObject({
    error: { ours: true },
    results: [null],
  });
  kit.simulator.script('beta', [{ fault: 'none' }]);
  // What failed is asked again; what was answered is not.
  const again = await kit.run({ margins: 0.3, cases: told(12) });
  expect(again.run).toMatchObject({ asked: 12, cached: 12 });
  expect(again.comparisons[0]?.comparison.verdict).toBe('pass');
});

test('a limit that names its end is waited for, and the cases behind it are asked after it', async () => {
  const kit = await startEvals({ route: { failover: { attempts: 1 } } });
  kit.simulator.script('beta', [{ fault: 'rate-limited', retryAfter: '1' }, { fault: 'none' }]);
  const report = await kit.run({ margins: 0.3, cases: told(3) });
  expect(report.cells.flatMap(({ runs }) => runs.flatMap(({ error }) => error ?? []))).toEqual([]);
  expect(report.comparisons[0]?.comparison.metrics).toMatchObject([{ n: 3, missing: 0 }]);
});

test('an answer that breaks its contract scores nothing and can still be read', async () => {
  const kit = await startEvals({ targets: ['alpha/steady-1', 'beta/steady-1'], route: { failover: { attempts: 1 } } });
  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  kit.simulator.script('beta', [{ fault: 'broken-json', how: 'prose' }]);
  const report = await kit.run({
    output: { schema },
    cases: [
      {
        id: 'city',
        message: 'Which city?',
        assertions: [{ 'json-schema': { schema } }, { contract: true, metric: 'contract' }],
      },
    ],
  });
  const broken = report.cells.find(({ target }) => target === 'beta/steady-1')?.runs[0];
  expect(broken).toMatchObject({ error: { ours: false }, results: [{ score: 0 }, { score: 0 }] });
  expect(broken?.text).not.toBe('');
});

test('a limit in dollars ends the run before it is passed, and the report says what is missing', async () => {
  const kit = await startEvals();
  const report = await kit.run(
    { cases: told(40), parameters: { maxOutputTokens: 20 } },
    { maxUsd: 0.5, concurrency: 4 },
  );
  expect(report.run.stopped?.because).toBe('spend-limit');
  expect(report.run.spentUsd).toBeLessThanOrEqual(0.5);
  expect(report.run.spentUsd).toBeGreaterThan(0.3);
  const held = report.cells.flatMap(({ runs }) => runs).length;
  expect(report.run.stopped?.missing).toBe(80 - held);
  expect(report.comparisons[0]?.comparison.verdict).not.toBe('pass');
  const rest = await kit.run({ cases: told(40), parameters: { maxOutputTokens: 20 } });
  expect(rest.run).toMatchObject({ cached: held, asked: 80 - held });
});

test('a limit in dollars is refused where a price is not known', async () => {
  const kit = await startEvals();
  const suite = { targets: ['alpha/steady-1', 'gamma/steady-9'], cases: told(1) };
  await expect(kit.run(suite, { maxUsd: 1 })).rejects.toThrow(/the price of gamma\/steady-9 is not known/);
});

test('a run that is interrupted keeps what it has', async () => {
  const kit = await startEvals();
  const gone = new AbortController();
  let ended = 0;
  const progress = {
    begins: () => undefined,
    ended: () => {
      ended += 1;
      if (ended === 6) gone.abort();
    },
    phase: () => undefined,
    problem: () => undefined,
  };
  const report = await kit.run({ cases: told(30) }, { signal: gone.signal, progress, concurrency: 2 });
  expect(report.run.stopped?.because).toBe('interrupted');
  const { cached } = (await kit.run({ cases: told(30) })).run;
  expect(cached).toBeGreaterThanOrEqual(6);
  expect(cached).toBeLessThan(12);
});

test('turns are answered one after the other, and tools give what the suite says', async () => {
  const kit = await startEvals();
  const report = await kit.run({
    tools: [
      {
        name: 'get_order',
        description: 'Looks an order up.',
        parameters: { type: 'object', properties: { id: { type: 'number' } } },
      },
    ],
    cases: [
      {
        id: 'order',
        turns: [
          {
            message: '[[tool: get_order {"id": 7}]]',
            assertions: [{ 'tool-call': { name: 'get_order', arguments: { id: 7 } } }, { regex: 'shipped on Monday' }],
          },
          { message: 'And now? [[answer: It arrived.]]', assertions: [{ exact: 'It arrived.' }] },
        ],
        toolResults: {
          get_order: [{ when: { id: 8 }, result: 'wrong one' }, { result: { state: 'shipped on Monday' } }],
        },
      },
    ],
  });
  for (const cell of report.cells) {
    expect(cell.runs[0]?.results, JSON.stringify(cell)).toMatchObject([{ pass: true }, { pass: true }, { pass: true }]);
    expect(cell.runs[0]?.toolCalls).toMatchObject([{ name: 'get_order' }]);
  }
  expect(kit.sent('alpha')).toBe(3);
  const lastBody = kit.simulator.meter('alpha').requestLog.at(-1)?.body as { messages: { role: string }[] };
  expect(lastBody.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user']);
});

test('a name that leads to another model than before: kept answers of the old one are asked for anew', async () => {
  let model = 'model-june';
  const provider = await startHandmadeProvider((response) => {
    response.setHeader('content-type', 'application/json');
    const choices = [{ index: 0, message: { role: 'assistant', content: 'It takes 30 days.' }, finish_reason: 'stop' }];
    response.end(
      JSON.stringify({
        id: 'c1',
        object: 'chat.completion',
        created: 1,
        model,
        choices,
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    );
  });
  try {
    const kit = await startEvals({
      targets: ['other/alias'],
      providers: { other: { dialect: 'openai-chat', baseUrl: `${provider.url}/v1`, apiKey: 'env:KEY' } },
    });
    await kit.run({ cases: told(3) });
    model = 'model-july';
    const still = await kit.run({ cases: told(3) });
    expect(still.columns[0]?.servedModels).toEqual(['model-june']);
    const moved = await kit.run({ cases: told(4) });
    expect(moved.columns[0]?.servedModels).toEqual(['model-july']);
    expect(provider.requests()).toBe(3 + 1 + 3);
  } finally {
    await provider.stop();
  }
});

test('residency of the route holds for evals, judges included', async () => {
  const kit = await startEvals({ route: { residency: ['eu'] } });
  const report = await kit.run({ cases: told(2) });
  expect(kit.sent('alpha') + kit.sent('beta')).toBe(0);
  expect(report.cells[0]?.runs[0]?.error).toMatchObject({ ours: true, message: expect.stringContaining('residency') });
});
