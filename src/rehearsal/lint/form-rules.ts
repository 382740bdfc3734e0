import { isJsonObject, type JsonValue } from '../../model/json.ts';
import type { LintRule } from './lint-rule.ts';
import { type LintSubject, takesNoNoticeOfSigns } from './lint-subject.ts';
import { isJsonText } from './wording-rules.ts';

/** A span of lengths narrower than this share of its upper end is one answer's length. */
const MIN_SPAN = 0.2;
/** Lengths below this many of a unit are part of many tasks: “one word”, “three lines”. */
const SHORT = { characters: 20, words: 5, sentences: 5, lines: 10 } as const;

/** Assertions about the form of an answer. */
export const FORM_RULES: readonly LintRule[] = [
  {
    name: 'json-as-text',
    about: 'JSON compared as text: blanks, the order of keys and the ways to write a number count there.',
    find({ grader, literals, not }) {
      if (not || (grader !== 'exact' && grader !== 'normalised' && grader !== 'similarity')) return undefined;
      if (!literals.some(isJsonText)) return undefined;
      return {
        message: 'JSON is compared as text, with its blanks and the order of its keys',
        instead: 'json-fields: { expected: … }',
      };
    },
  },
  {
    name: 'key-order',
    about: 'A pattern over two keys of a JSON object or more, which holds in one order of them alone.',
    find({ pattern }) {
      const keys = pattern?.match(/\\?"[\w-]+\\?"\s*(\\s[*+])?\s*:/g) ?? [];
      if (keys.length < 2) return undefined;
      return {
        message: `the keys ${keys.map((key) => key.replace(/\\s[*+]/g, '').replace(/[^\w-]/g, '')).join(', ')} are asked for in this order`,
        instead: 'json-fields: { expected: … }, or json-schema',
      };
    },
  },
  {
    name: 'markdown-form',
    about: 'Code fences, headings, bullets or bold in the demand: how much Markdown a model uses is its habit.',
    find(subject) {
      if (subject.not || takesNoNoticeOfSigns(subject)) return undefined;
      const found =
        subject.literals.find((text) => /```|^#{1,6} |^\s*[-*•] |\*\*[^*]+\*\*/m.test(text)) ?? fenced(subject);
      if (found === undefined) return undefined;
      return {
        message: 'the demand has Markdown in it, which other models use more or less of',
        instead: instead(subject),
      };
    },
  },
  {
    name: 'number-format',
    about: 'A number as text, with its separators and its currency sign.',
    find({ grader, literals, not }) {
      if (not || (grader !== 'exact' && grader !== 'contains-facts' && grader !== 'regex')) return undefined;
      const text = literals.find((one) => /^\s*[$€£¥]?\s?\d{1,3}(?:[,.' ]\d{3})+(?:[.,]\d+)?\s?[$€£¥%]?\s*$/.test(one));
      if (text === undefined) return undefined;
      return {
        message: `${JSON.stringify(text)} is one way of several to write this number`,
        instead: 'numeric: { value: …, rel: 0.001 }',
      };
    },
  },
  {
    name: 'narrow-length',
    about: `A length within less than ${MIN_SPAN * 100} % of its upper end: what one model's answer happened to have.`,
    find({ grader, options }) {
      const span = grader === 'length' ? lengthSpan(options) : undefined;
      if (!span || span.max <= SHORT[span.unit] || (span.max - span.min) / span.max >= MIN_SPAN) return undefined;
      return {
        message: `${span.min} to ${span.max} ${span.unit} leaves less than ${MIN_SPAN * 100} % of room`,
        instead: 'length: { max: … } with what the place of the answer can hold',
      };
    },
  },
];

function fenced({ pattern }: LintSubject): string | undefined {
  return pattern !== undefined && /```|\\\*\\\*/.test(pattern) ? pattern : undefined;
}

function instead({ literals, pattern }: LintSubject): string {
  const json = [...literals, pattern ?? ''].some((text) => /```\s*json|[{[]\s*\\?"/.test(text));
  return json
    ? 'json-schema or json-fields, with anywhere: true where prose may stand around it'
    : 'contains-facts with what the answer has to say';
}

function lengthSpan(options: JsonValue): { min: number; max: number; unit: keyof typeof SHORT } | undefined {
  if (!isJsonObject(options)) return undefined;
  const { min, max, unit = 'words' } = options;
  if (typeof min !== 'number' || typeof max !== 'number') return undefined;
  if (unit !== 'characters' && unit !== 'words' && unit !== 'sentences' && unit !== 'lines') return undefined;
  return { min, max, unit };
}
