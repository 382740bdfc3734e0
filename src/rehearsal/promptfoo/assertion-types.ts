import { parse as parseYaml } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { escaped, type OutputFacts } from './javascript.ts';
import type { OutputView } from './output-view.ts';
import { isFile, type ReadSource, sourceValue } from './source.ts';

/** A demand in a suite's words. `near`: nearly the same, and `because` says where it is not. */
export type Demand =
  | { readonly how: 'same'; readonly written: JsonObject }
  | { readonly how: 'near'; readonly written: JsonObject; readonly because: string }
  | { readonly how: 'unsupported'; readonly because: string };

export const same = (written: JsonObject): Demand => ({ how: 'same', written });
export const near = (written: JsonObject, because: string): Demand => ({ how: 'near', written, because });
export const unsupported = (because: string): Demand => ({ how: 'unsupported', because });

/** What a case has beside its assertions. */
export interface AssertionContext extends OutputFacts {
  readonly base: OutputView;
  /** What the test's own transform makes of the answer; `code`: nobody here knows. */
  readonly transformed?: 'view' | 'code';
  /** The answer is asked for by a JSON Schema. */
  readonly parsed: boolean;
  /** A judge model is named. */
  readonly judge: boolean;
  readonly read: ReadSource;
}

interface Given {
  readonly assertion: JsonObject;
  /** With the variables of its case written in. */
  readonly value: JsonValue;
  readonly context: AssertionContext;
}

type Convert = (given: Given) => Demand;

const NO_JUDGE = 'a model has to judge it; import with --judge provider/model';
const NO_EMBEDDINGS = 'likeness is judged by a model here, not by embeddings';

function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(value: JsonValue): string[] {
  if (typeof value === 'string')
    return value
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  return Array.isArray(value) ? value.flatMap((one) => textOf(one) ?? []) : [];
}

const needsText =
  (make: (text: string) => Demand): Convert =>
  ({ value }) => {
    const text = textOf(value);
    return text === undefined ? unsupported('its value is no text') : make(text);
  };

const needsTexts =
  (make: (texts: string[]) => Demand): Convert =>
  ({ value }) => {
    const texts = textsOf(value);
    return texts.length === 0 ? unsupported('its value is no list of texts') : make(texts);
  };

/** Facts are compared without signs; where a text has any, they count for promptfoo. */
function hasSigns(text: string): boolean {
  return /[\p{P}\p{S}]/u.test(text);
}

const equals: Convert = ({ value }) => {
  if (typeof value === 'object' && value !== null)
    return isJsonObject(value)
      ? same({ 'json-fields': { expected: value, only: true } })
      : unsupported('a list is no object with fields');
  const text = textOf(value);
  return text === undefined ? unsupported('its value is no text') : same({ exact: { text, trim: false } });
};

const icontains = needsText((text) =>
  hasSigns(text)
    ? same({ regex: { pattern: escaped(text), ignoreCase: true } })
    : near({ 'contains-facts': [text] }, 'punctuation is passed over as well as case'),
);

function folded(texts: readonly string[], any: boolean): Demand {
  if (texts.some(hasSigns) && any) return same({ regex: { pattern: texts.map(escaped).join('|'), ignoreCase: true } });
  const facts = any ? [[...texts]] : [...texts];
  return near({ 'contains-facts': facts }, 'punctuation is passed over as well as case');
}

const json =
  (anywhere: boolean): Convert =>
  ({ value, context }) => {
    if (context.tools.length > 0)
      return unsupported('a tool call is no text here; tool-call looks at its name and arguments');
    const schema = schemaOf(value, context.read);
    if (value !== null && value !== '' && !schema) return unsupported('its value is no JSON Schema');
    return same({ 'json-schema': { ...(schema && { schema }), ...(anywhere ? { anywhere } : {}) } });
  };

function schemaOf(value: JsonValue, read: ReadSource): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== 'string' || value === '') return undefined;
  const found: JsonValue = isFile(value) ? sourceValue(value, read) : parseYaml(value);
  return isJsonObject(found) ? found : undefined;
}

const toolsCall: Convert = ({ context: { tools } }) => {
  const [only, ...more] = tools;
  if (only === undefined) return unsupported('no tool is offered in the configuration');
  if (more.length > 0) return unsupported('it names no tool; write tool-call with the one that is wanted');
  return near({ 'tool-call': only }, 'the arguments are not held against the schema of the tool');
};

const rubric =
  (words: (text: string) => string, but?: string): Convert =>
  ({ value, context }) => {
    const text = textOf(value);
    if (text === undefined) return unsupported('its value is no text');
    if (isFile(text)) return unsupported('its rubric is in a file; write it into the assertion');
    if (!context.judge) return unsupported(NO_JUDGE);
    const written = { rubric: { rubric: words(text), mode: 'absolute' } };
    return but === undefined ? same(written) : near(written, but);
  };

const levenshtein: Convert = ({ value, assertion }) => {
  const text = textOf(value);
  if (text === undefined) return unsupported('its value is no text');
  const edits = typeof assertion.threshold === 'number' ? assertion.threshold : 5;
  const threshold = Math.max(0, Math.min(1, 1 - edits / Math.max(1, text.length)));
  return near(
    { similarity: { to: text, by: 'characters', threshold: Math.round(threshold * 1_000) / 1_000 } },
    'edits are counted as a share of the length, without case and punctuation',
  );
};

const rouge: Convert = ({ value, assertion }) => {
  const text = textOf(value);
  if (text === undefined) return unsupported('its value is no text');
  const threshold = typeof assertion.threshold === 'number' ? assertion.threshold : 0.75;
  return near({ similarity: { to: text, by: 'order', threshold } }, 'by the longest common row of words (ROUGE-L)');
};

const wordCount: Convert = ({ value }) => {
  if (typeof value === 'number') return same({ length: { unit: 'words', min: value, max: value } });
  if (!isJsonObject(value)) return unsupported('its value is neither a number nor min and max');
  const { min, max } = value;
  return same({
    length: { unit: 'words', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) },
  });
};

const FINISH: Readonly<Record<string, string>> = {
  stop: 'stop',
  length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-calls',
};

const finishReason = needsText((text) =>
  FINISH[text] === undefined ? unsupported(`${text} is no reason to finish`) : same({ finish: FINISH[text] }),
);

const refusal: Convert = () =>
  near({ 'no-refusal': true, not: true }, 'refusals are found by structure, not by a list of phrases');

const no =
  (because: string): Convert =>
  () =>
    unsupported(because);
const MEASURED = 'it is measured for every target and shown in the report, and is no part of an answer’s quality';
const RETRIEVAL = 'it judges what was retrieved, which an answer does not carry';
const OTHER_MODEL = 'it needs a classifier or a service of its own';
const COMPARES = 'answers are compared with the primary’s anyway: write a rubric, which is pairwise by default';
const SYNTAX = 'there is no grader for this syntax; write a module that exports grade';
const CODE = 'code of promptfoo’s users is never run here; write a grader for it, or a module that exports grade';

/** What each type of assertion becomes, without `not-`; `javascript` and `assert-set` are read elsewhere. */
export const BY_TYPE: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['equals', equals],
  ['contains', needsText((text) => same({ 'contains-facts': { facts: [text], exactly: true } }))],
  ['icontains', icontains],
  ['contains-all', needsTexts((facts) => same({ 'contains-facts': { facts, exactly: true } }))],
  ['contains-any', needsTexts((texts) => same({ 'contains-facts': { facts: [texts], exactly: true } }))],
  ['icontains-all', needsTexts((texts) => folded(texts, false))],
  ['icontains-any', needsTexts((texts) => folded(texts, true))],
  ['starts-with', needsText((text) => same({ regex: `^${escaped(text)}` }))],
  ['regex', needsText((pattern) => same({ regex: pattern }))],
  ['is-json', json(false)],
  ['contains-json', json(true)],
  ['is-valid-openai-tools-call', toolsCall],
  ['is-valid-openai-function-call', toolsCall],
  ['is-valid-function-call', toolsCall],
  ['llm-rubric', rubric((text) => text)],
  ['g-eval', rubric((text) => text, 'one mark from 1 to 5, without steps of evaluation')],
  ['model-graded-closedqa', rubric((text) => `The answer meets this criterion: ${text}`)],
  [
    'factuality',
    rubric((text) => `The answer agrees in its facts with: ${text}`, 'one mark from 1 to 5 instead of five categories'),
  ],
  [
    'model-graded-factuality',
    rubric((text) => `The answer agrees in its facts with: ${text}`, 'one mark from 1 to 5 instead of five categories'),
  ],
  ['similar', rubric((text) => `The answer means the same as: ${text}`, NO_EMBEDDINGS)],
  ['levenshtein', levenshtein],
  ['rouge-n', rouge],
  ['word-count', wordCount],
  ['finish-reason', finishReason],
  ['is-refusal', refusal],
  ['latency', no(MEASURED)],
  ['cost', no(MEASURED)],
  ['perplexity', no(MEASURED)],
  ['perplexity-score', no(MEASURED)],
  ['context-recall', no(RETRIEVAL)],
  ['context-relevance', no(RETRIEVAL)],
  ['context-faithfulness', no(RETRIEVAL)],
  ['answer-relevance', no(NO_EMBEDDINGS)],
  ['moderation', no(OTHER_MODEL)],
  ['classifier', no(OTHER_MODEL)],
  ['guardrails', no(OTHER_MODEL)],
  ['pi', no(OTHER_MODEL)],
  ['select-best', no(COMPARES)],
  ['max-score', no(COMPARES)],
  ['bleu', no('BLEU is a measure of whole corpora; write similarity or contains-facts')],
  ['gleu', no('GLEU is a measure of whole corpora; write similarity or contains-facts')],
  ['meteor', no('METEOR needs a dictionary of synonyms; write similarity or contains-facts')],
  ['is-sql', no(SYNTAX)],
  ['contains-sql', no(SYNTAX)],
  ['is-xml', no(SYNTAX)],
  ['contains-xml', no(SYNTAX)],
  ['is-html', no(SYNTAX)],
  ['contains-html', no(SYNTAX)],
  ['python', no(CODE)],
  ['ruby', no(CODE)],
  ['webhook', no('nothing is sent to addresses that an imported file names')],
  ['conversation-relevance', no('it judges a conversation turn by turn with a judge of its own; write a rubric')],
]);
