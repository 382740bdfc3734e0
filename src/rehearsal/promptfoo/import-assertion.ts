import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { readAssertion } from '../evals/read-assertion.ts';
import { type AssertionContext, BY_TYPE, type Demand, near, same, unsupported } from './assertion-types.ts';
import { fromJavascript, isEqual } from './javascript.ts';
import { written } from './nunjucks.ts';
import { JSON_WHOLE, type OutputView, TEXT, viewOf } from './output-view.ts';

/** One assertion of promptfoo's, and what became of it. */
export interface ImportedAssertion {
  readonly type: string;
  readonly how: Demand['how'];
  /** As a suite writes it; of an unsupported one, with its reason. */
  readonly written: JsonObject;
  /** Why it is not the same, or not supported. */
  readonly because?: string;
}

/** Demands of one assertion: several where it holds several, none where it is about nothing here. */
export function importAssertion(
  assertion: JsonObject,
  variables: JsonObject,
  context: AssertionContext,
): readonly ImportedAssertion[] {
  const type = typeof assertion.type === 'string' ? assertion.type : '(none)';
  if (type === 'assert-set') return importSet(assertion, variables, context);
  const not = type.startsWith('not-');
  const plain = not ? type.slice(4) : type;
  return demandsOf(plain, assertion, variables, context).map((demand) =>
    finished(demand, assertion, { type, plain, not }),
  );
}

function demandsOf(
  type: string,
  assertion: JsonObject,
  variables: JsonObject,
  context: AssertionContext,
): readonly Demand[] {
  let value: JsonValue;
  try {
    value = type === 'javascript' ? (assertion.value ?? null) : written(assertion.value ?? null, variables);
  } catch (error) {
    return [unsupported(`its value is no template that can be written out here: ${firstLine(error)}`)];
  }
  const { transform } = assertion;
  if (context.transformed !== undefined || transform !== undefined)
    return transformed(type, value, typeof transform === 'string' ? transform : 'output', context);
  if (type === 'javascript') return javascript(value, context);
  const convert = BY_TYPE.get(type);
  return [
    convert
      ? convert({ assertion, value, context })
      : unsupported(`${type} is no type of assertion that is known here`),
  ];
}

const CODE = 'code of promptfoo’s users is never run here; write a grader for it, or a module that exports grade';

/** An answer that was asked for by a schema is an object in promptfoo's `output`. */
function javascript(value: JsonValue, { parsed, tools }: AssertionContext): readonly Demand[] {
  const base = parsed ? JSON_WHOLE : TEXT;
  if (typeof value !== 'string' || value.startsWith('file://')) return [unsupported(CODE)];
  const demands = fromJavascript(value, { base, tools });
  return demands ? demands.map(same) : [unsupported(CODE)];
}

/** What is demanded of a part of the output that a transform picks out. */
function transformed(type: string, value: JsonValue, transform: string, context: AssertionContext): readonly Demand[] {
  const { base, tools } = context;
  if (context.transformed === 'code')
    return [unsupported('the test transforms the answer by code, which is never run here')];
  const view = viewOf(transform, base, tools.length > 0);
  if (!view) return [unsupported(`its transform is code, which is never run here: ${transform.slice(0, 80)}`)];
  if (type === 'javascript' && typeof value === 'string')
    return fromJavascript(value, { base: view, tools })?.map(same) ?? [unsupported(CODE)];
  const demand = ofView(type, value, view, context);
  return [demand ?? unsupported(`${type} of a part of the answer (${transform}) has no grader here`)];
}

function ofView(type: string, value: JsonValue, view: OutputView, context: AssertionContext): Demand | undefined {
  if (view.kind === 'text') return BY_TYPE.get(type)?.({ assertion: { value }, value, context });
  if (type === 'equals') {
    const demand = isEqual(view, value, context.tools);
    return demand && same(demand);
  }
  if (view.kind !== 'json') return undefined;
  if (type === 'is-json' && view.path.length === 0)
    return same({ 'json-schema': isJsonObject(value) ? { schema: value } : {} });
  return type === 'contains-any' && Array.isArray(value) ? anyWithin(view.path, value) : undefined;
}

function anyWithin(path: readonly string[], values: readonly JsonValue[]): Demand {
  const inner: JsonObject = { type: 'array', contains: { enum: [...values] } };
  const schema = [...path]
    .reverse()
    .reduce<JsonObject>((held, name) => ({ type: 'object', properties: { [name]: held }, required: [name] }), inner);
  return near({ 'json-schema': { schema } }, 'a member of the list has to be one of the values, not to contain it');
}

/** A set all of whose members have to hold is no more than its members; one with a threshold is. */
function importSet(
  assertion: JsonObject,
  variables: JsonObject,
  context: AssertionContext,
): readonly ImportedAssertion[] {
  const members = Array.isArray(assertion.assert) ? assertion.assert.filter(isJsonObject) : [];
  if (assertion.threshold !== undefined) {
    const because =
      'a set of assertions with a threshold of its own has no form here; metrics are averaged over a case';
    return [
      {
        type: 'assert-set',
        how: 'unsupported',
        written: { unsupported: because, label: `a set of ${members.length} assertions` },
        because,
      },
    ];
  }
  const { metric } = assertion;
  return members.flatMap((member) =>
    importAssertion({ ...(metric === undefined ? {} : { metric }), ...member }, variables, context),
  );
}

function finished(
  demand: Demand,
  assertion: JsonObject,
  { type, plain, not }: { readonly type: string; readonly plain: string; readonly not: boolean },
): ImportedAssertion {
  const beside = besideOf(assertion, type);
  if (demand.how === 'unsupported') return refused(type, demand.because, assertion, beside);
  const negated = not !== (demand.written.not === true);
  const { not: _, ...held } = demand.written;
  const whole: JsonObject = { ...held, ...(negated ? { not: true } : {}), ...beside };
  const read = readAssertion(whole);
  if ('problems' in read) {
    const [problem] = read.problems;
    return refused(type, `${plain}: ${problem?.message ?? 'cannot be written here'}`, assertion, beside);
  }
  return { type, how: demand.how, written: whole, ...(demand.how === 'near' ? { because: demand.because } : {}) };
}

function refused(type: string, because: string, assertion: JsonObject, beside: JsonObject): ImportedAssertion {
  const value = assertion.value === undefined ? '' : `: ${JSON.stringify(assertion.value)}`;
  const label = `${type}${value}`.replace(/\s+/g, ' ').slice(0, 200);
  return { type, how: 'unsupported', because, written: { unsupported: `${type}: ${because}`, ...beside, label } };
}

/** Names of metrics are free in promptfoo, and lower-case words here. */
function besideOf({ metric }: JsonObject, type: string): JsonObject {
  if (typeof metric !== 'string') return {};
  const slug = metric
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 64);
  return slug === '' ? { label: `${type}, ${metric}`.slice(0, 500) } : { metric: slug };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
