import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePrompt } from './compile.ts';
import { LAYOUT_RULES, type Layout, layoutOf } from './layout-rules.ts';
import { familyOf, type ModelFamily } from './model-family.ts';
import type { PromptSpec } from './prompt-spec.ts';
import { EVERY_FAMILY, targetOf, VALUES, WHOLE } from './test-kit.ts';

/** What each rule decides by family: the table that docs/prompts.md shows in words. */
const DECIDED: Readonly<Record<keyof Layout, Readonly<Record<ModelFamily, unknown>>>> = {
  delimiters: by('markdown', { claude: 'xml' }),
  place: by('system', { gemma: 'first-user-turn' }),
  context: by('after-rules', { claude: 'before-rules', gemini: 'before-rules' }),
  rulesAgain: by(false, { 'openai-gpt': true }),
  examples: by('turns', { claude: 'text', 'openai-reasoning': 'text', gemma: 'text' }),
  toolHints: by('description', { gemma: 'text', mistral: 'text', 'open-weights': 'text' }),
  schemaWords: by('keys', {}),
  brevity: by('alone', { 'openai-gpt': 'among-rules', 'openai-reasoning': 'among-rules' }),
  markdownMark: by(false, { 'openai-reasoning': true }),
};

function by(usual: unknown, others: Partial<Record<ModelFamily, unknown>>): Record<ModelFamily, unknown> {
  return Object.fromEntries(EVERY_FAMILY.map((family) => [family, others[family] ?? usual])) as Record<
    ModelFamily,
    unknown
  >;
}

const LONG: PromptSpec = { ...WHOLE, context: 'x'.repeat(8_000) };
const factsOf = (family: ModelFamily) => ({ family, structuredOutput: 'prompt' as const, spec: LONG });

describe('the rules of the compiler', () => {
  test('each decides one field, and every field has one', () => {
    const fields = LAYOUT_RULES.map(({ sets }) => sets);
    expect(new Set(fields).size).toBe(fields.length);
    expect(new Set(fields)).toEqual(new Set(Object.keys(DECIDED)));
  });

  test('each says why, and on what page that rests', () => {
    for (const rule of LAYOUT_RULES) {
      expect(rule.why.length, rule.name).toBeGreaterThan(60);
      expect(rule.source, rule.name).toMatch(/^https:\/\/\S+$/);
    }
  });

  test.each(LAYOUT_RULES.map((rule) => [rule.name, rule] as const))('%s decides for every family', (_, rule) => {
    const decided = Object.fromEntries(EVERY_FAMILY.map((family) => [family, rule.decide(factsOf(family))]));
    expect(decided).toEqual(DECIDED[rule.sets]);
  });

  test('a short context, a native schema and plain text need none of what long ones, words and Markdown do', () => {
    const spec: PromptSpec = { ...WHOLE, output: { brevity: 'Be concise.' } };
    for (const family of EVERY_FAMILY) {
      const layout = layoutOf({ family, structuredOutput: 'native', spec });
      expect(layout).toMatchObject({ rulesAgain: false, schemaWords: 'none', markdownMark: false });
    }
  });

  test('their order makes no difference', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EVERY_FAMILY),
        fc.shuffledSubarray([...LAYOUT_RULES], { minLength: LAYOUT_RULES.length }),
        (family, shuffled) => {
          expect(layoutOf(factsOf(family), shuffled)).toEqual(layoutOf(factsOf(family)));
        },
      ),
    );
  });
});

describe('what the rules lead to', () => {
  const wordsFor = (family: ModelFamily, means: 'native' | 'prompt' = 'prompt') =>
    compilePrompt(WHOLE, targetOf(family, { structuredOutput: means }));
  const systemFor = (family: ModelFamily) => wordsFor(family).system(VALUES);

  test('sections of Claude stand in tags, and others under headings', () => {
    expect(systemFor('claude')).toContain('<rules>\n- Choose one queue.\n</rules>');
    expect(systemFor('openai-gpt')).toContain('# Rules\n\n- Choose one queue.');
  });

  test('long material comes first for Claude and Gemini, and the rules first for OpenAI', () => {
    for (const family of ['claude', 'gemini'] as const) {
      expect(systemFor(family).indexOf('Queues:')).toBeLessThan(systemFor(family).indexOf('Choose one'));
    }
    expect(systemFor('openai-gpt').indexOf('Queues:')).toBeGreaterThan(systemFor('openai-gpt').indexOf('Choose one'));
  });

  test('rules stand before and after a long context for the GPT family alone', () => {
    const long = { ...WHOLE, context: `${'material '.repeat(1_000)}end` };
    const times = (family: ModelFamily) =>
      compilePrompt(long, targetOf(family)).system(VALUES).split('- Choose one queue.').length - 1;
    expect(times('openai-gpt')).toBe(2);
    expect(times('claude')).toBe(1);
  });

  test('examples are turns, or text where the family wants that', () => {
    expect(wordsFor('gemini').turns.map(({ role }) => role)).toEqual(['user', 'assistant']);
    expect(systemFor('gemini')).not.toContain('My parcel is late.');
    expect(wordsFor('claude').turns).toEqual([]);
    expect(systemFor('claude')).toContain(
      '<example>\n<input>\nMy parcel is late.\n</input>\n<output>\n{"queue":"delivery"}\n</output>\n</example>',
    );
  });

  test('the line on brevity is the last one, alone, or the last of the rules', () => {
    expect(systemFor('claude')).toMatch(/\n\nBe concise\.$/);
    expect(systemFor('mistral')).toMatch(/\n\nBe concise\.$/);
    expect(systemFor('openai-gpt')).toContain('- Choose one queue.\n- Be concise.');
  });

  test('names of a schema are told in words where the target has no native one', () => {
    expect(systemFor('open-weights')).toContain('Its names are exactly these: `queue`.');
    expect(wordsFor('open-weights', 'native').system(VALUES)).not.toContain('Its names');
  });

  test('hints to tools stand in the instructions of open models', () => {
    expect(systemFor('open-weights')).toContain('# Tools\n\n- `look_up`: the number is incomplete');
    expect(systemFor('claude')).not.toContain('look_up');
  });

  test('Markdown is switched on for reasoning models of OpenAI', () => {
    expect(systemFor('openai-reasoning')).toMatch(/^Formatting re-enabled\n\nYou sort/);
    expect(systemFor('openai-gpt')).toMatch(/^You sort/);
  });
});

describe('the family of a model', () => {
  test.each([
    ['gpt-4.1-mini', 'openai-chat', 'openai-gpt'],
    ['gpt-5.6', 'openai-responses', 'openai-reasoning'],
    ['gpt-5-chat-latest', 'openai-chat', 'openai-gpt'],
    ['o4-mini', 'openai-chat', 'openai-reasoning'],
    ['openai/gpt-oss-120b', 'openai-chat', 'open-weights'],
    ['eu.anthropic.claude-sonnet-5-5-20260101-v1:0', 'bedrock-converse', 'claude'],
    ['anthropic/claude-opus-5-5', 'openai-chat', 'claude'],
    ['gemini-3.1-pro', 'gemini-generate', 'gemini'],
    ['google/gemma-3-27b-it', 'openai-chat', 'gemma'],
    ['meta.llama4-maverick', 'bedrock-converse', 'open-weights'],
    ['mistral-large-3', 'openai-chat', 'mistral'],
    ['steady-1', 'anthropic-messages', 'claude'],
    ['steady-1', 'gemini-generate', 'gemini'],
    ['steady-1', 'openai-responses', 'openai-gpt'],
    ['steady-1', 'openai-chat', 'open-weights'],
  ] as const)('of %s in %s is %s', (model, dialect, family) => {
    expect(familyOf({ model, dialect })).toBe(family);
  });

  test('is that of the model which the operator says it is', () => {
    expect(familyOf({ model: 'our-deployment', sameModel: 'gpt-4.1', dialect: 'openai-chat' })).toBe('openai-gpt');
  });
});
