import * as z from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Grader } from '../../quality/graders/grader.ts';
import { moduleSchema } from '../../quality/graders/module.ts';
import { GRADERS, graderNamed } from '../../quality/graders/registry.ts';
import { rubricSchema } from '../../quality/graders/rubric.ts';
import { DEFAULT_METRIC, type SuiteAssertion } from './suite.ts';

/** What may stand beside the grader's name. */
const BESIDE = ['metric', 'not', 'label'];
const METRIC = /^[a-z][a-z0-9-]{0,63}$/;
/** An import that cannot be judged says so in the grader's place. */
const UNSUPPORTED = 'unsupported';

/**
 * One demand: an object with the name of one grader and its options, and `metric`, `not` or `label` beside it.
 * `unsupported: why` stands for a demand of another tool that cannot be judged here.
 */
export const assertionSchema = z
  .custom<JsonObject>(isJsonObject, { error: 'is no assertion: write a grader and its options, e.g. exact: "yes"' })
  .transform((written, context): SuiteAssertion => {
    const found = readAssertion(written);
    if (!('problems' in found)) return found;
    for (const { path, message } of found.problems) context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  });

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export function readAssertion(written: JsonObject): SuiteAssertion | { readonly problems: readonly Problem[] } {
  const names = Object.keys(written).filter((name) => !BESIDE.includes(name));
  const [name] = names;
  if (name === undefined || names.length > 1) {
    const message = `names ${names.length === 0 ? 'no grader' : `${names.length} graders (${names.join(', ')})`}, and one belongs`;
    return { problems: [{ path: [], message }] };
  }
  const metric = written.metric ?? (name === 'rubric' ? 'rubric' : DEFAULT_METRIC);
  if (typeof metric !== 'string' || !METRIC.test(metric))
    return { problems: [{ path: ['metric'], message: 'is no metric: write lower-case letters, digits and dashes' }] };
  const not = written.not ?? false;
  if (typeof not !== 'boolean') return { problems: [{ path: ['not'], message: 'is neither true nor false' }] };
  const label = written.label;
  if (label !== undefined && (typeof label !== 'string' || label.length > 500))
    return { problems: [{ path: ['label'], message: 'is no short text' }] };
  const options = written[name] ?? null;
  const facts = { metric, not, written, ...(label !== undefined && { label }) };
  if (name === UNSUPPORTED) return unsupported(options, facts);
  const grader = graderNamed(name);
  if (!grader) {
    const message = `is no grader; graders are ${GRADERS.map((one) => one.name).join(', ')}`;
    return { problems: [{ path: [name], message }] };
  }
  return withGrader(grader, options, facts);
}

interface Facts {
  readonly metric: string;
  readonly not: boolean;
  readonly written: JsonObject;
  readonly label?: string;
}

function unsupported(why: JsonValue, facts: Facts): SuiteAssertion | { readonly problems: readonly Problem[] } {
  if (typeof why !== 'string' || why === '')
    return { problems: [{ path: [UNSUPPORTED], message: 'does not say why' }] };
  return { label: 'cannot be judged here', ...facts, grader: UNSUPPORTED, kind: 'unsupported', why };
}

function withGrader(
  grader: Grader,
  options: JsonValue,
  facts: Facts,
): SuiteAssertion | { readonly problems: readonly Problem[] } {
  const parsed = grader.schema.safeParse(options);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, [grader.name])) };
  const common = { ...facts, grader: grader.name };
  if (grader.kind === 'pure') {
    const read = grader.read(options);
    return { label: labelled(read.label, facts), ...common, kind: 'pure', read };
  }
  const label = labelled(grader.label(options), facts);
  if (grader.name === 'rubric') return { label, ...common, kind: 'rubric', rubric: rubricSchema.parse(options) };
  return { label, ...common, kind: 'module', module: moduleSchema.parse(options) };
}

function labelled(label: string, { not }: Facts): string {
  return not ? `not: ${label}` : label;
}

/** Of a union the branch whose kind of value was meant. */
export function problemsOf(issue: z.core.$ZodIssue, above: readonly (string | number)[]): Problem[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is no option here' }));
  if (issue.code !== 'invalid_union') return [{ path, message: wordsOf(issue) }];
  const isOfKind = (branch: readonly z.core.$ZodIssue[]) =>
    !branch.some(
      (inner) => inner.path.length === 0 && (inner.code === 'invalid_type' || inner.code === 'invalid_value'),
    );
  const meant = issue.errors.find(isOfKind) ?? [];
  return meant.length > 0
    ? meant.flatMap((inner) => problemsOf(inner, path))
    : [{ path, message: 'has the wrong form' }];
}

function wordsOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined && issue.message.includes('undefined')
        ? 'is missing'
        : `is no ${issue.expected}`;
    case 'invalid_value':
      return issue.message.startsWith('Invalid') ? `is none of ${issue.values.map(String).join(', ')}` : issue.message;
    case 'too_small':
      return issue.message.startsWith('Too') ? `is less than ${issue.minimum}` : issue.message;
    case 'too_big':
      return issue.message.startsWith('Too') ? `is more than ${issue.maximum}` : issue.message;
    default:
      return issue.message;
  }
}
