import { jsonOf } from '../../quality/graders/json-text.ts';
import { wordsOf } from '../../quality/graders/normal-form.ts';
import { REFUSAL_PHRASES } from '../../quality/refusal-phrases.ts';
import type { LintRule } from './lint-rule.ts';
import { type LintSubject, takesNoNoticeOfSigns } from './lint-subject.ts';

/** So many words are a sentence, and the same sentence twice is one model's wording. */
const MAX_EXACT_WORDS = 6;
/** Likeness from which on it is the wording that is compared. */
const MAX_SIMILARITY = 0.9;

const NO_REFUSAL = 'no-refusal: true, or not: true beside it where a refusal is what is wanted';

function firstLiteral({ literals }: LintSubject, fits: (text: string) => boolean): string | undefined {
  const found = literals.find(fits);
  return found === undefined ? undefined : JSON.stringify(found.length > 60 ? `${found.slice(0, 60)}…` : found);
}

const CONTRACTED =
  /\b(i'?m sorry|i apologi[sz]e|i can(?:'|no)?t (?:help|assist)|unable to (?:help|assist)|not able to (?:help|assist)|as an ai\b)/;

function isRefusal(text: string): boolean {
  const plain = text.toLowerCase().replaceAll('’', "'").trim();
  return CONTRACTED.test(plain) || REFUSAL_PHRASES.some(({ opening }) => opening.test(plain));
}

const SELF =
  /\b(i am|i'm|my name is|this is) (claude|chatgpt|gpt|gemini|bard|llama|mistral|grok|qwen|deepseek|copilot)\b|\b(created|made|developed|trained|built) by (openai|anthropic|google|meta|mistral|xai|alibaba|deepseek|microsoft)\b|\blarge language model\b|\bai language model\b|\bmy (knowledge cutoff|training data)\b/i;

const OPENING =
  /^(sure|certainly|absolutely|of course|great question|good question|happy to help|here(?:'s| is| are)|thank you for|thanks for|i'd be happy|let me)\b/i;
const CLOSING =
  /(let me know if|feel free to|hope this helps|don't hesitate|do not hesitate|is there anything else|any (?:other|further) questions)[^.!?]*[.!?]?$/i;

/** Assertions about words. */
export const WORDING_RULES: readonly LintRule[] = [
  {
    name: 'literal-refusal',
    about:
      'A phrase of refusal. Every model refuses in its own words: another one that refuses is not seen, and one that does not is not believed.',
    find(subject) {
      const text = firstLiteral(subject, isRefusal);
      if (text === undefined) return undefined;
      const message = subject.not
        ? `${text} is how one model refuses; a refusal in other words passes`
        : `${text} is how one model refuses; another refuses in other words and fails`;
      return { message, instead: NO_REFUSAL };
    },
  },
  {
    name: 'self-description',
    about: 'What a model says of itself, its maker or its training.',
    find(subject) {
      const text = firstLiteral(subject, (one) => SELF.test(one));
      if (text === undefined || subject.not) return undefined;
      return {
        message: `${text} is what one model says of itself`,
        instead: 'the name that the prompt gives the assistant, as contains-facts',
      };
    },
  },
  {
    name: 'literal-opening',
    about:
      'How an answer begins or ends: “Sure!”, “Here is”, “Let me know if”. A habit of one model, and most often no part of the task.',
    find(subject) {
      if (subject.not) return undefined;
      const text = firstLiteral(subject, (one) => OPENING.test(one.trim()) || CLOSING.test(one.trim()));
      if (text === undefined) return undefined;
      return {
        message: `${text} is how one model begins or ends`,
        instead: 'contains-facts with what the answer has to say',
      };
    },
  },
  {
    name: 'exact-wording',
    about: `A text of more than ${MAX_EXACT_WORDS} words to the letter, but for case and punctuation, or by a likeness of ${MAX_SIMILARITY} and more.`,
    find(subject) {
      if (subject.not || !isWordForWord(subject)) return undefined;
      const text = firstLiteral(subject, (one) => wordsOf(one).length > MAX_EXACT_WORDS && !isJsonText(one));
      if (text === undefined) return undefined;
      return {
        message: `${text} is one way of many to say it`,
        instead: 'contains-facts with the facts of it, or a rubric',
      };
    },
  },
  {
    name: 'typography',
    about: 'Signs that models choose by habit: … or ..., curly or straight quotes, long or short dashes.',
    find(subject) {
      if (takesNoNoticeOfSigns(subject)) return undefined;
      const text = firstLiteral(subject, (one) => /[…“”‘’—–]|\.\.\./.test(one));
      if (text === undefined || isAnyDots(subject)) return undefined;
      return {
        message: `${text} asks for one of several ways to set a sign`,
        instead: 'normalised or contains-facts, which take no notice of signs',
      };
    },
  },
];

/** In a pattern three dots stand for any three characters. */
function isAnyDots({ pattern }: LintSubject): boolean {
  return pattern !== undefined && !/[…“”‘’—–]|\\\.\\\.\\\./.test(pattern);
}

function isWordForWord({ grader, options }: LintSubject): boolean {
  if (grader === 'exact' || grader === 'normalised' || grader === 'contains-facts') return true;
  if (grader !== 'similarity' || typeof options !== 'object' || options === null || Array.isArray(options))
    return false;
  return typeof options.threshold === 'number' && options.threshold >= MAX_SIMILARITY;
}

export function isJsonText(text: string): boolean {
  return /^\s*[{[]/.test(text) && jsonOf(text, false) !== undefined;
}
