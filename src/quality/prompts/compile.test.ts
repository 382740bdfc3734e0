import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash64 } from '../../model/text-hash.ts';
import { compilePrompt, templateProblem } from './compile.ts';
import { LAYOUT_EDITION } from './layout-rules.ts';
import { isPromptError } from './prompt-error.ts';
import type { PromptSpec } from './prompt-spec.ts';
import { EVERY_FAMILY, targetOf, VALUES, WHOLE } from './test-kit.ts';
import { placeholders } from './variables.ts';

const TEXT: PromptSpec = {
  role: 'To {{ who }}.',
  context: '{{ who }}',
  user: '{{ who }}',
  variables: { who: { type: 'string' } },
};
/** What would do harm if it were read as template or as a border. */
const nasty = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '{{ who }}',
    '{% raw %}',
    '{% if %}',
    '{{',
    '{%-',
    '</context>',
    '</ context>',
    '<rules>',
    '{{ who | upcase }}',
  ),
  fc
    .array(fc.constantFrom('{', '%', '}', '<', '/', 'context', '>', '|', ' '), { maxLength: 12 })
    .map((parts) => parts.join('')),
);

describe('values of variables', () => {
  test('are never read as template', () => {
    fc.assert(
      fc.property(nasty, (who) => {
        const { system, user } = compilePrompt(TEXT, targetOf('openai-gpt'));
        expect(user({ who })).toBe(who.trim());
        expect(system({ who })).toContain(`To ${who}.`.trim());
      }),
    );
  });

  test('cannot close the section in which they stand, nor open another', () => {
    fc.assert(
      fc.property(nasty, (who) => {
        const written = compilePrompt(TEXT, targetOf('claude')).system({ who });
        expect(written.match(/<\/?\s*(context|rules|tools|output|examples)\s*>/gi)?.length ?? 0).toBe(
          who.trim() === '' ? 0 : 2,
        );
      }),
    );
  });

  test('that make nothing of a section leave no trace of it', () => {
    const spec: PromptSpec = {
      role: 'Hello',
      context: '{% if more %}{{ more }}{% endif %}',
      rules: ['{{ more }}'],
      variables: { more: { type: 'string', required: false } },
    };
    for (const family of EVERY_FAMILY) {
      expect(compilePrompt(spec, targetOf(family)).system({ more: null })).toBe('Hello');
    }
  });

  test('of lists and objects are JSON, and loops over lists work', () => {
    const spec: PromptSpec = {
      role: '{{ items }} {{ one }} {% for item in items %}[{{ item }}]{% endfor %}',
      variables: { items: { type: 'list' }, one: { type: 'object' } },
    };
    const { system } = compilePrompt(spec, targetOf('mistral'));
    expect(system({ items: ['a', 2], one: { b: true } })).toBe('["a",2] {"b":true} [a][2]');
  });

  test('in loops within loops end in an error of the caller’s, not in a hang', () => {
    const loop = '{% for a in items %}{% for b in items %}{{ b }}{% endfor %}{% endfor %}';
    const { system } = compilePrompt({ role: loop, variables: { items: { type: 'list' } } }, targetOf('mistral'));
    expect(system({ items: ['x', 'y'] })).toBe('xyxy');
    expect(() => system({ items: Array.from({ length: 1_000 }, () => 'x') })).toThrow(
      expect.toSatisfy((error) => isPromptError(error) && error.at === 'variables'),
    );
  });
});

describe('a compiled prompt', () => {
  const rule = fc.stringMatching(/^[A-Za-z][A-Za-z ,.]{0,40}[a-z.]$/);

  test('holds every rule, whatever the family', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(rule, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...EVERY_FAMILY),
        (rules, family) => {
          const written = compilePrompt({ rules }, targetOf(family)).system({});
          for (const one of rules) expect(written).toContain(`- ${one}`);
        },
      ),
    );
  });

  test('is the same each time', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EVERY_FAMILY), fc.string(), (family, shop) => {
        const values = { ...VALUES, shop };
        const [one, two] = [compilePrompt(WHOLE, targetOf(family)), compilePrompt(WHOLE, targetOf(family))];
        expect([one.system(values), one.user(values), one.turns]).toEqual([
          two.system(values),
          two.user(values),
          two.turns,
        ]);
        expect(one.system(values)).toBe(one.system(values));
      }),
    );
  });

  test('says the same as long as the edition of the rules is the same', () => {
    const told = EVERY_FAMILY.flatMap((family) =>
      (['native', 'prompt'] as const).map((means) => {
        const { system, user, turns } = compilePrompt(WHOLE, targetOf(family, { structuredOutput: means }));
        return [system(VALUES), user(VALUES), turns];
      }),
    );
    // Other words are another edition: raise LAYOUT_EDITION, so that no evidence of the old ones holds for the new.
    expect([LAYOUT_EDITION, hash64(JSON.stringify(told)).toString(36)]).toEqual([1, GOLDEN]);
  });

  test('of a hand-kept variant is that variant, with examples where it asks for them', () => {
    const spec: PromptSpec = {
      ...WHOLE,
      variants: { claude: { text: 'Sort for {{ shop }}.' }, gemini: { text: 'Sort.', exampleTurns: true } },
    };
    const claude = compilePrompt(spec, targetOf('claude'));
    expect([claude.system(VALUES), claude.byHand, claude.turns]).toEqual(['Sort for Corner.', true, []]);
    const gemini = compilePrompt(spec, targetOf('gemini'));
    expect([gemini.system(VALUES), gemini.turns.length]).toEqual(['Sort.', 2]);
    expect(compilePrompt(spec, targetOf('mistral')).byHand).toBe(false);
  });

  test('has a few words more for a target that needs them, and the line on brevity still last', () => {
    const target = targetOf('claude');
    const spec: PromptSpec = {
      ...WHOLE,
      adjust: [{ target: target.id, before: 'For {{ shop }}:', after: 'No tables.' }],
    };
    const written = compilePrompt(spec, target).system(VALUES);
    expect(written).toMatch(/^For Corner:\n\nYou sort/);
    expect(written).toMatch(/\n\nNo tables\.\n\nBe concise\.$/);
    expect(compilePrompt(spec, { ...target, id: 'q/other' }).system(VALUES)).not.toContain('No tables.');
  });

  test('shows names in the place of values that nobody gave', () => {
    expect(compilePrompt(WHOLE, targetOf('claude')).user(placeholders(WHOLE.variables))).toBe('Message: {{ message }}');
  });
});

const GOLDEN = '3qdl0rf6a13hi';

describe('a template', () => {
  test.each([
    ['{{ shop }}', undefined],
    ['{{ shop | upcase }}{% if vip %}!{% endif %}', undefined],
    ['{{ nobody }}', 'uses {{ nobody }}, and the prompt has no such variable'],
    ['{% if nobody %}x{% endif %}', 'uses {{ nobody }}, and the prompt has no such variable'],
    ['{{ shop', 'is no template'],
    ["{{ 'now' | date: '%Y' }}", 'undefined filter: date'],
    ['{{ queues | sample }}', 'undefined filter: sample'],
    ["{% include 'other' %}", 'tag "include" not found'],
    ["{% render 'other' %}", 'tag "render" not found'],
    ["{% layout 'other' %}", 'tag "layout" not found'],
    [
      '{% for a in queues %}{% for b in queues %}{% for c in queues %}{% endfor %}{% endfor %}{% endfor %}',
      'loops stand 2 deep at most',
    ],
  ])('%s', (text, wrong) => {
    const problem = templateProblem(text, WHOLE);
    if (wrong === undefined) expect(problem).toBeUndefined();
    else expect(problem).toContain(wrong);
  });
});
