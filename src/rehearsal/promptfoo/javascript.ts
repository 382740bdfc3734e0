import type { JsonObject, JsonValue } from '../../model/json.ts';
import { nested, type OutputView, viewOf } from './output-view.ts';

/** What the answers of a case are, beside text. */
export interface OutputFacts {
  /** What `output` stands for, after the transforms of the test. */
  readonly base: OutputView;
  /** Tools that are offered: with any, promptfoo's output is the calls. */
  readonly tools: readonly string[];
}

const LITERAL = /^(?:'([^'\\]*)'|"([^"\\]*)"|`([^`\\$]*)`|(-?\d+(?:\.\d+)?)|(true|false|null))$/;

/** The value of a literal; `undefined` for everything else. */
function literal(text: string): JsonValue | undefined {
  const found = LITERAL.exec(text.trim());
  if (!found) return undefined;
  const [, single, double, tick, number, word] = found;
  if (number !== undefined) return Number(number);
  if (word !== undefined) return word === 'null' ? null : word === 'true';
  return single ?? double ?? tick ?? '';
}

/**
 * The demands of a simple expression of JavaScript, by its form: `output.includes('x')`, `output.length <= 100`,
 * `output === 'y'`, `JSON.parse(output).a === 1`, tests of a pattern, several of them with `&&`. Nothing is run.
 * `undefined` for everything else.
 */
export function fromJavascript(source: string, facts: OutputFacts): readonly JsonObject[] | undefined {
  const expression = source
    .trim()
    .replace(/^return\s+/, '')
    .replace(/;\s*$/, '');
  if (/[;\n{]/.test(expression.replace(/(["'`])(?:\\.|(?!\1).)*\1/g, ''))) return undefined;
  const parts = splitTop(expression, '&&');
  const demands = parts.map((part) => demandOf(unwrapped(part), facts));
  return demands.every((demand) => demand !== undefined) ? demands : undefined;
}

/** Cuts at an operator that stands in no bracket and no quotation marks. */
function splitTop(text: string, operator: '&&' | '||'): string[] {
  const parts: string[] = [];
  let [depth, from, quote] = [0, 0, ''];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (quote !== '') {
      if (sign === '\\') at += 1;
      else if (sign === quote) quote = '';
    } else if ('"\'`'.includes(sign)) quote = sign;
    else if ('([{'.includes(sign)) depth += 1;
    else if (')]}'.includes(sign)) depth -= 1;
    else if (depth === 0 && text.startsWith(operator, at)) {
      parts.push(text.slice(from, at));
      at += 1;
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)].map((part) => part.trim());
}

function unwrapped(text: string): string {
  return text.startsWith('(') && text.endsWith(')') && !text.slice(1, -1).includes(')')
    ? text.slice(1, -1).trim()
    : text;
}

function demandOf(text: string, facts: OutputFacts): JsonObject | undefined {
  const choices = splitTop(text, '||');
  if (choices.length > 1) return anyOf(choices, facts);
  if (text.startsWith('!')) {
    const held = demandOf(unwrapped(text.slice(1).trim()), facts);
    return held && !('not' in held) ? { ...held, not: true } : undefined;
  }
  return (
    methodDemand(text, facts) ?? lengthDemand(text, facts) ?? patternDemand(text, facts) ?? equalDemand(text, facts)
  );
}

/** Several texts one of which has to be there. */
function anyOf(choices: readonly string[], facts: OutputFacts): JsonObject | undefined {
  const texts = choices.flatMap((choice) => {
    const demand = demandOf(unwrapped(choice), facts)?.['contains-facts'];
    const [only] =
      typeof demand === 'object' && demand !== null && 'facts' in demand && Array.isArray(demand.facts)
        ? demand.facts
        : [];
    return typeof only === 'string' ? [only] : [];
  });
  return texts.length === choices.length ? { 'contains-facts': { facts: [texts], exactly: true } } : undefined;
}

function methodDemand(text: string, facts: OutputFacts): JsonObject | undefined {
  const found = /^(.+?)(\.toLowerCase\(\)|\.trim\(\))?\.(includes|startsWith|endsWith)\(([^()]+)\)$/s.exec(text);
  const [, place = '', change, method, argument = ''] = found ?? [];
  const value = literal(argument);
  const view = found ? viewOf(place, facts.base, facts.tools.length > 0) : undefined;
  if (typeof value !== 'string' || value === '' || !view) return undefined;
  const folds = change === '.toLowerCase()';
  if (view.kind === 'json' && method === 'includes' && !folds) return holdsWithin(view.path, value);
  if (view.kind !== 'text') return undefined;
  const pattern = method === 'startsWith' ? `^${escaped(value)}` : `${escaped(value)}$`;
  if (method === 'includes' && !folds) return { 'contains-facts': { facts: [value], exactly: true } };
  return { regex: { pattern: method === 'includes' ? escaped(value) : pattern, ignoreCase: folds } };
}

/** A list that holds a value, or a text that holds a text. */
function holdsWithin(path: readonly string[], value: string): JsonObject | undefined {
  const inner: JsonObject = {
    anyOf: [
      { type: 'array', contains: { const: value } },
      { type: 'string', pattern: escaped(value) },
    ],
  };
  const schema = [...path]
    .reverse()
    .reduce<JsonObject>((held, name) => ({ type: 'object', properties: { [name]: held }, required: [name] }), inner);
  return { 'json-schema': { schema } };
}

function lengthDemand(text: string, { base }: OutputFacts): JsonObject | undefined {
  const found = /^output(?:\.trim\(\))?\.length\s*(<=|<|>=|>|===|==)\s*(\d+)$/.exec(text);
  if (!found || base.kind !== 'text') return undefined;
  const count = Number(found[2]);
  const bounds: Readonly<Record<string, JsonObject>> = {
    '<=': { max: count },
    '<': { max: Math.max(0, count - 1) },
    '>=': { min: count },
    '>': { min: count + 1 },
    '===': { min: count, max: count },
    '==': { min: count, max: count },
  };
  return { length: { unit: 'characters', ...bounds[found[1] ?? ''] } };
}

function patternDemand(text: string, { base }: OutputFacts): JsonObject | undefined {
  const found =
    /^\/((?:\\.|[^/\\])+)\/([a-z]*)\.test\(output\)$/.exec(text) ??
    /^output\.match\(\/((?:\\.|[^/\\])+)\/([a-z]*)\)$/.exec(text);
  const [, pattern, flags = ''] = found ?? [];
  if (pattern === undefined || base.kind !== 'text' || /[^ig]/.test(flags)) return undefined;
  return { regex: { pattern, ignoreCase: flags.includes('i') } };
}

function equalDemand(text: string, facts: OutputFacts): JsonObject | undefined {
  const found = /^(.+?)\s*([!=]==?)\s*(.+)$/s.exec(text);
  if (!found) return undefined;
  const [, left = '', operator = '', right = ''] = found;
  const value = literal(right) ?? literal(left);
  const place = literal(right) === undefined ? right : left;
  const view = viewOf(place.replace(/\.trim\(\)$/, ''), facts.base, facts.tools.length > 0);
  if (value === undefined || !view) return undefined;
  const demand = isEqual(view, value, facts.tools);
  return demand && (operator.startsWith('!') ? { ...demand, not: true } : demand);
}

/** The demand that what a view looks at is a value. */
export function isEqual(view: OutputView, value: JsonValue, tools: readonly string[]): JsonObject | undefined {
  switch (view.kind) {
    case 'text':
      return typeof value === 'string' ? { exact: value } : undefined;
    case 'json': {
      const expected = nested(view.path, value);
      return expected && { 'json-fields': { expected } };
    }
    case 'call-name':
      return typeof value === 'string' && value !== '' ? { 'tool-call': value } : undefined;
    case 'call-arguments': {
      const [name, ...more] = tools;
      const wanted = nested(view.path, value);
      return name === undefined || more.length > 0 || !wanted
        ? undefined
        : { 'tool-call': { name, arguments: wanted } };
    }
  }
}

export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
