import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../model/answer.ts';
import type { ChatRequest, OutputFormat } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import type { JsonObject } from '../model/json.ts';
import { checkAnswer, uncompilable } from './contract.ts';
import { keptSchemas, MAX_KEPT_SCHEMAS, MAX_SCHEMA_CHARS } from './schema-check.ts';

function request(part: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: 'openai-chat',
    model: 'default',
    messages: [],
    tools: [],
    output: { kind: 'text' },
    sampling: {},
    stop: [],
    stream: false,
    streamUsage: false,
    choices: 1,
    options: {},
    original: {},
    unmapped: [],
    requires: [],
    conversationEdited: false,
    ...part,
  };
}

function answer(parts: readonly Part[], more: Partial<Answer> = {}): Answer {
  return { parts, finish: 'stop', usage: {}, ...more };
}

const text = (words: string): Part => ({ type: 'text', text: words });
const call = (name: string, args: string): Part => ({ type: 'tool-call', id: 'c1', name, arguments: args });
const thinking: Part = { type: 'reasoning', text: 'hm' };
const tool = (name: string) => ({ name, parameters: { type: 'object' } });
const schema = (body: JsonObject): Partial<ChatRequest> => ({
  output: { kind: 'json-schema', name: 'x', schema: body, strict: true } satisfies OutputFormat,
});
const rules = (given: Answer, asked: ChatRequest) => checkAnswer(given, asked).map((violation) => violation.rule);
const against = (body: JsonObject, value: unknown) =>
  checkAnswer(answer([text(JSON.stringify(value))]), request(schema(body)));

describe('an answer that says nothing', () => {
  test.each<[string, Answer]>([
    ['no parts', answer([])],
    ['empty text', answer([text('')])],
    ['blank text', answer([text(' \n')])],
    ['only reasoning, and a normal end', answer([thinking])],
    ['only reasoning, and no finish reason', { parts: [thinking], usage: {} }],
  ])('%s', (_, given) => {
    expect(rules(given, request())).toEqual(['empty']);
  });

  test('is told once, whatever else was asked for', () => {
    expect(rules(answer([]), request({ output: { kind: 'json' }, toolChoice: { kind: 'required' } }))).toEqual([
      'empty',
    ]);
  });
});

describe('an answer that says something', () => {
  test.each<[string, Answer]>([
    ['text', answer([text('hello')])],
    ['a refusal', answer([{ type: 'refusal', text: 'no' }])],
    ['a refusal told by its finish reason alone', answer([], { finish: 'refusal' })],
    ['a filtered answer', answer([], { finish: 'content-filter' })],
    ['a block of one dialect', answer([{ type: 'foreign', dialect: 'gemini-generate', kind: 'x', value: {} }])],
    ['only reasoning, cut by length', answer([thinking], { finish: 'length' })],
    ['hidden reasoning, cut by length', answer([], { finish: 'length', usage: { outputTokens: 64 } })],
    ['hidden and uncounted reasoning, cut by length', answer([], { finish: 'length' })],
    ['nothing, cut by length without a token', answer([], { finish: 'length', usage: { outputTokens: 0 } })],
    ['a stop sequence met at once', answer([], { stopSequence: 'END' })],
  ])('%s', (_, given) => {
    expect(rules(given, request())).toEqual([]);
  });

  test('nothing to add after the results of its tools, told by a normal end', () => {
    const result = { type: 'tool-result' as const, callId: 'c1', content: [], isError: false };
    const asked = request({ messages: [{ role: 'tool', parts: [result] }] });
    expect(rules(answer([]), asked)).toEqual([]);
    expect(rules({ parts: [], usage: {} }, asked)).toEqual(['empty']);
    expect(rules(answer([]), { ...asked, output: { kind: 'json' } })).toEqual(['json']);
  });

  test('nothing before a stop sequence that the caller asked for, where the provider does not tell that it was met', () => {
    const asked = request({ stop: ['END'] });
    expect(rules(answer([thinking]), asked)).toEqual([]);
    expect(rules(answer([thinking]), request())).toEqual(['empty']);
  });
});

describe('tool calls', () => {
  const asked = request({ tools: [tool('weather'), tool('time')] });

  test.each(['{}', ' {"city":"Oslo"} ', '', '  ', 'null'])('arguments %j are fine', (args) => {
    expect(rules(answer([call('weather', args)]), asked)).toEqual([]);
  });

  test.each(['[]', '1', '"x"', 'nul', '{"city":', '{}{}', 'city=Oslo'])('arguments %j are not', (args) => {
    expect(rules(answer([call('weather', args)]), asked)).toEqual(['tool-arguments']);
  });

  test('a tool that the request does not have', () => {
    expect(checkAnswer(answer([call('wether', '{}')]), asked)).toEqual([
      { rule: 'tool-arguments', message: 'the request has no tool named "wether"' },
    ]);
  });

  test("a provider's own tool, which only the original body names", () => {
    const own = request({ original: { tools: [{ type: 'bash_20250124', name: 'bash' }] } });
    expect(rules(answer([call('bash', '{"command":"ls"}')]), own)).toEqual([]);
  });

  test('a tool that a cache at the provider may hold', () => {
    const cached = request({
      original: { cachedContent: 'cachedContents/1' },
      requires: [
        { kind: 'provider-state', state: 'cached-content', dialect: 'gemini-generate', field: 'cachedContent' },
      ],
    });
    expect(rules(answer([call('look', '{}')]), cached)).toEqual([]);
    expect(rules(answer([call('look', '[')]), cached)).toEqual(['tool-arguments']);
  });

  test.each([
    ['{"input":"x"}', []],
    ['{"input":""}', []],
    ['{"input":1}', ['tool-arguments']],
    ['{"patch":"x"}', ['tool-arguments']],
    ['{}', ['tool-arguments']],
    ['', ['tool-arguments']],
    ['*** Begin', ['tool-arguments']],
  ])('a tool of free text is called with a text: %s', (args, violations) => {
    const free = request({ tools: [{ ...tool('patch'), freeText: {} }] });
    expect(rules(answer([call('patch', args)]), free)).toEqual(violations);
  });

  test('arguments cut by length are not judged', () => {
    expect(rules(answer([call('weather', '{"ci')], { finish: 'length' }), asked)).toEqual([]);
  });

  test('a tool of the provider itself is a tool, and an answer that waits for one need not be JSON yet', () => {
    const foreign: Part = { type: 'foreign', dialect: 'openai-responses', kind: 'custom_tool_call', value: {} };
    const required = request({ toolChoice: { kind: 'required' } });
    expect(rules(answer([foreign]), required)).toEqual([]);
    const json = request({ output: { kind: 'json' } });
    expect(rules(answer([foreign], { finish: 'tool-calls' }), json)).toEqual([]);
    expect(rules(answer([foreign]), json)).toEqual(['json']);
    expect(rules(answer([text('x')], { finish: 'tool-calls' }), json)).toEqual(['json']);
  });

  test('a forced tool that was not called', () => {
    const required = { ...asked, toolChoice: { kind: 'required' } as const };
    const named = { ...asked, toolChoice: { kind: 'named', name: 'time' } as const };
    expect(rules(answer([text('I would rather not')]), required)).toEqual(['forced-tool']);
    expect(rules(answer([call('weather', '{}')]), required)).toEqual([]);
    expect(rules(answer([call('weather', '{}')]), named)).toEqual(['forced-tool']);
    expect(rules(answer([call('weather', '{}'), call('time', '{}')]), named)).toEqual([]);
    expect(rules(answer([text('no')], { finish: 'length' }), named)).toEqual([]);
    expect(rules(answer([{ type: 'refusal', text: 'no' }]), named)).toEqual([]);
    expect(rules(answer([text('no')]), { ...asked, toolChoice: { kind: 'auto' } })).toEqual([]);
  });
});

describe('JSON output', () => {
  const asked = request({ output: { kind: 'json' } });

  test.each(['{"a":1}', ' [1] ', '3'])('%s', (words) => expect(rules(answer([text(words)]), asked)).toEqual([]));

  test.each(['{"a":', 'Sure! {"a":1}', '```json\n{}\n```'])('%s is not JSON', (words) => {
    expect(rules(answer([text(words)]), asked)).toEqual(['json']);
  });

  test('in two pieces', () => {
    expect(rules(answer([text('{"a":'), thinking, text('1}')]), asked)).toEqual([]);
  });

  test('is not asked of refusals, cut answers and tool calls', () => {
    expect(rules(answer([{ type: 'refusal', text: 'no' }]), asked)).toEqual([]);
    expect(rules(answer([text('{"a":')], { finish: 'length' }), asked)).toEqual([]);
    expect(rules(answer([text('let me look'), call('t', '{}')]), { ...asked, tools: [tool('t')] })).toEqual([]);
  });
});

describe('output by schema', () => {
  const person: JsonObject = {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
    required: ['name', 'age'],
    additionalProperties: false,
  };

  test('an answer that fits, and answers that do not', () => {
    expect(against(person, { name: 'Ada', age: 36 })).toEqual([]);
    expect(against(person, { name: 'Ada' })).toEqual([
      { rule: 'json-schema', message: "the answer must have required property 'age'" },
    ]);
    expect(against(person, { name: 'Ada', age: -1 })).toEqual([{ rule: 'json-schema', message: '/age must be >= 0' }]);
    expect(rules(answer([text('not JSON')]), request(schema(person)))).toEqual(['json']);
  });

  test.each<[string, JsonObject, unknown, unknown]>([
    ['draft-07 by name', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'number' }, 1, 'x'],
    [
      '2020-12 by name',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', prefixItems: [{ const: 1 }] },
      [1],
      [2],
    ],
    ['a list of items, as before 2020', { items: [{ type: 'string' }] }, ['a'], [1]],
    ['definitions', { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' }, 'x', 1],
    [
      'a reference beside other keywords',
      { $defs: { a: { properties: { x: true } } }, $ref: '#/$defs/a', unevaluatedProperties: false },
      { x: 1 },
      { y: 1 },
    ],
    [
      'recursion',
      { type: 'object', properties: { child: { $ref: '#' } }, required: ['id'] },
      { id: 1, child: { id: 2 } },
      { id: 1, child: {} },
    ],
    ['a format', { format: 'email' }, 'a@b.example', 'nobody'],
    ['an unknown format', { type: 'string', format: 'mood' }, 'x', 1],
    ['an unknown keyword', { type: 'string', mood: 'good' }, 'x', 1],
    ['a pattern that is valid only without flag u', { pattern: '^\\d\\-\\d$' }, '1-2', '12'],
    ['a pattern that backtracking cannot take', { pattern: '^(a+)+$' }, 'a'.repeat(50), `${'a'.repeat(50)}!`],
    [
      'two patterns',
      { patternProperties: { '^a': { type: 'string' }, '^b': { type: 'number' } } },
      { a: 'x', b: 1 },
      { a: 'x', b: 'x' },
    ],
    [
      'unique items',
      { uniqueItems: true },
      [{ a: 1, b: 2 }, { a: 1 }],
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    ],
    ['items that need not be unique', { uniqueItems: false, maxItems: 2 }, [1, 1], [1, 1, 1]],
  ])('%s', (_, body, good, bad) => {
    expect(uncompilable(body)).toBeUndefined();
    expect(against(body, good)).toEqual([]);
    expect(against(body, bad).map(({ rule }) => rule)).toEqual(['json-schema']);
  });

  test.each<[string, JsonObject, RegExp]>([
    ['an unknown type', { type: 'strng' }, /type/],
    ['a minimum that is no number', { minLength: -1 }, /minLength/],
    ['a remote reference', { $ref: 'https://example.com/schema.json' }, /can't resolve reference/],
    ['a reference to nothing', { $ref: '#/$defs/none' }, /can't resolve reference/],
    ['a pattern that is none', { pattern: '(' }, /regular expression/],
    ['a reference to itself', { $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, /call stack/],
    ['an asynchronous schema', { $async: true, type: 'string' }, /\$async/],
    ['a schema over the limit', { description: 'x'.repeat(MAX_SCHEMA_CHARS) }, /the limit is 262144/],
  ])('%s is the fault of the caller, not of the model', (_, body, why) => {
    expect(uncompilable(body)).toMatch(why);
    expect(against(body, 'anything')).toEqual([]);
  });

  test('a pattern that looks around is reported, and all the rest still checked', () => {
    const body: JsonObject = { type: 'string', pattern: '^(?=.*[0-9])', maxLength: 3 };
    expect(uncompilable(body)).toContain('it looks around');
    expect(against(body, 'abc')).toEqual([]);
    expect(against(body, 'abcd')).toHaveLength(1);
  });

  test('one caller cannot answer the reference of another by an $id', () => {
    expect(against({ $id: 'https://example.com/shared', type: 'string' }, 'x')).toEqual([]);
    expect(uncompilable({ $ref: 'https://example.com/shared' })).toMatch(/can't resolve reference/);
    expect(against({ $id: 'https://example.com/shared', type: 'number' }, 'x')).toHaveLength(1);
  });

  test('references that double at every step end in a violation, not in a hang', () => {
    const $defs: Record<string, JsonObject> = { d40: { type: 'string' } };
    for (let level = 0; level < 40; level += 1) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      $defs[`d${level}`] = { anyOf: [next, next] };
    }
    expect(against({ $defs, $ref: '#/$defs/d0' }, 1)).toEqual([
      { rule: 'json-schema', message: 'needs more than 100000 references followed' },
    ]);
  });

  test('references in a circle end in a violation', () => {
    const $defs = { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { allOf: [{ $ref: '#/$defs/a' }] } };
    expect(against({ $defs, $ref: '#/$defs/a' }, 1)).toHaveLength(1);
  });

  test('a schema of 2,500 properties', () => {
    const field: JsonObject = { type: 'object', properties: { a: { type: 'string' } } };
    const properties = Object.fromEntries(Array.from({ length: 2_500 }, (_, index) => [`property${index}`, field]));
    expect(uncompilable({ properties })).toBeUndefined();
    expect(against({ properties }, { property2499: { a: 1 } })).toEqual([
      { rule: 'json-schema', message: '/property2499/a must be string' },
    ]);
  });

  test('a long list of objects that must differ is checked in time', () => {
    const items = Array.from({ length: 30_000 }, (_, index) => ({ index }));
    const started = performance.now();
    expect(against({ uniqueItems: true }, items)).toEqual([]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test('a schema nested too deeply', () => {
    let body: JsonObject = {};
    for (let level = 0; level < 20_000; level += 1) body = { not: body };
    expect(uncompilable(body)).toContain('nested too deeply');
  });

  test('no more schemas are kept than the limit', () => {
    for (let index = 0; index < MAX_KEPT_SCHEMAS + 50; index += 1) expect(against({ const: index }, index)).toEqual([]);
    expect(keptSchemas()).toBe(MAX_KEPT_SCHEMAS);
  });

  test('few large schemas are kept', () => {
    for (let index = 0; index < 40; index += 1)
      uncompilable({ title: String(index), description: 'x'.repeat(200_000) });
    expect(keptSchemas()).toBeLessThanOrEqual(20);
  });
});

test('any answer to any schema is judged without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (body, value, words) => {
      const object = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : { enum: [body] };
      const asked = request(schema(JSON.parse(JSON.stringify(object))));
      checkAnswer(answer([text(JSON.stringify(value))]), asked);
      checkAnswer(answer([text(words), call(words, words)]), asked);
    }),
  );
});
