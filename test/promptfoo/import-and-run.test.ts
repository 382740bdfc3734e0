import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importPromptfoo, type PromptfooImport, tallyOf } from '../../src/rehearsal/promptfoo/import-suite.ts';
import { PromptfooError } from '../../src/rehearsal/promptfoo/source.ts';
import { startEvals } from '../kit/eval-kit.ts';

/** A configuration as somebody moves it over: two prompts, a table, defaults, tools of the trade and code. */
const FILES: Readonly<Record<string, string>> = {
  'promptfooconfig.yaml': `
description: Words for the shop
prompts: [file://prompts.txt]
providers: [openai:some-model, { id: 'anthropic:other-model', config: { temperature: 0 } }]
defaultTest:
  assert:
    - { type: latency, threshold: 5000 }
    - { type: javascript, value: 'output.length < 4000' }
tests: [file://tests.csv, { vars: { item: lamp }, assert: [{ type: python, value: 'len(output) > 0' }, { type: not-contains, value: Sorry }] }]
`,
  'prompts.txt':
    'Describe a {{item}}. [[answer: A fine {{item}}, made to last.]]\n---\nSell me a {{ item | upper }}.\n',
  'tests.csv':
    'item,__expected1,__expected2\ncup,icontains:cup,contains-any: fine; nice\n"pan, iron",contains:iron,regex:(?:fine|good)\n',
};

test('an imported configuration runs against providers, and what could not be taken over is named in the report', async () => {
  const found = importPromptfoo(FILES['promptfooconfig.yaml'] ?? '', (path) => FILES[path], {
    name: 'shop',
    route: 'reply',
  });
  const kit = await startEvals();
  const report = await kit.run(found.suite);
  expect(report.cases.map(({ id }) => id)).toEqual([
    'test-1, prompt-1.1',
    'test-1, prompt-1.2',
    'test-2, prompt-1.1',
    'test-2, prompt-1.2',
    'test-3, prompt-1.1',
    'test-3, prompt-1.2',
  ]);
  const [first] = report.cells;
  expect(first?.runs[0]?.text).toBe('A fine cup, made to last.');
  expect(first?.runs[0]?.results.map((result) => result?.pass ?? null)).toEqual([null, true, true, false]);
  expect(report.cases[4]?.assertions.map(({ unsupported }) => unsupported?.split(':')[0])).toEqual([
    'latency',
    undefined,
    'python',
    undefined,
  ]);
  expect([kit.sent('alpha'), kit.sent('beta')]).toEqual([6, 6]);
});

const folder = resolve(process.env.UNDERSTUDY_PROMPTFOO_EXAMPLES ?? 'no-examples');
const examples = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'promptfooconfig.yaml')))
  : [];
if (examples.length === 0)
  console.log('skipped: the examples of promptfoo itself; UNDERSTUDY_PROMPTFOO_EXAMPLES names a copy of its examples/');

describe.runIf(examples.length > 0)('promptfoo’s own examples, unmodified', () => {
  test.each(examples)('%s imports and runs, or says why not', async (name) => {
    const found = imported(name);
    if (found instanceof PromptfooError) {
      console.log(`${name}: ${found.message}`);
      expect(found.message.length).toBeGreaterThan(20);
      return;
    }
    const kit = await startEvals();
    const report = await kit.run(found.suite);
    expect(report.run.stopped).toBeUndefined();
    expect(report.cells).toHaveLength(report.cases.length * report.columns.length);
    for (const { how, because } of found.assertions) expect(how === 'same' || (because?.length ?? 0) > 15).toBe(true);
    for (const one of report.cases) {
      const runs = report.cells.filter((cell) => cell.case === one.id).flatMap((cell) => cell.runs);
      for (const run of runs.filter(({ error }) => !error))
        expect(run.results.map((result) => result === null)).toEqual(
          one.assertions.map(({ unsupported }) => unsupported !== undefined),
        );
    }
    console.log(`${name}: ${report.cases.length} cases; ${tallyText(found)}`);
  });
});

function imported(name: string): PromptfooImport | PromptfooError {
  const read = (path: string) => {
    const file = join(folder, name, path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  try {
    return importPromptfoo(read('promptfooconfig.yaml') ?? '', read, { name, route: 'reply' });
  } catch (error) {
    if (error instanceof PromptfooError) return error;
    throw error;
  }
}

function tallyText({ assertions }: PromptfooImport): string {
  return [...tallyOf(assertions)]
    .map(([type, { same, near, unsupported }]) => `${type} ${same}/${near}/${unsupported}`)
    .join(', ');
}
