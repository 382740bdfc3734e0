import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { expectedAssertion } from './expected.ts';
import { isFile, PromptfooError, type ReadSource, sourceValue } from './source.ts';

/** One test with one value for each of its variables. */
export interface ImportedTest {
  /** Where it stands: `test 3`, or with a letter where lists of values made several of it. */
  readonly place: string;
  readonly description?: string;
  readonly variables: JsonObject;
  readonly assertions: readonly JsonObject[];
  /** JavaScript that changes the answer before it is judged. */
  readonly transform?: string;
  /** What a suite has no form for. */
  readonly ignored: readonly string[];
}

/** Cases that lists of values may make of one configuration. */
const MAX_TESTS = 5_000;

/** The tests of a configuration, its defaults and scenarios filled in, and lists of values taken apart. */
export function importTests(config: JsonObject, read: ReadSource): ImportedTest[] {
  const defaults = isFile(config.defaultTest) ? sourceValue(config.defaultTest, read) : (config.defaultTest ?? null);
  const common = isJsonObject(defaults) ? defaults : {};
  const plain = listOf(config.tests, read).map((test, at) => whole(test, common, `test ${at + 1}`, read));
  const scenarios = Array.isArray(config.scenarios) ? config.scenarios.filter(isJsonObject) : [];
  const staged = scenarios.flatMap((scenario, at) => scenarioTests(scenario, common, `scenario ${at + 1}`, read));
  // Without a test the prompts are asked once, and the defaults are what is demanded.
  const found = plain.length + staged.length > 0 ? [...plain, ...staged] : [whole({}, common, 'test 1', read)];
  const tests = found.flatMap((test) => apart(test));
  if (tests.length > MAX_TESTS) throw new PromptfooError(`its tests make ${tests.length} cases, at most ${MAX_TESTS}`);
  return tests;
}

/** `tests` as promptfoo takes it: a list, a file of one, or a list of both. */
function listOf(value: JsonValue | undefined, read: ReadSource): JsonObject[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') {
    if (/^https?:/.test(value)) throw new PromptfooError(`${value}: nothing is fetched from a network; save it as CSV`);
    const found = sourceValue(value, read);
    return /\.csv$/i.test(value) ? rowsOf(found) : listOf(Array.isArray(found) ? found : [found], read);
  }
  if (Array.isArray(value))
    return value.flatMap((one) => (typeof one === 'string' ? listOf(one, read) : isJsonObject(one) ? [one] : []));
  throw new PromptfooError(
    'tests: is neither a list nor the name of a file; generators are code, which is never run here',
  );
}

function rowsOf(rows: JsonValue): JsonObject[] {
  return Array.isArray(rows) ? rows.filter(isJsonObject).map(rowTest) : [];
}

/** A row of a table: variables, and columns with two underscores for what else a test has. */
function rowTest(row: JsonObject): JsonObject {
  const vars: JsonObject = {};
  const assert: JsonObject[] = [];
  const test: JsonObject = { vars, assert };
  for (const [column, value] of Object.entries(row)) {
    if (typeof value !== 'string') continue;
    if (column.startsWith('__expected')) {
      if (value.trim() !== '') assert.push(expectedAssertion(value));
    } else if (column === '__description') test.description = value;
    else if (column === '__metric') for (const one of assert) one.metric = value;
    else if (column === '__threshold') test.threshold = Number(value);
    else if (column === '__prefix' || column === '__suffix')
      test.options = { ...optionsOf(test), [column.slice(2)]: value };
    else if (!column.startsWith('__')) vars[column] = value;
  }
  return test;
}

function optionsOf(test: JsonObject): JsonObject {
  return isJsonObject(test.options) ? test.options : {};
}

function scenarioTests(scenario: JsonObject, common: JsonObject, place: string, read: ReadSource): ImportedTest[] {
  const configs = listOf(scenario.config, read);
  const tests = listOf(scenario.tests, read);
  return configs.flatMap((config, at) =>
    (tests.length > 0 ? tests : [{}]).map((test, index) => {
      const merged = { ...config, ...test, vars: { ...varsOf(config, read), ...varsOf(test, read) } };
      return whole(merged, common, `${place}, ${at + 1}.${index + 1}`, read);
    }),
  );
}

const IGNORED = ['threshold', 'provider', 'providers', 'prompts', 'providerOutput', 'assertScoringFunction'] as const;
const IGNORED_OPTIONS = ['prefix', 'suffix', 'provider', 'postprocess', 'storeOutputAs', 'runSerially'] as const;

function whole(test: JsonObject, common: JsonObject, place: string, read: ReadSource): ImportedTest {
  const options = { ...optionsOf(common), ...optionsOf(test) };
  const { description } = test;
  const assertions = [...assertionsOf(common), ...assertionsOf(test)];
  return {
    place,
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
    variables: { ...varsOf(common, read), ...varsOf(test, read) },
    assertions,
    ...(typeof options.transform === 'string' ? { transform: options.transform } : {}),
    ignored: [
      ...IGNORED.filter((name) => test[name] !== undefined || common[name] !== undefined),
      ...IGNORED_OPTIONS.filter((name) => options[name] !== undefined).map((name) => `options.${name}`),
      ...(assertions.some(({ weight }) => weight !== undefined && weight !== 1) ? ['weight'] : []),
      ...(options.disableVarExpansion === true ? [KEEP_LISTS] : []),
    ],
  };
}

const KEEP_LISTS = 'options.disableVarExpansion';

function assertionsOf(test: JsonObject): JsonObject[] {
  return Array.isArray(test.assert) ? test.assert.filter(isJsonObject) : [];
}

function varsOf(test: JsonObject, read: ReadSource): JsonObject {
  const held = isFile(test.vars) ? sourceValue(test.vars, read) : (test.vars ?? null);
  if (!isJsonObject(held)) return {};
  return Object.fromEntries(
    Object.entries(held).map(([name, value]) => [name, isFile(value) ? sourceValue(value, read) : value]),
  );
}

/** A variable with a list of values makes a test of each; several make every combination. */
function apart(test: ImportedTest): ImportedTest[] {
  if (test.ignored.includes(KEEP_LISTS))
    return [{ ...test, ignored: test.ignored.filter((name) => name !== KEEP_LISTS) }];
  let sets: JsonObject[] = [{}];
  for (const [name, value] of Object.entries(test.variables)) {
    const values = Array.isArray(value) && value.every((one) => typeof one !== 'object') ? value : [value];
    sets = sets.flatMap((set) => values.map((one) => ({ ...set, [name]: one })));
    if (sets.length > MAX_TESTS)
      throw new PromptfooError(`${test.place}: its lists of values make more than ${MAX_TESTS} cases`);
  }
  return sets.map((variables, at) => ({
    ...test,
    variables,
    place: sets.length > 1 ? `${test.place}.${at + 1}` : test.place,
  }));
}
