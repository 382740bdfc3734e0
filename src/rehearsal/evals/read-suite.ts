import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, type ConfigProblem, formatPath, type Path } from '../../config/problems.ts';
import { readYaml, type YamlText } from '../../config/yaml-text.ts';
import type { ToolDefinition } from '../../model/chat-request.ts';
import { isJsonObject, type JsonValue } from '../../model/json.ts';
import { TemplateEngine } from '../../quality/prompts/template.ts';
import { canonicalJson } from '../../quality/receipts/canonical-json.ts';
import { problemsOf } from './read-assertion.ts';
import type { EvalSubject } from './report.ts';
import {
  DEFAULT_MARGIN,
  type EvalSuite,
  type GoldLabel,
  type JudgeWish,
  MAX_SUITE_BYTES,
  type SuiteCase,
  type SuiteMessage,
  type SuiteTurn,
} from './suite.ts';
import { suiteSchema, type WrittenSuite } from './suite-schema.ts';

/** Reads a suite from YAML (or JSON, which is YAML). Throws `ConfigError` with every problem and its place. */
export function readSuite(text: string, file: string): EvalSuite {
  if (text.length > MAX_SUITE_BYTES)
    throw new ConfigError([{ file, path: '', message: `is larger than ${MAX_SUITE_BYTES / 1_048_576} MiB` }]);
  const read = readYaml(text, file);
  if ('problems' in read) throw new ConfigError(read.problems);
  return suiteFrom(read.yaml.value, file, read.yaml);
}

/** The same of a value that is there already; `yaml` tells the places of problems. */
export function suiteFrom(value: unknown, file: string, yaml?: YamlText): EvalSuite {
  const parsed = suiteSchema.safeParse(value);
  const at = (path: Path, message: string): ConfigProblem => ({
    file,
    ...yaml?.position(path),
    path: formatPath(path),
    message,
  });
  if (!parsed.success) {
    const found = parsed.error.issues.flatMap((issue) => problemsOf(issue, []));
    throw new ConfigError(found.map(({ path, message }) => at(path, message)));
  }
  const problems: ConfigProblem[] = [];
  const refuse = (path: Path, message: string) => void problems.push(at(path, message));
  const suite = resolved(parsed.data, { file, hash: '' }, refuse);
  const modules = modulesOf(suite, refuse);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...suite, hash: hashOf(value, modules) };
}

type Refuse = (path: Path, message: string) => void;

/** What is asked and what is demanded, and not how much of it is run at once or paid for, nor who is asked. */
function hashOf(value: unknown, modules: readonly string[]): string {
  const { targets: _, maxUsd: _1, concurrency: _2, description: _3, ...rest } = value as Record<string, JsonValue>;
  const hash = createHash('sha256').update(canonicalJson(rest));
  for (const text of modules) hash.update('\0').update(text);
  return hash.digest('hex');
}

/** The texts of the suite's own graders, which are part of what it demands. */
function modulesOf({ cases, file }: EvalSuite, refuse: Refuse): string[] {
  const paths = cases.flatMap(({ turns }) =>
    turns.flatMap(({ assertions }) => assertions.flatMap((one) => (one.kind === 'module' ? [one.module.path] : []))),
  );
  return [...new Set(paths)].sort().flatMap((path) => {
    try {
      return [readFileSync(resolve(dirname(file), path), 'utf8')];
    } catch {
      refuse([], `names the module ${path}, which cannot be read`);
      return [];
    }
  });
}

function resolved(written: WrittenSuite, of: { file: string; hash: string }, refuse: Refuse): EvalSuite {
  const { name, description, subject, targets, primary, margins, output, judge, maxUsd } = written;
  const cases = written.cases.map((one, at) => caseOf(one, written, at, refuse));
  const seen = new Set<string>();
  for (const [at, { id }] of cases.entries()) {
    if (seen.has(id)) refuse(['cases', at, 'id'], `is the id of another case: ${id}`);
    seen.add(id);
  }
  if (primary !== undefined && targets && !targets.includes(primary)) refuse(['primary'], 'is none of the targets');
  const rubrics = cases.some(({ turns }) =>
    turns.some(({ assertions }) => assertions.some(({ kind }) => kind === 'rubric')),
  );
  if (rubrics && !judge) refuse([], 'has a rubric and no judge: name one under `judge: { target: provider/model }`');
  const { default: general = DEFAULT_MARGIN, ...byMetric } =
    typeof margins === 'number' ? { default: margins } : margins;
  return {
    name,
    ...of,
    ...(description !== undefined && { description }),
    subject: subjectOf(subject),
    ...(targets && { targets }),
    ...(primary !== undefined && { primary }),
    repeats: written.repeats,
    margins: { default: general, byMetric },
    ...(maxUsd !== undefined && { maxUsd }),
    concurrency: written.concurrency,
    parameters: defined(written.parameters),
    tools: written.tools.map((tool): ToolDefinition => defined(tool)),
    ...(output !== undefined && {
      output: output === 'json' ? { kind: 'json' as const } : { kind: 'json-schema' as const, schema: output.schema },
    }),
    ...(judge && { judge: judgeOf(judge, refuse) }),
    cases,
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as Defined<T>;
}

function subjectOf({ prompt, route }: WrittenSuite['subject']): EvalSubject {
  if (prompt !== undefined) return { kind: 'prompt', name: prompt, ...(route !== undefined && { route }) };
  return { kind: 'route', name: route ?? '' };
}

type WrittenCase = WrittenSuite['cases'][number];
type WrittenTurn = NonNullable<WrittenCase['turns']>[number];

function caseOf(written: WrittenCase, suite: WrittenSuite, index: number, refuse: Refuse): SuiteCase {
  const { id, description, variables, toolResults } = written;
  const path: Path = ['cases', index];
  if (written.turns && (written.message !== undefined || written.messages || written.assertions.length > 0))
    refuse(path, 'has turns, and messages or assertions beside them: write those into the turns');
  const said: readonly WrittenTurn[] = written.turns ?? [written];
  const write = writer(variables, refuse);
  const turns = said.map((turn, at): SuiteTurn => {
    const where = written.turns ? [...path, 'turns', at] : path;
    const first = at === 0 ? (suite.messages ?? []) : [];
    const own = messagesOf(turn, where, refuse);
    const messages = [...first, ...own].map(({ role, content }) => ({ role, content: write(content, where) }));
    const empty = messages.length === 0 && !(at === 0 && suite.subject.prompt !== undefined);
    if (empty) refuse(where, 'sends nothing: write message or messages');
    const last = at === said.length - 1;
    return { messages, assertions: [...turn.assertions, ...(last ? suite.assertions : [])] };
  });
  if (!turns.some(({ assertions }) => assertions.length > 0)) refuse(path, 'demands nothing: write assertions');
  return {
    id,
    ...(description !== undefined && { description }),
    variables,
    turns,
    toolResults: scriptsOf(toolResults),
  };
}

function scriptsOf(written: WrittenCase['toolResults']): SuiteCase['toolResults'] {
  return Object.fromEntries(
    Object.entries(written).map(([name, results]) => [name, results.map((one) => defined(one))]),
  );
}

function messagesOf({ message, messages }: WrittenTurn, path: Path, refuse: Refuse): readonly SuiteMessage[] {
  if (message !== undefined && messages) refuse(path, 'has both message and messages');
  return messages ?? (message === undefined ? [] : [{ role: 'user', content: message }]);
}

const templates = new TemplateEngine();

/** Writes the variables of a case into its messages, where it has any. */
function writer(variables: Readonly<Record<string, JsonValue>>, refuse: Refuse) {
  return (text: string, path: Path): string => {
    if (Object.keys(variables).length === 0 || !/\{[{%]/.test(text)) return text;
    try {
      return templates.write(templates.parse(text), variables);
    } catch (error) {
      refuse(path, `cannot be written out: ${error instanceof Error ? error.message : String(error)}`);
      return text;
    }
  };
}

function judgeOf({ target, agreement, gold }: NonNullable<WrittenSuite['judge']>, refuse: Refuse): JudgeWish {
  return { target, agreement, gold: gold.flatMap((one, at) => goldOf(one, ['judge', 'gold', at], refuse)) };
}

type WrittenGold = NonNullable<WrittenSuite['judge']>['gold'][number];

function goldOf(written: WrittenGold, path: Path, refuse: Refuse): GoldLabel[] {
  const { rubric, question, answer, passes, first, second, better } = written;
  if (answer !== undefined && passes !== undefined) return [{ kind: 'single', rubric, question, answer, passes }];
  if (first !== undefined && second !== undefined && better !== undefined)
    return [{ kind: 'pair', rubric, question, first, second, better }];
  refuse(path, 'is no label: write answer and passes, or first, second and better');
  return [];
}

export function isSuite(value: unknown): boolean {
  return isJsonObject(value) && 'cases' in value && !('format' in value);
}
