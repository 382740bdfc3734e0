import type { Quirks } from '../../model/quirks.ts';
import type { ModelFamily } from './model-family.ts';
import type { PromptSpec } from './prompt-spec.ts';

/** How a prompt is laid out for one family. Each of the fields is decided by one rule, so that no rule depends on another. */
export interface Layout {
  /** What sets sections apart. */
  readonly delimiters: 'xml' | 'markdown';
  /** Where the instructions go: the place of the system, or before the first words of the user. */
  readonly place: 'system' | 'first-user-turn';
  /** Where long material stands beside the rules. */
  readonly context: 'before-rules' | 'after-rules';
  /** The rules stand once more after the context. */
  readonly rulesAgain: boolean;
  readonly examples: 'turns' | 'text';
  /** Where it is said when to call a tool. */
  readonly toolHints: 'description' | 'text';
  /** Whether the shape of a JSON answer is told in words beside the schema. */
  readonly schemaWords: 'none' | 'keys';
  /** Whether the line on brevity stands alone at the very end, or among the rules. */
  readonly brevity: 'alone' | 'among-rules';
  /** The model is told that it may use Markdown, which it otherwise leaves out. */
  readonly markdownMark: boolean;
}

/** What a rule may look at. */
export interface LayoutFacts {
  readonly family: ModelFamily;
  /** The strongest means of structured output that the target has. */
  readonly structuredOutput: Quirks['structuredOutput'];
  readonly spec: PromptSpec;
}

/** A rule of the compiler: which field of the layout it decides, and why it decides so. */
export type LayoutRule = {
  readonly [K in keyof Layout]: {
    readonly name: string;
    readonly sets: K;
    /** In one or two sentences, for the documentation. */
    readonly why: string;
    /** Page that it rests on. */
    readonly source: string;
    decide(facts: LayoutFacts): Layout[K];
  };
}[keyof Layout];

/** Characters of a context that is long: about 2,000 tokens. */
const LONG_CONTEXT_CHARS = 8_000;

const XML: readonly ModelFamily[] = ['claude'];
const OPENAI: readonly ModelFamily[] = ['openai-gpt', 'openai-reasoning'];

/** In any order: every field has one rule. */
export const LAYOUT_RULES: readonly LayoutRule[] = [
  {
    name: 'delimiters',
    sets: 'delimiters',
    why: 'Claude is trained to take XML tags for the borders of sections. OpenAI recommends Markdown headings to begin with, which every other family reads as well.',
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/use-xml-tags',
    decide: ({ family }) => (XML.includes(family) ? 'xml' : 'markdown'),
  },
  {
    name: 'system-place',
    sets: 'place',
    why: 'Gemma knows no system role: instructions stand at the beginning of the first turn of the user. Every other family has a place of its own for them.',
    source: 'https://ai.google.dev/gemma/docs/formatting',
    decide: ({ family }) => (family === 'gemma' ? 'first-user-turn' : 'system'),
  },
  {
    name: 'context-place',
    sets: 'context',
    why: 'Claude and Gemini answer better where long material comes first and the instructions after it. OpenAI prefers instructions above the context where they stand once.',
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/long-context-tips',
    decide: ({ family }) => (family === 'claude' || family === 'gemini' ? 'before-rules' : 'after-rules'),
  },
  {
    name: 'rules-again',
    sets: 'rulesAgain',
    why: `Above a long context (${LONG_CONTEXT_CHARS} characters in the file) the GPT family follows rules best that stand before and after it.`,
    source: 'https://cookbook.openai.com/examples/gpt4-1_prompting_guide',
    decide: ({ family, spec }) => family === 'openai-gpt' && (spec.context?.length ?? 0) >= LONG_CONTEXT_CHARS,
  },
  {
    name: 'examples',
    sets: 'examples',
    why: 'Claude takes examples in tags for patterns to follow, and reasoning models take turns that they never thought about for their own. The others imitate turns best.',
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/multishot-prompting',
    decide: ({ family }) =>
      family === 'claude' || family === 'openai-reasoning' || family === 'gemma' ? 'text' : 'turns',
  },
  {
    name: 'tool-hints',
    sets: 'toolHints',
    why: 'The large vendors’ models choose tools by their descriptions. Open models see those in a template of their host’s that may shorten them: the hint stands in the instructions too.',
    source: 'https://cookbook.openai.com/examples/gpt4-1_prompting_guide',
    decide: ({ family }) =>
      OPENAI.includes(family) || family === 'claude' || family === 'gemini' ? 'description' : 'text',
  },
  {
    name: 'schema-words',
    sets: 'schemaWords',
    why: 'Where a target has no native schema, nothing but words keeps prose from around the JSON and names as they are. Where it has one, words would only compete with it.',
    source: 'https://platform.openai.com/docs/guides/structured-outputs',
    decide: ({ structuredOutput, spec }) =>
      spec.output?.schema !== undefined && structuredOutput !== 'native' ? 'keys' : 'none',
  },
  {
    name: 'brevity-line',
    sets: 'brevity',
    why: 'A wish for brevity in a list of rules is one of many and is lost first. OpenAI’s models weigh rules alike; every other family follows it best as the last line, alone.',
    source: 'https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/claude-prompting-best-practices',
    decide: ({ family }) => (OPENAI.includes(family) ? 'among-rules' : 'alone'),
  },
  {
    name: 'markdown-mark',
    sets: 'markdownMark',
    why: 'Reasoning models of OpenAI leave Markdown out unless their instructions begin with the words `Formatting re-enabled`.',
    source: 'https://platform.openai.com/docs/guides/reasoning-best-practices',
    decide: ({ family, spec }) => family === 'openai-reasoning' && spec.output?.markdown === true,
  },
];

/** The layout that the rules decide on. `rules` is there to show that their order makes no difference. */
export function layoutOf(facts: LayoutFacts, rules: readonly LayoutRule[] = LAYOUT_RULES): Layout {
  const decided: Partial<Record<keyof Layout, Layout[keyof Layout]>> = {};
  for (const rule of rules) decided[rule.sets] = rule.decide(facts);
  return { ...PLAIN, ...(decided as Partial<Layout>) };
}

/** What holds where no rule says otherwise. */
const PLAIN: Layout = {
  delimiters: 'markdown',
  place: 'system',
  context: 'after-rules',
  rulesAgain: false,
  examples: 'turns',
  toolHints: 'description',
  schemaWords: 'none',
  brevity: 'among-rules',
  markdownMark: false,
};

/**
 * Edition of what the rules write. It is part of every version: words that are laid out otherwise are other words, and
 * evidence on the old ones does not hold for them.
 */
export const LAYOUT_EDITION = 1;
