import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_REPAIR_CHARS, repairJson } from './json-repair.ts';

const value = (text: string): unknown => {
  const found = repairJson(text);
  return found && JSON.parse(found.text);
};

describe('what is put right', () => {
  test.each<[string, string, unknown]>([
    ['a code fence', '```json\n{"a":1}\n```', { a: 1 }],
    ['prose before', 'Sure! Here it is: {"a":1}', { a: 1 }],
    ['prose after', '{"a":1}\nLet me know if you need more.', { a: 1 }],
    ['prose with an apostrophe', "Here's what I've found: [1,2]", [1, 2]],
    ['prose with words in brackets', 'The list [as you asked]: {"a":[1]}', { a: [1] }],
    ['a trailing comma', '{"a":1,}', { a: 1 }],
    ['single quotes', "{'a':'b'}", { a: 'b' }],
    ['bare keys', '{a: 1}', { a: 1 }],
    ['a comment', '{"a":1 /* one */}', { a: 1 }],
    ['words of Python', '{"a": None, "b": True}', { a: null, b: true }],
    ['brackets in strings', 'So: {"a":"}{[", "b":"\\"}"}', { a: '}{[', b: '"}' }],
  ])('%s', (_, text, expected) => expect(value(text)).toEqual(expected));

  test('what was done is told', () => {
    expect(repairJson('Here: {"a":1,}')?.how).toBe(
      'what stood around the JSON was taken away, and its notation was put right',
    );
    expect(repairJson('{"a":1,}')?.how).toBe('its notation was put right');
  });
});

describe('what stays as it is', () => {
  test.each([
    ['good JSON', '{"a":1}'],
    ['no JSON at all', 'I do not know.'],
    ['an object that does not close', '{"a":1, "b":{"c":2}'],
    ['a list that does not close', 'Here: [1, 2'],
    ['a text that does not close', '{"a":"one'],
    ['an answer that was fenced and cut', '```json\n{"items":[{"n":1},{"n":'],
    ['a whole block and one that was cut', '{"a":1} and {"b":'],
    ['a list with something left out', '{"items":[1, 2, ...]}'],
    ['the same, with one sign', '{"items":[1, 2, …]}'],
    ['brackets that close another', '{"a":[1}'],
    ['two objects', '{"a":1} or {"a":2}'],
    ['two broken ones', '{"a":1,} or {"a":2,}'],
    ['a number in a sentence', 'It is 42.'],
    ['too much of it', `${' '.repeat(MAX_REPAIR_CHARS)}{"a":1,}`],
    ['too deep', `x${'['.repeat(300)}${']'.repeat(300)}`],
  ])('%s', (_, text) => expect(repairJson(text)).toBeUndefined());

  test('every cut of an object, fenced or not, is left alone', () => {
    const whole = '{"name":"Ada","tags":["a","b"],"address":{"street":"Main","number":3}}';
    for (let end = 1; end < whole.length; end += 1) {
      expect(repairJson(whole.slice(0, end))).toBeUndefined();
      expect(repairJson(`Here:\n\`\`\`json\n${whole.slice(0, end)}`)).toBeUndefined();
    }
  });
});

test('whatever is wrapped comes out as it was', () => {
  const structure = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()));
  fc.assert(
    fc.property(structure, fc.constantFrom('```json\n', 'Sure: ', 'Ok.\n\n'), (inner, before) => {
      const text = JSON.stringify(inner);
      expect(repairJson(`${before}${text}\n`)?.text).toBe(text);
    }),
  );
});

test('no text is too strange for it', () => {
  const strange = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', '"', "'", ',', ':', 'a', '1', '\\', '/', '*', ' ', '\n'),
  });
  fc.assert(
    fc.property(strange, (text) => {
      const found = repairJson(text);
      if (found) expect(typeof JSON.parse(found.text)).toBe('object');
    }),
  );
});
