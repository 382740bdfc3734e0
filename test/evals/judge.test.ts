import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startEvals } from '../kit/eval-kit.ts';

type Verdict = { readonly better: string } | { readonly mark: number };

/** A judge of OpenAI's dialect that decides by what it reads; gives its address and every text it was asked. */
async function startJudge(decide: (asked: string) => Verdict) {
  const asked: { text: string; temperature: unknown }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.once('end', () => {
      const { messages, temperature } = JSON.parse(body) as { messages: { content: string }[]; temperature: unknown };
      const text = messages.at(-1)?.content ?? '';
      asked.push({ text, temperature });
      const content = JSON.stringify({ reason: 'because', ...decide(text) });
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'j',
          object: 'chat.completion',
          created: 1,
          model: 'judge-2',
          choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 10, completion_tokens: 5 },
        }),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, asked };
}

const firstHolds = (text: string, word: string) =>
  text.slice(text.indexOf('[first answer'), text.indexOf('[second answer')).includes(word);

async function house(decide: (asked: string) => Verdict) {
  const judge = await startJudge(decide);
  const kit = await startEvals({
    targets: ['alpha/steady-1', 'beta/chatty-1'],
    providers: { bench: { dialect: 'openai-chat', baseUrl: judge.url, apiKey: 'env:KEY' } },
  });
  const cases = Array.from({ length: 6 }, (_, at) => ({
    id: `note-${at}`,
    message: `Write a short note about shipment ${at}.`,
    assertions: [{ rubric: 'Is it short?' }],
  }));
  const run = (over: Record<string, unknown> = {}) =>
    kit.run({ margins: 0.4, cases, judge: { target: 'bench/judge', ...over } });
  return { judge, kit, run, cases };
}

/** Prefers the answer without the chatty model's greeting. */
const fair = (text: string): Verdict => {
  const first = text.slice(text.indexOf('[first answer'), text.indexOf('[second answer'));
  const second = text.slice(text.indexOf('[second answer'));
  return {
    better: first.length < second.length - 20 ? 'first' : second.length < first.length - 20 ? 'second' : 'same',
  };
};

test('every pair is judged in both orders, at temperature 0, and the loser has it in its report', async () => {
  const { judge, run } = await house(fair);
  const report = await run();
  expect(judge.asked).toHaveLength(12);
  expect(judge.asked.every(({ temperature }) => temperature === 0)).toBe(true);
  expect(new Set(judge.asked.map(({ text }) => text)).size).toBe(12);
  expect(report.judge).toMatchObject({
    target: 'bench/judge',
    servedModels: ['judge-2'],
    order: { pairs: 6, agreement: 1 },
    trusted: true,
  });
  const [primary, other] = report.columns.map(({ target }) => report.cells.filter((cell) => cell.target === target));
  expect(primary?.every(({ runs }) => runs[0]?.results[0]?.score === 0.5)).toBe(true);
  expect(other?.map(({ runs }) => runs[0]?.results[0])).toEqual(
    Array.from({ length: 6 }, () => ({ score: 0, pass: false, because: 'worse: because' })),
  );
  expect(report.comparisons[0]?.comparison.metrics[0]).toMatchObject({ metric: 'rubric', primary: 0.5, target: 0 });
});

test('a judge that likes whatever comes first is not believed, either way', async () => {
  const { run } = await house(() => ({ better: 'first' }));
  const report = await run();
  expect(report.judge).toMatchObject({ order: { pairs: 6, agreement: 0 }, trusted: false });
  expect(report.comparisons[0]?.comparison).toMatchObject({
    verdict: 'inconclusive',
    metrics: [{ verdict: 'inconclusive', because: expect.stringContaining('says the same in both orders in 0 %') }],
  });
});

test('a judge that contradicts people is not believed, though it agrees with itself', async () => {
  const { run } = await house((text) => ({
    better: firstHolds(text, 'bad') ? 'first' : text.includes('bad') ? 'second' : 'same',
  }));
  const gold = [
    { rubric: 'Is it good?', question: 'q', first: 'bad words', second: 'fine words', better: 'second' },
    { rubric: 'Is it good?', question: 'q', first: 'fine words', second: 'bad words', better: 'first' },
  ];
  const report = await run({ gold });
  expect(report.judge).toMatchObject({ gold: { labels: 2, agreement: 0 }, order: { agreement: 1 }, trusted: false });
  expect(report.comparisons[0]?.comparison.verdict).toBe('inconclusive');
});

test('absolute marks without labels show nothing; with labels they count', async () => {
  const { kit, cases } = await house((text) => ({ mark: text.includes('poor') ? 1 : 5 }));
  const marked = cases.map((one) => ({
    ...one,
    assertions: [{ rubric: { rubric: 'Is it short?', mode: 'absolute' } }],
  }));
  const unchecked = await kit.run({ margins: 0.4, cases: marked, judge: { target: 'bench/judge' } });
  expect(unchecked.judge).toMatchObject({ trusted: false, agreement: 0 });
  const gold = ['poor', 'rich'].map((answer) => ({ rubric: 'r', question: 'q', answer, passes: answer === 'rich' }));
  const checked = await kit.run({ margins: 0.4, cases: marked, judge: { target: 'bench/judge', gold } });
  expect(checked.judge).toMatchObject({ trusted: true, gold: { labels: 2, agreement: 1 } });
  // The marks themselves were kept from the first run.
  expect(checked.judge).toMatchObject({ asked: 2, cached: 12 });
  expect(checked.comparisons[0]?.comparison.verdict).toBe('pass');
});

test('a judge that cannot be asked leaves the case without an outcome', async () => {
  const { kit, cases } = await house(fair);
  const problems: string[] = [];
  const progress = {
    begins: () => undefined,
    ended: () => undefined,
    phase: () => undefined,
    problem: (words: string) => void problems.push(words),
  };
  const report = await kit
    .run({ margins: 0.4, cases, judge: { target: 'gone/judge' } }, { progress })
    .catch((error) => error);
  expect(String(report)).toContain('gone/judge: its provider is not configured');
  kit.simulator.script('gamma', [{ fault: 'status', status: 503 }]);
  const failed = await kit.run(
    { margins: 0.4, cases: cases.slice(0, 1), judge: { target: 'gamma/steady-1' } },
    { progress },
  );
  expect(failed.comparisons[0]?.comparison.metrics[0]).toMatchObject({ n: 0, missing: 1 });
  expect(problems).toEqual(['the judge gave no verdict on note-0 at beta/chatty-1']);
});
