import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Demand } from './assertion-types.ts';
import { type ImportedAssertion, importAssertion } from './import-assertion.ts';
import { type ImportedPrompt, importPrompts } from './import-prompts.ts';
import { type ImportedProviders, importProviders } from './import-providers.ts';
import { type ImportedTest, importTests } from './import-tests.ts';
import { variablesOf, withBlanks, written } from './nunjucks.ts';
import { TEXT, viewOf } from './output-view.ts';
import { dereferenced, PromptfooError, type ReadSource, yamlValue } from './source.ts';

export interface ImportOptions {
  /** Of the suite. */
  readonly name: string;
  /** Route whose targets are asked. */
  readonly route: string;
  /** `provider/model` that judges rubrics; without one they cannot be judged. */
  readonly judge?: string;
}

export interface PromptfooImport {
  /** As a suite's file holds it. */
  readonly suite: JsonObject;
  /** What was left out or changed, one sentence each. */
  readonly notes: readonly string[];
  /** Every assertion of the configuration, by what became of it. */
  readonly assertions: readonly ImportedAssertion[];
}

/**
 * A configuration of promptfoo's as a suite: prompts, tests and assertions. Nothing of it is run, and no code in it.
 * @throws PromptfooError where nothing can be made of it
 */
export function importPromptfoo(text: string, read: ReadSource, options: ImportOptions): PromptfooImport {
  const raw = parsed(text);
  const config = dereferenced(raw, raw);
  if (!isJsonObject(config)) throw new PromptfooError('it is no configuration: a group of fields belongs there');
  const notes = new Set<string>();
  const note = (words: string) => void notes.add(words);
  const providers = importProviders(config.providers ?? config.targets, read);
  const prompts = importPrompts(config.prompts ?? '{{prompt}}', read, note);
  if (prompts.length === 0) throw new PromptfooError(`none of its prompts can be taken over: ${[...notes].join('; ')}`);
  if (providers.names.length > 0)
    note(`providers ${providers.names.join(', ')}: the targets of the route are asked instead`);
  const assertions: ImportedAssertion[] = [];
  const cases = importTests(config, read).flatMap((test) =>
    casesOf(test, prompts, { providers, options, read, note, assertions }),
  );
  if (cases.length === 0) throw new PromptfooError('none of its tests demands anything that could be taken over');
  for (const name of ['derivedMetrics', 'nunjucksFilters', 'extensions', 'redteam'])
    if (config[name] !== undefined) note(`${name}: has no form in a suite`);
  return { suite: suiteOf(config, cases, { prompts, providers, options }), notes: [...notes], assertions };
}

function parsed(text: string): JsonObject {
  const value = yamlValue(text);
  if (!isJsonObject(value)) throw new PromptfooError('it is no configuration: a group of fields belongs there');
  return value;
}

interface Around {
  readonly providers: ImportedProviders;
  readonly options: ImportOptions;
  readonly read: ReadSource;
  readonly note: (words: string) => void;
  readonly assertions: ImportedAssertion[];
}

/** One case for each prompt. */
function casesOf(test: ImportedTest, prompts: readonly ImportedPrompt[], around: Around): JsonObject[] {
  const { note } = around;
  const demands = demandsOf(test, around);
  if (demands.length === 0) {
    note(`${test.place}: demands nothing and is left out`);
    return [];
  }
  if (test.ignored.length > 0) note(`${test.place}: ${test.ignored.join(', ')} has no form in a suite and is left out`);
  return prompts.flatMap((prompt) => {
    const variables = variablesFor(prompt, test.variables);
    if (typeof variables === 'string') {
      note(`${test.place}, ${prompt.label}: cannot be written out and is left out: ${variables}`);
      return [];
    }
    const place = test.place.replace(/[^a-z0-9.]+/gi, '-');
    return [
      {
        id: prompts.length > 1 ? `${place}, ${prompt.label}` : place,
        ...(test.description === undefined ? {} : { description: test.description }),
        ...(Object.keys(variables).length > 0 ? { variables } : {}),
        ...(prompts.length > 1 ? { messages: messagesOf(prompt) } : {}),
        assertions: demands.map((demand) => demand.written),
      },
    ];
  });
}

function demandsOf(test: ImportedTest, { providers, options, read, assertions }: Around): readonly ImportedAssertion[] {
  const tools = providers.tools.map((tool) => String(tool.name));
  const base = test.transform === undefined ? TEXT : viewOf(test.transform, TEXT, tools.length > 0);
  const transformed = test.transform === undefined ? {} : { transformed: base ? ('view' as const) : ('code' as const) };
  const context = {
    base: base ?? TEXT,
    tools,
    parsed: providers.output !== undefined,
    judge: options.judge !== undefined,
    read,
    ...transformed,
  };
  const found = test.assertions.flatMap((assertion) => importAssertion(assertion, test.variables, context));
  assertions.push(...found);
  return found;
}

/** The variables with blanks for those that a prompt uses and nobody gave, or why it cannot be written out. */
function variablesFor(prompt: ImportedPrompt, variables: JsonObject): JsonObject | string {
  try {
    const filled = written(variables, variables);
    if (!isJsonObject(filled)) return {};
    const uses = prompt.messages.flatMap(({ content }) => variablesOf(content));
    const whole = withBlanks(uses, filled);
    for (const { content } of prompt.messages) written(content, whole);
    return whole;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  }
}

function messagesOf({ messages }: ImportedPrompt): JsonObject[] {
  return messages.map(({ role, content }) => ({ role, content }));
}

interface Parts {
  readonly prompts: readonly ImportedPrompt[];
  readonly providers: ImportedProviders;
  readonly options: ImportOptions;
}

function suiteOf(config: JsonObject, cases: readonly JsonObject[], { prompts, providers, options }: Parts): JsonObject {
  const [only, ...more] = prompts;
  const { description } = config;
  return {
    name: options.name,
    ...(typeof description === 'string' ? { description: description.slice(0, 2_000) } : {}),
    subject: { route: options.route },
    ...(Object.keys(providers.parameters).length > 0 ? { parameters: providers.parameters } : {}),
    ...(providers.tools.length > 0 ? { tools: [...providers.tools] } : {}),
    ...(providers.output === undefined ? {} : { output: providers.output }),
    ...(options.judge === undefined ? {} : { judge: { target: options.judge } }),
    ...(only && more.length === 0 ? { messages: messagesOf(only) } : {}),
    cases: [...cases],
  };
}

/** How many assertions of each type were taken over, nearly taken over, and not. */
export function tallyOf(
  assertions: readonly ImportedAssertion[],
): ReadonlyMap<string, Readonly<Record<Demand['how'], number>>> {
  const tally = new Map<string, Record<Demand['how'], number>>();
  for (const { type, how } of assertions) {
    const counts = tally.get(type) ?? { same: 0, near: 0, unsupported: 0 };
    counts[how] += 1;
    tally.set(type, counts);
  }
  return tally;
}
