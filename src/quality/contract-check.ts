import { type Answer, answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { ToolCallPart } from '../model/conversation.ts';
import type { JsonValue } from '../model/json.ts';
import { type ContractRule, isCut, isPending, isRefusal, parseJson, quoted, type Violation } from './contract.ts';
import type { Contract } from './contract-rules.ts';
import { otherLanguage } from './language.ts';
import { LinearPattern } from './linear-pattern.ts';
import { parsePath, valuesAt } from './number-path.ts';
import { refusalOf } from './refusal.ts';
import { type SchemaCheck, schemaCheck } from './schema-check.ts';

/** Steps that all patterns of a contract may take on one answer, about half a second. */
const MAX_PATTERN_STEPS = 20_000_000;

/** A contract that was made ready once, and is asked of many answers. */
export interface ContractCheck {
  readonly contract: Contract;
  /** In which ways the answer breaks it; empty where it keeps it. Its own checks are not asked. Never throws. */
  violations(answer: Answer, request: ChatRequest): Violation[];
}

/** What contracts cannot know by themselves. */
export interface ContractTools {
  /** Tokens of a text, by estimate. */
  countTokens(text: string): number;
}

type Rule = (said: Said) => Violation | undefined;

/** An answer, with what several rules ask of it. */
interface Said {
  readonly answer: Answer;
  readonly request: ChatRequest;
  readonly calls: readonly ToolCallPart[];
  readonly text: string;
  /** The text as JSON; undefined where it is none. */
  readonly value: () => JsonValue | undefined;
}

/**
 * Makes a contract ready: schemas and patterns are compiled here, and never again. Throws `TypeError` for a schema that
 * cannot be checked and a path that is none, `SyntaxError` and `UnsupportedPattern` for a pattern.
 */
export function compileContract(contract: Contract, tools: ContractTools): ContractCheck {
  const always = [...toolRules(contract), ...maximumRules(contract, tools), ...forbiddenRules(contract)];
  const finished = [...outputRules(contract), ...minimumRules(contract, tools), ...contentRules(contract)];
  return {
    contract,
    violations(answer, request) {
      const refused = refusalIn(answer, request, contract);
      if (refused === 'allowed') return [];
      if (refused) return [refused];
      const said = saidIn(answer, request);
      const violations = broken(always, said);
      if (isCut(answer)) {
        const cut = answer.finish === 'length' && contract.truncation === 'forbidden';
        return cut
          ? [violation('truncated', 'the answer was cut: its tokens were used up'), ...violations]
          : violations;
      }
      violations.push(...missingTools(contract, said));
      if (!isPending(answer)) violations.push(...broken(finished, said));
      return violations;
    },
  };
}

function refusalIn(answer: Answer, request: ChatRequest, contract: Contract): Violation | 'allowed' | undefined {
  if (contract.refusal === 'allowed') return isRefusal(answer) ? 'allowed' : undefined;
  const refusal = refusalOf(answer, request);
  if (!refusal || refusal.confidence === 'possible') return undefined;
  return violation('refusal', `the model refuses (${refusal.confidence}, by its ${refusal.by})`);
}

function saidIn(answer: Answer, request: ChatRequest): Said {
  const text = answerText(answer);
  let parsed: { readonly value: JsonValue | undefined } | undefined;
  return {
    answer,
    request,
    calls: answer.parts.filter((part) => part.type === 'tool-call'),
    text,
    value: () => {
      parsed ??= { value: parseJson(text) };
      return parsed.value;
    },
  };
}

function broken(rules: readonly Rule[], said: Said): Violation[] {
  return rules.map((rule) => rule(said)).filter((found) => found !== undefined);
}

function violation(rule: ContractRule, message: string): Violation {
  return { rule, message };
}

function compiled(schema: Parameters<typeof schemaCheck>[0], what: string): SchemaCheck {
  const check = schemaCheck(schema);
  if (check.uncompilable !== undefined) throw new TypeError(`${what}: ${check.uncompilable}`);
  return check;
}

function toolRules(contract: Contract): Rule[] {
  const rules = contract.mustNotCall.map(
    (name): Rule =>
      ({ calls }) =>
        calls.some((call) => call.name === name)
          ? violation('forbidden-tool', `the tool ${quoted(name)} must not be called and was`)
          : undefined,
  );
  for (const [name, schema] of Object.entries(contract.arguments)) {
    const check = compiled(schema, `the arguments of ${quoted(name)}`);
    rules.push(({ answer, calls }) => {
      if (isCut(answer)) return undefined;
      for (const call of calls) {
        if (call.name !== name) continue;
        const why = check.violation(parseJson(call.arguments.trim() || '{}') ?? null);
        if (why !== undefined) return violation('tool-arguments', `the arguments of ${quoted(name)}: ${why}`);
      }
      return undefined;
    });
  }
  return rules;
}

/** A tool that was called since the user last spoke has been called: the answer to its result need not call it again. */
function missingTools({ mustCall }: Contract, { calls, request }: Said): Violation[] {
  if (mustCall.length === 0) return [];
  const called = new Set(calls.map(({ name }) => name));
  const turn = request.messages.findLastIndex(({ role }) => role === 'user');
  for (const message of request.messages.slice(turn + 1)) {
    for (const part of message.parts) if (part.type === 'tool-call') called.add(part.name);
  }
  return mustCall
    .filter((name) => !called.has(name))
    .map((name) => violation('missing-tool', `the tool ${quoted(name)} must be called and was not`));
}

function maximumRules({ length }: Contract, { countTokens }: ContractTools): Rule[] {
  const { maxCharacters = Infinity, maxTokens = Infinity } = length ?? {};
  const rules: Rule[] = [];
  if (maxCharacters < Infinity) {
    rules.push(({ text }) =>
      text.length > maxCharacters
        ? violation('too-long', `${text.length} characters, at most ${maxCharacters}`)
        : undefined,
    );
  }
  if (maxTokens < Infinity) {
    rules.push(({ text }) => {
      const tokens = Math.ceil(countTokens(text));
      return tokens > maxTokens ? violation('too-long', `about ${tokens} tokens, at most ${maxTokens}`) : undefined;
    });
  }
  return rules;
}

function minimumRules({ length }: Contract, { countTokens }: ContractTools): Rule[] {
  const { minCharacters = 0, minTokens = 0 } = length ?? {};
  const rules: Rule[] = [];
  if (minCharacters > 0) {
    rules.push(({ text }) =>
      text.length < minCharacters
        ? violation('too-short', `${text.length} characters, at least ${minCharacters}`)
        : undefined,
    );
  }
  if (minTokens > 0) {
    rules.push(({ text }) => {
      const tokens = Math.ceil(countTokens(text));
      return tokens < minTokens ? violation('too-short', `about ${tokens} tokens, at least ${minTokens}`) : undefined;
    });
  }
  return rules;
}

function forbiddenRules({ forbidden }: Contract): Rule[] {
  return forbidden.map((source) => {
    const occurs = occurrence(source);
    return ({ text }) => {
      const found = occurs(text);
      if (found === 'unknown') return violation('forbidden-pattern', `${quoted(source)} takes too long to look for`);
      return found === 'yes' ? violation('forbidden-pattern', `the text matches ${quoted(source)}`) : undefined;
    };
  });
}

function contentRules({ languages, required, numbers }: Contract): Rule[] {
  const rules = required.map((source): Rule => {
    const occurs = occurrence(source);
    return ({ text }) => {
      const found = occurs(text);
      if (found === 'unknown') return violation('missing-pattern', `${quoted(source)} takes too long to look for`);
      return found === 'no' ? violation('missing-pattern', `the text does not match ${quoted(source)}`) : undefined;
    };
  });
  if (languages.length > 0) {
    rules.push(({ text }) => {
      const other = otherLanguage(text, languages);
      return other === undefined
        ? undefined
        : violation('language', `the text is in ${other}, not in ${languages.join(' or ')}`);
    });
  }
  for (const rule of numbers) rules.push(numberRule(rule));
  return rules;
}

function occurrence(source: string): (text: string) => 'yes' | 'no' | 'unknown' {
  let left = 0;
  const pattern = new LinearPattern(source, (steps) => {
    left -= steps;
    if (left < 0) throw new RangeError('too many steps');
  });
  return (text) => {
    left = MAX_PATTERN_STEPS;
    try {
      return pattern.test(text) ? 'yes' : 'no';
    } catch (error) {
      if (error instanceof RangeError) return 'unknown';
      throw error;
    }
  };
}

function outputRules({ schema }: Contract): Rule[] {
  if (!schema) return [];
  const check = compiled(schema, 'the schema of the contract');
  return [
    ({ value }) => {
      const found = value();
      if (found === undefined) return violation('json', 'the answer is not JSON');
      const why = check.violation(found);
      return why === undefined ? undefined : violation('json-schema', why);
    },
  ];
}

function numberRule({ path, min = -Infinity, max = Infinity }: Contract['numbers'][number]): Rule {
  const steps = parsePath(path);
  if (!steps) throw new TypeError(`${quoted(path)} is no path such as $.items[*].price`);
  return ({ value }) => {
    const root = value();
    if (root === undefined) return violation('json', `${path}: the answer is not JSON`);
    const found = valuesAt(root, steps);
    // A list without entries has none that is out of bounds.
    if (found.length === 0 && !steps.includes('every')) return violation('number', `${path} is not there`);
    for (const one of found) {
      if (typeof one !== 'number') return violation('number', `${path} is no number`);
      if (one < min) return violation('number', `${path} is ${one}, at least ${min}`);
      if (one > max) return violation('number', `${path} is ${one}, at most ${max}`);
    }
    return undefined;
  };
}
