import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { versionLabel } from '../../quality/prompts/prompt-spec.ts';
import { canonicalJson } from './prompt-hash.ts';
import { readPrompt } from './read-prompt.ts';

const problemsOf = (text: string) => {
  const read = readPrompt(text, 'prompts/a.yaml', 'a');
  return read.ok ? [] : read.problems.map(({ file, line, path, message, fix }) => ({ file, line, path, message, fix }));
};
const hashOf = (text: string) => {
  const read = readPrompt(text, 'a.yaml', 'a');
  if (!read.ok) throw new Error(read.problems.map(({ path, message }) => `${path} ${message}`).join('; '));
  return read.version.hash;
};

const BASE = 'role: You sort.\nrules: [One., Two.]\nvariables: { a: { type: string } }\nuser: "{{ a }}"\n';

describe('a file of a prompt', () => {
  test.each([
    ['role: You sort.\nrulez: [One.]\n', 'rulez', 2, 'is no option here'],
    ['role: ""\n', 'role', 1, 'is no text of fitting length'],
    ['role: Hi {{ nobody }}\n', 'role', 1, 'uses {{ nobody }}, and the prompt has no such variable'],
    ['role: Hi\nrules:\n  - fine\n  - "{{ open"\n', 'rules[1]', 4, 'is no template'],
    ['role: Hi\nvariables: { a: { type: text } }\n', 'variables.a.type', 2, 'is not known here'],
    ['role: Hi\nvariables: { a: { type: enum } }\n', 'variables.a.values', 2, 'is missing'],
    [
      'role: Hi\nvariables: { a: { type: integer, default: some } }\n',
      'variables.a.default',
      2,
      'must be a whole number',
    ],
    ['role: Hi\nvariables: { a-b: { type: string } }\n', 'variables.a-b', 2, 'is no name of a variable'],
    ['role: Hi\ntools: [{ name: a b }]\n', 'tools[0].name', 2, 'is no name that every provider takes'],
    ['role: Hi\ntools: [{ name: a }, { name: a }]\n', 'tools[1].name', 2, 'is the name of another tool'],
    ['role: Hi\noutput: { schema: { type: 7 } }\n', 'output.schema', 2, 'is no JSON Schema that can be checked'],
    ['role: Hi\nvariants: { llama: { text: a } }\n', 'variants.llama', 2, ''],
    ['role: Hi\nprimaryOnly: { reason: tuned, until: tomorrow }\n', 'primaryOnly.until', 2, 'is no day'],
    ['description: nothing more\n', '', 1, 'says nothing'],
    ['role: [\n', '', 2, ''],
  ])('%j is told with its place', (text, path, line, message) => {
    const [found] = problemsOf(text);
    expect(found).toMatchObject({ file: 'prompts/a.yaml', path, line });
    expect(found?.message).toContain(message);
  });

  test('a mistyped option is told with the one that was meant', () => {
    expect(problemsOf('role: Hi\nexample: []\n')[0]?.fix).toContain('examples');
  });

  test('whatever it holds, it is read or refused', () => {
    const value = fc.oneof(
      fc.string(),
      fc.jsonValue().map((json) => JSON.stringify(json)),
    );
    const near = fc
      .dictionary(fc.constantFrom('role', 'rules', 'output', 'variables', 'examples', 'adjust'), fc.jsonValue())
      .map((json) => JSON.stringify(json));
    fc.assert(
      fc.property(fc.oneof(value, near), (text) => {
        const read = readPrompt(text, 'a.yaml', 'a');
        expect(read.ok ? read.version.name : read.problems.length > 0).toBeTruthy();
      }),
      { numRuns: 100 },
    );
  });
});

describe('the version of a prompt', () => {
  test('is twelve digits, with its name before them', () => {
    const read = readPrompt(BASE, 'a.yaml', 'greeting');
    expect(read.ok && versionLabel(read.version)).toMatch(/^greeting@[0-9a-f]{12}$/);
  });

  test('is the same however the file is written, and whatever is written for people', () => {
    const other =
      '# A comment.\nuser: "{{ a }}"\nvariables:\n  a:\n    type: "string"\nrules:\n  - One.\n  - Two.\nrole: You sort.\n';
    expect(hashOf(other)).toBe(hashOf(BASE));
    expect(hashOf(`${BASE}notes: Why.\ndescription: What.\n`)).toBe(hashOf(BASE));
    expect(hashOf(`${BASE}primaryOnly: { reason: tuned, until: "2030-01-01" }\n`)).toBe(hashOf(BASE));
  });

  test.each([
    ['another word', BASE.replace('One.', 'One!')],
    ['another order of the rules', BASE.replace('[One., Two.]', '[Two., One.]')],
    ['another variable', BASE.replace('string', 'enum, values: [x]')],
    ['an example', `${BASE}examples: [{ input: a, output: b }]\n`],
    ['a contract', `${BASE}contract: { refusal: forbidden }\n`],
    ['a variant', `${BASE}variants: { claude: { text: Sort. } }\n`],
  ])('is another one with %s', (_, text) => {
    expect(hashOf(text)).not.toBe(hashOf(BASE));
  });

  test('does not hang on the order of names', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
