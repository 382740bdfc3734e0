import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { suiteFrom } from '../evals/read-suite.ts';
import { BY_TYPE } from './assertion-types.ts';
import { expectedAssertion } from './expected.ts';
import { importPromptfoo, type PromptfooImport, tallyOf } from './import-suite.ts';
import { PromptfooError } from './source.ts';

const OPTIONS = { name: 'imported', route: 'r' };

function imported(config: JsonObject, files: Readonly<Record<string, string>> = {}, judge?: string): PromptfooImport {
  const found = importPromptfoo(stringify(config), (path) => files[path], { ...OPTIONS, ...(judge ? { judge } : {}) });
  // What is written has to be a suite.
  suiteFrom(found.suite, 'imported.yaml');
  return found;
}

const one = (assertion: JsonObject, more: JsonObject = {}) =>
  imported({ prompts: ['Say {{what}}'], tests: [{ vars: { what: 'hi' }, assert: [assertion] }], ...more });

/** What one assertion becomes. */
function became(assertion: JsonObject, more: JsonObject = {}): JsonValue[] {
  return one(assertion, more).assertions.map(({ written }) => written);
}

const js = (value: string) => ({ type: 'javascript', value });
const holds = (text: string) => ({ 'contains-facts': { facts: [text], exactly: true } });

describe('assertions that are taken over', () => {
  test.each<[JsonObject, JsonObject[]]>([
    [{ type: 'equals', value: 'Yes' }, [{ exact: { text: 'Yes', trim: false } }]],
    [{ type: 'equals', value: { a: 1 } }, [{ 'json-fields': { expected: { a: 1 }, only: true } }]],
    [{ type: 'not-equals', value: 'No' }, [{ exact: { text: 'No', trim: false }, not: true }]],
    [{ type: 'contains', value: 'x' }, [holds('x')]],
    [{ type: 'contains', value: '{{what}}!' }, [holds('hi!')]],
    [{ type: 'icontains', value: 'fire' }, [{ 'contains-facts': ['fire'] }]],
    [{ type: 'icontains', value: 'C++' }, [{ regex: { pattern: 'C\\+\\+', ignoreCase: true } }]],
    [{ type: 'contains-all', value: ['a', 'b'] }, [{ 'contains-facts': { facts: ['a', 'b'], exactly: true } }]],
    [{ type: 'contains-any', value: 'a, b' }, [{ 'contains-facts': { facts: [['a', 'b']], exactly: true } }]],
    [{ type: 'icontains-any', value: ['fire', 'flame'] }, [{ 'contains-facts': [['fire', 'flame']] }]],
    [{ type: 'starts-with', value: 'A.' }, [{ regex: '^A\\.' }]],
    [{ type: 'regex', value: '\\d{4}', metric: 'Year Found' }, [{ regex: '\\d{4}', metric: 'year-found' }]],
    [{ type: 'is-json' }, [{ 'json-schema': {} }]],
    [
      { type: 'contains-json', value: { type: 'object', required: ['a'] } },
      [{ 'json-schema': { schema: { type: 'object', required: ['a'] }, anywhere: true } }],
    ],
    [{ type: 'is-json', value: '{"type":"object"}' }, [{ 'json-schema': { schema: { type: 'object' } } }]],
    [{ type: 'word-count', value: { min: 2, max: 9 } }, [{ length: { unit: 'words', min: 2, max: 9 } }]],
    [{ type: 'finish-reason', value: 'tool_calls' }, [{ finish: 'tool-calls' }]],
    [{ type: 'is-refusal' }, [{ 'no-refusal': true, not: true }]],
    [{ type: 'not-is-refusal' }, [{ 'no-refusal': true }]],
    [
      { type: 'levenshtein', value: 'abcdefghij', threshold: 2 },
      [{ similarity: { to: 'abcdefghij', by: 'characters', threshold: 0.8 } }],
    ],
    [js('output.length <= 100'), [{ length: { unit: 'characters', max: 100 } }]],
    [js('output.length < 100 && output.includes("a")'), [{ length: { unit: 'characters', max: 99 } }, holds('a')]],
    [js("return output === 'y';"), [{ exact: 'y' }]],
    [js("!output.includes('x')"), [{ ...holds('x'), not: true }]],
    [js("output.toLowerCase().includes('b.')"), [{ regex: { pattern: 'b\\.', ignoreCase: true } }]],
    [
      js("output.includes('a') || output.includes('b')"),
      [{ 'contains-facts': { facts: [['a', 'b']], exactly: true } }],
    ],
    [js('/^\\d+$/i.test(output)'), [{ regex: { pattern: '^\\d+$', ignoreCase: true } }]],
    [js("JSON.parse(output).a.b === 'c'"), [{ 'json-fields': { expected: { a: { b: 'c' } } } }]],
    [js("output.startsWith('Ahoy')"), [{ regex: { pattern: '^Ahoy', ignoreCase: false } }]],
  ])('%j', (assertion, expected) => {
    expect(became(assertion)).toEqual(expected);
  });

  test('a set is its members, under its metric', () => {
    const members: JsonObject[] = [
      { type: 'contains', value: 'a' },
      { type: 'contains', value: 'b', metric: 'own' },
    ];
    expect(became({ type: 'assert-set', metric: 'set', assert: members })).toEqual([
      { ...holds('a'), metric: 'set' },
      { ...holds('b'), metric: 'own' },
    ]);
  });

  test('a member of a list within JSON', () => {
    const [written] = became(js("JSON.parse(output).countries.includes('Peru')"));
    expect(JSON.stringify(written)).toContain('"contains":{"const":"Peru"}');
  });

  test('tool calls: the name and the arguments that a transform or an expression picks out', () => {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
    const more = { providers: [{ id: 'openai:x', config: { tools } }] };
    expect(became({ type: 'equals', value: 'weather', transform: 'output[0].function.name' }, more)).toEqual([
      { 'tool-call': 'weather' },
    ]);
    expect(became(js("JSON.parse(output[0].function.arguments).city === 'Oslo'"), more)).toEqual([
      { 'tool-call': { name: 'weather', arguments: { city: 'Oslo' } } },
    ]);
    expect(became({ type: 'is-valid-openai-tools-call' }, more)).toEqual([{ 'tool-call': 'weather' }]);
    expect(one({ type: 'is-valid-openai-tools-call' }, more).suite.tools).toMatchObject([{ name: 'weather' }]);
  });

  test('an answer that is asked for by a schema is an object in `output`', () => {
    const format = { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } };
    const more = {
      providers: [{ id: 'openai:x', config: { response_format: format, temperature: 0, max_tokens: 50 } }],
    };
    expect(became(js("output.mood === 'good'"), more)).toEqual([{ 'json-fields': { expected: { mood: 'good' } } }]);
    expect(one(js("output.mood === 'good'"), more).suite).toMatchObject({
      output: { schema: { type: 'object' } },
      parameters: { temperature: 0, maxOutputTokens: 50 },
    });
  });

  test('a judge that is named makes rubrics of what a model has to judge', () => {
    const config = (type: string) => ({ prompts: ['x'], tests: [{ assert: [{ type, value: 'is polite' }] }] });
    const [rubric] = imported(config('llm-rubric'), {}, 'sim-openai/judge').assertions;
    expect(rubric).toMatchObject({ how: 'same', written: { rubric: { rubric: 'is polite', mode: 'absolute' } } });
    expect(imported(config('similar'), {}, 'sim-openai/judge').assertions[0]?.how).toBe('near');
    expect(imported(config('llm-rubric')).assertions[0]).toMatchObject({ how: 'unsupported' });
  });
});

describe('assertions that are not', () => {
  test.each<[JsonObject, RegExp]>([
    [js('output.split(" ").length > 3'), /code of promptfoo’s users is never run/],
    [js('Math.max(0, 1 - output.length / 900)'), /never run/],
    [js('process.exit(1)'), /never run/],
    [js('const a = 1; return a === 1'), /never run/],
    [{ type: 'javascript', value: 'file://check.js' }, /never run/],
    [{ type: 'python', value: 'len(output) > 1' }, /never run/],
    [{ type: 'latency', threshold: 100 }, /measured for every target/],
    [{ type: 'cost', threshold: 0.1 }, /measured for every target/],
    [{ type: 'llm-rubric', value: 'x' }, /--judge/],
    [{ type: 'regex', value: '(?=a)b' }, /linear time/],
    [{ type: 'regex', value: '(' }, /linear time/],
    [{ type: 'webhook', value: 'https://example.com' }, /nothing is sent/],
    [{ type: 'made-up' }, /no type of assertion that is known/],
    [{ type: 'contains', value: '{{ what | nothing }}' }, /no template that can be written out/],
    [{ type: 'equals', value: 'x', transform: 'output.trim().split(",")[0]' }, /its transform is code/],
    [{ type: 'assert-set', threshold: 0.5, assert: [{ type: 'contains', value: 'a' }] }, /threshold of its own/],
  ])('%j', (assertion, reason) => {
    const { assertions, suite } = one(assertion);
    expect(assertions).toHaveLength(1);
    expect(assertions[0]?.how).toBe('unsupported');
    expect(assertions[0]?.because).toMatch(reason);
    expect(JSON.stringify(suite)).toContain('"unsupported"');
  });

  test('every type that is known is either taken over or refused with a reason', () => {
    for (const type of BY_TYPE.keys()) {
      const [found] = one({ type, value: 'x' }).assertions;
      expect(found?.how === 'unsupported' ? found.because?.length : 99).toBeGreaterThan(15);
    }
  });
});

describe('tests', () => {
  const contains = (value: string) => [{ type: 'contains', value }];
  const casesOf = ({ suite }: PromptfooImport) => suite.cases as readonly JsonObject[];

  test('lists of values make every combination', () => {
    const vars = { who: ['a', 'b'], what: ['x', 'y', 'z'], how: 'n' };
    const found = imported({ prompts: ['{{who}} {{what}} {{how}}'], tests: [{ vars, assert: contains('{{what}}') }] });
    expect(casesOf(found)).toHaveLength(6);
    expect(casesOf(found)[5]).toMatchObject({
      variables: { who: 'b', what: 'z', how: 'n' },
      assertions: [holds('z')],
    });
  });

  test('defaults come before, and a test’s own variables win', () => {
    const found = imported({
      prompts: ['{{a}} {{b}}'],
      defaultTest: { vars: { a: '1', b: '2' }, assert: contains('default') },
      tests: [{ vars: { b: '3' }, assert: contains('own') }],
    });
    expect(casesOf(found)[0]).toMatchObject({
      variables: { a: '1', b: '3' },
      assertions: [holds('default'), holds('own')],
    });
  });

  test('a table: columns are variables, `__expected` demands, and quoted cells keep their commas', () => {
    const csv =
      'city,note,__expected,__expected2,__description\n"Oslo, N",x,contains:a,icontains-any: b,first\nRome,y,Rome,,\n';
    const found = imported({ prompts: ['{{city}}'], tests: 'file://tests.csv' }, { 'tests.csv': csv });
    expect(casesOf(found)[0]).toMatchObject({ description: 'first', variables: { city: 'Oslo, N', note: 'x' } });
    expect(casesOf(found)[0]?.assertions).toEqual([holds('a'), { 'contains-facts': [['b']] }]);
    expect(casesOf(found)[1]?.assertions).toEqual([{ exact: { text: 'Rome', trim: false } }]);
  });

  test('files of tests, variables and schemas, and references within the document', () => {
    const files = {
      'more.yaml': '- vars: { a: file://a.txt }\n  assert:\n    - type: is-json\n      value: file://s.json\n',
      'a.txt': 'from a file',
      's.json': '{"type":"object"}',
    };
    const found = imported(
      {
        prompts: ['{{a}}'],
        assertionTemplates: { polite: { type: 'contains', value: 'please' } },
        tests: ['file://more.yaml', { vars: { a: 1 }, assert: [{ $ref: '#/assertionTemplates/polite' }] }],
      },
      files,
    );
    expect(casesOf(found)[0]).toMatchObject({
      variables: { a: 'from a file' },
      assertions: [{ 'json-schema': { schema: { type: 'object' } } }],
    });
    expect(casesOf(found)[1]?.assertions).toEqual([holds('please')]);
  });

  test('scenarios: every set of data with every test', () => {
    const config = [{ vars: { lang: 'fr' } }, { vars: { lang: 'de' } }];
    const tests = [
      { vars: { text: 'a' }, assert: contains('{{lang}}') },
      { vars: { text: 'b' }, assert: contains('b') },
    ];
    const found = imported({ prompts: ['{{lang}} {{text}}'], scenarios: [{ config, tests }] });
    expect(casesOf(found).map(({ variables }) => variables)).toEqual([
      { lang: 'fr', text: 'a' },
      { lang: 'fr', text: 'b' },
      { lang: 'de', text: 'a' },
      { lang: 'de', text: 'b' },
    ]);
  });

  test('several prompts make a case of each; a chat prompt keeps its roles; a part of a file is a prompt', () => {
    const files = {
      'p.txt': 'One {{a}}\n---\nTwo {{a | upper}}\n',
      'chat.json': '[{"role":"developer","content":"Be kind"},{"role":"user","content":"{{a}}"}]',
    };
    const found = imported(
      { prompts: ['file://p.txt', 'file://chat.json'], tests: [{ vars: { a: 'x' }, assert: contains('x') }] },
      files,
    );
    expect(casesOf(found).map(({ id }) => id)).toEqual([
      'test-1, prompt-1.1',
      'test-1, prompt-1.2',
      'test-1, prompt-2',
    ]);
    expect(casesOf(found)[1]?.messages).toEqual([{ role: 'user', content: 'Two {{a | upcase}}' }]);
    expect(casesOf(found)[2]?.messages).toEqual([
      { role: 'system', content: 'Be kind' },
      { role: 'user', content: '{{a}}' },
    ]);
  });

  test('what is left out is said: prompts of code, tests without demands, providers, thresholds, weights', () => {
    const { notes } = imported({
      prompts: ['{{a}}', 'file://make.py'],
      providers: ['openai:gpt-x', { id: 'anthropic:y' }],
      tests: [
        { vars: { a: 'x' } },
        { threshold: 0.5, vars: { a: 'y' }, assert: [{ type: 'contains', value: 'y', weight: 3 }] },
      ],
    });
    expect(notes).toEqual([
      'prompt 2: file://make.py is code, which is never run here; write out what it says',
      'providers openai:gpt-x, anthropic:y: the targets of the route are asked instead',
      'test 1: demands nothing and is left out',
      'test 2: threshold, weight has no form in a suite and is left out',
    ]);
  });

  test('a variable that nobody gave is a blank, as it is in promptfoo', () => {
    const found = imported({ prompts: ['a {{missing}} b'], tests: [{ assert: contains('x') }] });
    expect(casesOf(found)[0]?.variables).toEqual({ missing: '' });
  });
});

test.each([
  ['no field', '- 1', /no configuration/],
  ['no demand anywhere', 'prompts: [a]\ntests: [{ vars: { a: 1 } }]', /none of its tests demands anything/],
  ['a file that is not there', 'prompts: [a]\ntests: file://t.csv', /no such file beside the configuration/],
  ['a file pattern', 'prompts: [a]\ntests: file://t/*.yaml', /name each file/],
  ['a table on the web', 'prompts: [a]\ntests: https://docs.google.com/x', /nothing is fetched/],
  ['a reference to itself', 'prompts: [a]\na: { $ref: "#/a" }', /refers to itself/],
  ['a reference to nothing', 'prompts: [a]\na: { $ref: "#/b/c" }', /points to nothing/],
])('a configuration with %s is refused', (_, text, reason) => {
  expect(() => importPromptfoo(text, () => undefined, OPTIONS)).toThrow(reason);
  expect(() => importPromptfoo(text, () => undefined, OPTIONS)).toThrow(PromptfooError);
});

test.each([
  ['llm-rubric: is kind', { type: 'llm-rubric', value: ' is kind' }],
  ['grade:is kind', { type: 'llm-rubric', value: 'is kind' }],
  ['similar(0.9):hello', { type: 'similar', value: 'hello', threshold: 0.9 }],
  ['not-contains:x', { type: 'not-contains', value: 'x' }],
  ['fn: output.length > 3', { type: 'javascript', value: 'output.length > 3' }],
  ['is-json', { type: 'is-json' }],
  ['note: this is text', { type: 'equals', value: 'note: this is text' }],
  ['plain', { type: 'equals', value: 'plain' }],
])('a cell %j', (text, expected) => {
  expect(expectedAssertion(text)).toEqual(expected);
});

test('whatever JavaScript stands there, it is recognised or refused, and never run', () => {
  const piece = fc.constantFrom(
    'output',
    '.length',
    '.includes(',
    "'x'",
    ')',
    ' && ',
    ' || ',
    '!',
    '===',
    ' 3',
    'JSON.parse(',
    '[0]',
    '.a',
    '/x/',
    '.test(',
    '(',
    '"',
    '`',
    '{',
    ';',
    '${',
    'globalThis.broken = 1',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const { assertions } = one(js(pieces.join('')));
      expect(assertions.length).toBeGreaterThan(0);
      expect('broken' in globalThis).toBe(false);
    }),
    { numRuns: 150 },
  );
});

test('the tally counts each type by what became of it', () => {
  const { assertions } = imported({
    prompts: ['x'],
    tests: [
      {
        assert: [
          { type: 'contains', value: 'a' },
          { type: 'contains', value: 'b' },
          { type: 'cost', threshold: 1 },
          { type: 'icontains', value: 'c' },
        ],
      },
    ],
  });
  expect(Object.fromEntries(tallyOf(assertions))).toEqual({
    contains: { same: 2, near: 0, unsupported: 0 },
    cost: { same: 0, near: 0, unsupported: 1 },
    icontains: { same: 0, near: 1, unsupported: 0 },
  });
});
