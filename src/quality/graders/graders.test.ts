import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer } from '../../model/answer.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import { type AnswerSeen, answerSeen } from './grader.ts';
import { numbersOf } from './numeric.ts';
import { GRADERS, graderNamed } from './registry.ts';
import { difference, type JsonRules } from './same-json.ts';

const REQUEST: ChatRequest = {
  dialect: 'openai-chat',
  model: 'reply',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Where is my parcel?' }] }],
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
};

function said(text: string, over: Partial<Answer> = {}): AnswerSeen {
  return answerSeen({ parts: [{ type: 'text', text }], finish: 'stop', usage: {}, ...over }, REQUEST);
}

function called(...calls: readonly (readonly [string, string])[]): AnswerSeen {
  const parts = calls.map(([name, json], at) => ({
    type: 'tool-call' as const,
    id: `call${at}`,
    name,
    arguments: json,
  }));
  return answerSeen({ parts, finish: 'tool-calls', usage: {} }, REQUEST);
}

function grade(name: string, written: unknown, answer: AnswerSeen | string) {
  const grader = graderNamed(name);
  if (grader?.kind !== 'pure') throw new Error(`${name} is no pure grader`);
  return grader.read(written).grade(typeof answer === 'string' ? said(answer) : answer);
}

/** Grader, what the suite writes, the answer, the score. */
type Row = readonly [string, unknown, AnswerSeen | string, number];

const ROWS: readonly Row[] = [
  ['exact', 'Yes', ' Yes\n', 1],
  ['exact', 'Yes', 'yes', 0],
  ['exact', { text: 'Yes', trim: false }, 'Yes ', 0],

  ['normalised', 'Café au lait', 'cafe\u0301  AU, lait!', 1],
  ['normalised', 'Cafe', 'Café', 0],
  ['normalised', ['no', 'nope'], 'Nope.', 1],
  ['normalised', ['no', 'nope'], 'not now', 0],

  ['contains-facts', ['30 days', 'refund'], 'Your REFUND comes within 30   days!', 1],
  ['contains-facts', ['30 days', 'refund'], 'Your refund is on its way.', 0.5],
  ['contains-facts', ['day'], 'Birthdays are free.', 1],
  ['contains-facts', [['14 Main St', '14 Main Street']], 'It is at 14 Main Street.', 1],
  ['contains-facts', { facts: ['a b', 'c d', 'e f'], atLeast: 2 }, 'a b and e f', 1],
  ['contains-facts', { facts: ['a b', 'c d', 'e f'], atLeast: 2 }, 'a b alone', 0.5],
  ['contains-facts', { facts: ['Refund'], exactly: true }, 'a refund', 0],
  ['contains-facts', ['%'], 'It is 5 %', 1],

  ['regex', '^\\d{4}-\\d{2}$', '2026-01', 1],
  ['regex', '^\\d{4}-\\d{2}$', 'on 2026-01', 0],
  ['regex', { pattern: 'Order \\S+', ignoreCase: true }, 'your ORDER A1', 1],
  ['regex', { pattern: '^\\S+$', ignoreCase: true }, 'two words', 0],

  ['json-schema', { schema: { type: 'object', required: ['a'] } }, '{"a":1}', 1],
  ['json-schema', { schema: { type: 'object', required: ['a'] } }, '{"b":1}', 0],
  ['json-schema', { schema: { type: 'object', required: ['a'] } }, 'Sure! {"a":1}', 0],
  ['json-schema', { schema: { type: 'object', required: ['a'] }, anywhere: true }, 'Sure! {x} {"a":"}"} bye', 1],
  ['json-schema', {}, 'no json', 0],

  ['json-fields', { expected: { city: 'Paris', n: 2 } }, '{"city":"Paris","n":2,"more":true}', 1],
  ['json-fields', { expected: { city: 'Paris', n: 2 } }, '{"city":"Paris","n":3}', 0.5],
  ['json-fields', { expected: { city: 'Paris' }, only: true }, '{"city":"Paris","n":3}', 0.5],
  ['json-fields', { expected: { n: 10 }, tolerances: { n: 0.5 } }, '{"n":10.4}', 1],
  ['json-fields', { expected: { n: 10 }, tolerances: { n: { rel: 0.01 } } }, '{"n":10.4}', 0],
  [
    'json-fields',
    { expected: { rows: [{ p: 1 }, { p: 2 }] }, tolerances: { 'rows[*].p': 0.1 } },
    '{"rows":[{"p":1.05},{"p":2}]}',
    1,
  ],
  ['json-fields', { expected: { tags: ['a', 'b'] }, anyOrder: ['tags'] }, '{"tags":["b","a"]}', 1],
  ['json-fields', { expected: { tags: ['a', 'b'] } }, '{"tags":["b","a"]}', 0],
  ['json-fields', { expected: { city: 'New York' }, normalised: true }, '{"city":"new york."}', 1],
  ['json-fields', { expected: { a: 1 } }, '[1]', 0],

  ['tool-call', 'get_order', called(['get_order', '{"id":1}']), 1],
  ['tool-call', 'get_order', 'I called nothing', 0],
  ['tool-call', { name: 'get_order', arguments: { id: 1 } }, called(['get_order', '{"id":1,"full":true}']), 1],
  [
    'tool-call',
    { calls: [{ name: 'f', arguments: { id: 1 } }], arguments: 'equal' },
    called(['f', '{"id":1,"x":2}']),
    0,
  ],
  ['tool-call', { name: 'f', arguments: { id: 1 } }, called(['f', '{"id":2}']), 0],
  ['tool-call', { name: 'f', arguments: {} }, called(['f', '']), 1],
  ['tool-call', { calls: [{ name: 'f' }, { name: 'g' }] }, called(['g', '{}'], ['f', '{}']), 1],
  ['tool-call', { calls: [{ name: 'f' }, { name: 'g' }], order: 'same' }, called(['g', '{}'], ['f', '{}']), 1 / 3],
  ['tool-call', 'f', called(['f', '{}'], ['delete_all', '{}']), 0.5],
  ['tool-call', { calls: [{ name: 'f' }], others: true }, called(['f', '{}'], ['g', '{}']), 1],
  ['tool-call', { calls: [] }, 'done', 1],
  ['tool-call', { calls: [] }, called(['f', '{}']), 0],
  ['tool-call', { name: 'f', arguments: { a: 1 } }, called(['f', '{broken']), 0],

  ['numeric', 1234.5, 'It costs $1,234.50 in total.', 1],
  ['numeric', { value: 1234.5, decimal: ',' }, 'Das macht 1.234,50 €.', 1],
  ['numeric', 12, 'It is 12kg.', 1],
  ['numeric', 12, 'See model A12.', 0],
  ['numeric', { value: 100, abs: 2 }, 'about 101.5', 1],
  ['numeric', { value: 100, rel: 0.01 }, 'about 102', 0],
  ['numeric', { value: 5, which: 'last' }, '5 plus 2 is 7', 0],
  ['numeric', { value: 5, which: 'only' }, '5 or 6', 0],
  ['numeric', -3, 'it is −3 °C', 1],

  ['similarity', { to: 'the cat sat on the mat', by: 'order' }, 'The cat sat on a mat.', 5 / 6],
  ['similarity', { to: 'a b c d', by: 'words', threshold: 0.5 }, 'd c b', 0.75],
  ['similarity', { to: 'abcd', by: 'characters' }, 'abce', 0.75],
  ['similarity', { to: 'anything' }, '', 0],

  ['length', { max: 3 }, 'one two three', 1],
  ['length', { max: 3 }, 'one two three four', 0],
  ['length', { unit: 'characters', min: 2, max: 2 }, 'é🙂', 1],
  ['length', { unit: 'sentences', max: 1 }, 'One. Two.', 0],
  ['length', { unit: 'lines', min: 2 }, 'a\nb', 1],

  ['language', 'de', 'Ihre Bestellung ist unterwegs und kommt voraussichtlich morgen bei Ihnen an.', 1],
  ['language', ['en', 'fr'], 'Ihre Bestellung ist unterwegs und kommt voraussichtlich morgen bei Ihnen an.', 0],
  ['language', 'de', 'OK', 1],

  ['finish', 'stop', 'whole', 1],
  ['finish', 'stop', said('cut o', { finish: 'length' }), 0],
  ['finish', ['stop', 'length'], said('cut o', { finish: 'length' }), 1],

  ['no-refusal', true, 'It left the warehouse yesterday.', 1],
  ['no-refusal', true, said('', { finish: 'refusal', parts: [{ type: 'refusal', text: 'No.' }] }), 0],
  ['no-refusal', true, 'I’m sorry, but I can’t help with that.', 0],

  ['contract', true, 'whatever came', 1],
];

test.each(ROWS)('%s %j', (name, written, answer, score) => {
  const found = grade(name, written, answer);
  expect(found.score).toBeCloseTo(score, 10);
  expect(found.because).not.toBe('');
  if (name !== 'similarity') expect(found.pass).toBe(score === 1);
});

test('every pure grader stands in the table', () => {
  const named = new Set(ROWS.map(([name]) => name));
  for (const grader of GRADERS) if (grader.kind === 'pure') expect(named, grader.name).toContain(grader.name);
});

test('a label says what is demanded, on one line', () => {
  for (const [name, written] of ROWS) {
    const grader = graderNamed(name);
    if (grader?.kind === 'pure') expect(grader.read(written).label).toMatch(/^\S[^\n]*$/);
  }
});

test('no answer makes a grader throw, and every score lies from 0 to 1', () => {
  const demands = ROWS.map(([name, written]) => {
    const grader = graderNamed(name);
    if (grader?.kind !== 'pure') throw new Error(name);
    return grader.read(written);
  });
  const answer = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => said(text)),
    fc.json().map((text) => said(text)),
    fc.array(fc.tuple(fc.string(), fc.oneof(fc.json(), fc.string()))).map((calls) => called(...calls)),
  );
  fc.assert(
    fc.property(answer, (seen) => {
      for (const demand of demands) {
        const { score } = demand.grade(seen);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 60 },
  );
});

describe('a pattern', () => {
  test.each(['(a)\\1', '(?=a)', '('])('%s is refused when it is read', (pattern) => {
    expect(graderNamed('regex')?.schema.safeParse(pattern).success).toBe(false);
  });

  test('with exponentially many ways is matched in linear time', () => {
    const from = performance.now();
    expect(grade('regex', '^(a+)+$', `${'a'.repeat(5_000)}b`).score).toBe(0);
    expect(performance.now() - from).toBeLessThan(2_000);
  });
});

describe('JSON values', () => {
  const rules: JsonRules = { tolerances: new Map(), anyOrder: new Set(['list']), subset: false };

  test('are the same as themselves, in any order of a list where that does not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (list) => {
        const value = JSON.parse(JSON.stringify({ list }));
        const turned = JSON.parse(JSON.stringify({ list: [...list].reverse() }));
        expect(difference(value, turned, rules)).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test('of which one entry fits several partners find the pairing that fits all', () => {
    const loose: JsonRules = { ...rules, tolerances: new Map([['*', { abs: 1 }]]) };
    expect(difference({ list: [1, 2] }, { list: [1.9, 0.5] }, loose)).toBeUndefined();
    expect(difference({ list: [1, 2] }, { list: [2.9, 2.8] }, loose)).toContain('does not hold 1');
  });

  test('that differ are told by their path', () => {
    expect(difference({ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, rules)).toBe('a.b[1] is 3, not 2');
    expect(difference({ a: 1 }, {}, rules)).toBe('a is missing');
    expect(difference({}, { a: 1 }, rules)).toBe('a is not expected');
  });
});

test.each([
  ['1,234 and 5', '.', [1234, 5]],
  ["1'234.5", '.', [1234.5]],
  ['1 234,5', ',', [1234.5]],
  ['v1.2.3', '.', []],
  ['1e3', '.', [1000]],
  ['12,34', '.', [12, 34]],
] as const)('the numbers of %j with %j before decimals', (text, decimal, numbers) => {
  expect(numbersOf(text, decimal)).toEqual(numbers);
});
