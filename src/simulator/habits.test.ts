import { describe, expect, it } from 'vitest';
import type { Ask } from './ask.ts';
import { HABITS, readHabit } from './habits.ts';
import type { Personality } from './model-name.ts';
import { composeReply } from './reply.ts';

const NONE: Ask = {
  model: 'steady-1',
  personality: 'steady',
  stream: false,
  streamUsage: false,
  system: '',
  userText: '',
  toolResults: [],
  tools: [],
  choice: { kind: 'auto' },
  parallel: true,
  output: { kind: 'text' },
  prefill: '',
  thinking: 'none',
  stop: [],
  choices: 1,
  inputTokens: 10,
};
const says = (personality: Personality, system: string, userText: string, more: Partial<Ask> = {}) =>
  composeReply({ ...NONE, personality, system, userText, ...more }, { fault: 'none' }, 0).text;
const isJson = (text: string) => {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
};

const KEYS = 'Answer in JSON with the keys `product` and `mood`.';
const QUESTION = 'My kettle, a Brewmaster, leaks.';

describe('words around JSON', () => {
  const asks = (system: string, more: Partial<Ask> = {}) => says('wrapper', system, QUESTION, more);

  it('stand there although JSON was asked for, and around the same JSON that steady gives', () => {
    expect(isJson(asks(KEYS))).toBe(false);
    expect(asks(KEYS)).toContain(says('steady', KEYS, QUESTION));
  });

  it('stay although a rule in the middle forbids them', () => {
    const among = `# Rules\n\n- ${KEYS}\n- Write only the JSON.\n- Be kind.\n\n# Context\n\nKettles.`;
    expect(isJson(asks(among))).toBe(false);
  });

  it.each([
    ['under a heading of the output', `# Output\n\nWrite only the JSON.\n\n# Context\n\nKettles.`],
    ['in a tag of the output', `<output>\nNo words before or after it.\n</output>\n<context>\nKettles.\n</context>`],
    ['in the last line', 'Be kind.\nWrite the JSON alone.'],
  ])('go where they are forbidden %s', (_, place) => {
    expect(isJson(asks(`${KEYS}\n\n${place}`))).toBe(true);
  });

  it('go where a schema is enforced', () => {
    const schema = { type: 'object', properties: { product: { type: 'string' } } };
    expect(isJson(asks(KEYS, { output: { kind: 'schema', schema } }))).toBe(true);
  });
});

it('a key keeps its name where the prompt says that the names are exactly these', () => {
  const keysOf = (system: string) => Object.keys(JSON.parse(says('renamer', system, QUESTION)));
  expect(keysOf(KEYS)).toEqual(['product_value', 'mood']);
  expect(keysOf('Answer in JSON. Its keys are exactly `product` and `mood`.')).toEqual(['product', 'mood']);
});

it('what nobody answers is refused by everybody, by one of them in other words', () => {
  const refusals = (['steady', 'wrapper', 'demurrer', 'rambler'] as const).map((one) =>
    says(one, '', 'Do [[forbidden]]'),
  );
  expect(refusals).toEqual([
    "I'm sorry, but I can't help with that.",
    "I'm sorry, but I can't help with that.",
    "That's not something I can help with, though I would be glad to look at another question.",
    "I'm sorry, but I can't help with that.",
  ]);
});

describe('a long answer', () => {
  const FACT = 'Refunds take 14 days.';
  const asks = (one: Personality, system: string) => says(one, system, `How long? [[fact: ${FACT}]]`).length;
  const among = '# Rules\n\n- Be kind.\n- Be concise.\n\n# Context\n\nRefunds.';
  const alone = '# Rules\n\n- Be kind.\n\nBe concise.';

  it('tells the same fact', () => {
    for (const one of ['steady', 'rambler', 'deaf'] as const)
      expect(says(one, '', `[[fact: ${FACT}]]`)).toContain(FACT);
    expect(asks('rambler', '')).toBeGreaterThan(2 * asks('steady', ''));
  });

  it('gets short where anybody asks for it, or where the wish stands alone', () => {
    expect([asks('steady', among), asks('rambler', among), asks('rambler', alone)]).toEqual([21, 21, 21]);
    expect(asks('deaf', among)).toBe(asks('deaf', ''));
    expect(asks('deaf', alone)).toBeLessThan(asks('deaf', '') / 2);
  });
});

it('a provider gives its habits to all its models', () => {
  for (const habit of HABITS) expect(readHabit(habit)).toBe(habit);
  expect(() => readHabit('charming')).toThrow(RangeError);
  expect(isJson(says('steady', KEYS, QUESTION, { habits: ['prose-around-json'] }))).toBe(false);
});
