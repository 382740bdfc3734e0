import { describe, expect, test } from 'vitest';
import type { Answer } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Message, Part } from '../model/conversation.ts';
import { compileContract } from './contract-check.ts';
import type { Contract } from './contract-rules.ts';
import { answerOf, contractOf, requestOf } from './test-kit.ts';

const tools = { countTokens: (text: string) => text.length / 4 };
const check = (contract: Partial<Contract>) => compileContract(contractOf(contract), tools);
const rules = (contract: Partial<Contract>, answer: Answer, request: ChatRequest = requestOf('Go.')) =>
  check(contract)
    .violations(answer, request)
    .map(({ rule }) => rule);
const call = (name: string, args: string): Part => ({ type: 'tool-call', id: 'c', name, arguments: args });
const calling = (...parts: Part[]) => answerOf('', { parts, finish: 'tool-calls' });
const saying = (words: string) => answerOf(words);

const GERMAN = 'Ihre Bestellung wurde heute versandt und kommt voraussichtlich am Donnerstag bei Ihnen an.';
const ENGLISH = 'Your order was shipped today and should arrive at your place on Thursday, all being well.';

describe('rules of an answer that says something', () => {
  test.each<[string, Partial<Contract>, Answer, string[]]>([
    ['JSON that fits its schema', { schema: { required: ['a'] } }, saying('{"a":1}'), []],
    ['JSON that does not', { schema: { required: ['a'] } }, saying('{"b":1}'), ['json-schema']],
    ['no JSON', { schema: { required: ['a'] } }, saying('a'), ['json']],
    ['long enough', { length: { minCharacters: 3 } }, saying('abc'), []],
    ['too short', { length: { minCharacters: 4 } }, saying('abc'), ['too-short']],
    ['short enough', { length: { maxCharacters: 3 } }, saying('abc'), []],
    ['too long', { length: { maxCharacters: 2 } }, saying('abc'), ['too-long']],
    ['enough tokens', { length: { minTokens: 2, maxTokens: 2 } }, saying('12345678'), []],
    ['too few tokens', { length: { minTokens: 3 } }, saying('12345678'), ['too-short']],
    ['too many tokens', { length: { maxTokens: 2 } }, saying('123456789'), ['too-long']],
    ['the language', { languages: ['de'] }, saying(GERMAN), []],
    ['one of the languages', { languages: ['en', 'de'] }, saying(GERMAN), []],
    ['another language', { languages: ['de'] }, saying(ENGLISH), ['language']],
    ['another script', { languages: ['de'] }, saying('ご注文の商品は本日発送いたしました。'), ['language']],
    ['a text too short to tell its language', { languages: ['de'] }, saying('Your order was shipped.'), []],
    ['code, which has no language', { languages: ['de'] }, saying(`\`\`\`js\n${ENGLISH}\n\`\`\``), []],
    ['a required pattern', { required: ['^Order \\d+'] }, saying('Order 12 is here.'), []],
    ['a required pattern that is not there', { required: ['^Order \\d+'] }, saying('It is here.'), ['missing-pattern']],
    ['a forbidden pattern', { forbidden: ['guarantee'] }, saying('We guarantee it.'), ['forbidden-pattern']],
    ['a forbidden pattern that is not there', { forbidden: ['guarantee[ds]?'] }, saying('We hope so.'), []],
    ['a number in its range', { numbers: [{ path: '$.n', min: 1, max: 2 }] }, saying('{"n":2}'), []],
    ['a number above', { numbers: [{ path: '$.n', max: 2 }] }, saying('{"n":3}'), ['number']],
    ['a number below', { numbers: [{ path: '$.n', min: 2 }] }, saying('{"n":1}'), ['number']],
    ['a number that is a text', { numbers: [{ path: '$.n', min: 2 }] }, saying('{"n":"3"}'), ['number']],
    ['a number that is not there', { numbers: [{ path: '$.n', min: 2 }] }, saying('{}'), ['number']],
    ['a number where there is no JSON', { numbers: [{ path: '$.n', min: 2 }] }, saying('3'), ['number']],
    ['no JSON to look for a number in', { numbers: [{ path: '$.n', min: 2 }] }, saying('three'), ['json']],
    [
      'every number of a list',
      { numbers: [{ path: '$.items[*].price', min: 0 }] },
      saying('{"items":[{"price":1},{"price":-1}]}'),
      ['number'],
    ],
    ['a list without entries', { numbers: [{ path: '$.items[*].price', min: 0 }] }, saying('{"items":[]}'), []],
    [
      'names in quotes, and positions',
      { numbers: [{ path: `$['a b'][-1]["c"].*`, max: 1 }] },
      saying('{"a b":[{},{"c":{"x":1,"y":2}}]}'),
      ['number'],
    ],
    [
      'a refusal by its form',
      { refusal: 'forbidden' },
      answerOf('', { parts: [{ type: 'refusal', text: 'No' }] }),
      ['refusal'],
    ],
    ['a refusal by its words', { refusal: 'forbidden' }, saying("I'm sorry, but I can't help with that."), ['refusal']],
    ['a refusal that is allowed', { length: { minCharacters: 400 } }, answerOf('', { finish: 'refusal' }), []],
    ['a cut answer', { truncation: 'forbidden' }, answerOf('And so', { finish: 'length' }), ['truncated']],
    ['a cut answer that is allowed', { schema: {}, required: ['x'] }, answerOf('{"a":', { finish: 'length' }), []],
    [
      'a cut answer that is too long already',
      { length: { maxCharacters: 2 } },
      answerOf('And', { finish: 'length' }),
      ['too-long'],
    ],
    [
      'several rules at once',
      { forbidden: ['a'], length: { maxCharacters: 1 } },
      saying('ab'),
      ['too-long', 'forbidden-pattern'],
    ],
  ])('%s', (_, contract, answer, found) => expect(rules(contract, answer)).toEqual(found));

  test('a request that quotes a refusal may be answered with one', () => {
    const words = "I'm sorry, but I can't help with that.";
    expect(rules({ refusal: 'forbidden' }, saying(words), requestOf(`Repeat: ${words}`))).toEqual([]);
  });
});

describe('rules of tool calls', () => {
  const order = { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] };
  test.each<[string, Partial<Contract>, Answer, string[]]>([
    ['a tool that must be called', { mustCall: ['look'] }, calling(call('look', '{}')), []],
    ['a tool that was not called', { mustCall: ['look'] }, saying('It is there.'), ['missing-tool']],
    ['one of two', { mustCall: ['look', 'ask'] }, calling(call('look', '{}')), ['missing-tool']],
    ['a tool that must not be called', { mustNotCall: ['pay'] }, calling(call('pay', '{}')), ['forbidden-tool']],
    ['another tool', { mustNotCall: ['pay'] }, calling(call('look', '{}')), []],
    ['arguments that fit', { arguments: { look: order } }, calling(call('look', '{"id":1}')), []],
    ['arguments that do not', { arguments: { look: order } }, calling(call('look', '{"id":"1"}')), ['tool-arguments']],
    ['no arguments', { arguments: { look: order } }, calling(call('look', '')), ['tool-arguments']],
    ['arguments of another tool', { arguments: { look: order } }, calling(call('ask', '{}')), []],
    [
      'an answer that waits for a tool is not the last word',
      { schema: {}, length: { minCharacters: 9 } },
      calling(call('look', '{}')),
      [],
    ],
  ])('%s', (_, contract, answer, found) => expect(rules(contract, answer)).toEqual(found));

  test('a tool that was called since the user last spoke need not be called again', () => {
    const called: Message = { role: 'assistant', parts: [call('look', '{}')] };
    const result: Message = {
      role: 'tool',
      parts: [{ type: 'tool-result', callId: 'c', content: [], isError: false }],
    };
    const { messages } = requestOf('Where is it?');
    const contract = { mustCall: ['look'] };
    expect(rules(contract, saying('There.'), requestOf('', { messages: [...messages, called, result] }))).toEqual([]);
    const later = [...messages, called, result, { role: 'assistant' as const, parts: [] }, ...messages];
    expect(rules(contract, saying('There.'), requestOf('', { messages: later }))).toEqual(['missing-tool']);
  });
});

describe('what cannot be checked', () => {
  test.each<[string, Partial<Contract>]>([
    ['a schema', { schema: { type: 'strng' } }],
    ['a schema of arguments', { arguments: { look: { $ref: '#/none' } } }],
    ['a path', { numbers: [{ path: 'n', min: 1 }] }],
    ['a pattern that looks around', { required: ['(?=a)'] }],
    ['no pattern', { forbidden: ['('] }],
  ])('%s is refused when the contract is made ready', (_, contract) => expect(() => check(contract)).toThrow());
});

test('a pattern that backtracking cannot take is looked for in time', () => {
  const started = performance.now();
  expect(rules({ required: ['^(a+)+$'] }, saying(`${'a'.repeat(5_000)}!`))).toEqual(['missing-pattern']);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('what is wrong is told in one line each', () => {
  const found = check({ schema: { required: ['a'] }, length: { maxCharacters: 1 } }).violations(
    saying('{}'),
    requestOf(''),
  );
  expect(found.map(({ message }) => message)).toEqual([
    '2 characters, at most 1',
    "the answer must have required property 'a'",
  ]);
});
