import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.ts';
import type { Add } from './main.ts';

const MAX_AGE_MS = 366 * 86_400_000;

/** `understudy eval run|gate|plan|compare|import|lint`. */
export function addEvalCommands(add: Add, config: () => Option, json: () => Option): void {
  addAskingCommands(add, config, json);
  addReadingCommands(add, config, json);
}

function addAskingCommands(add: Add, config: () => Option, json: () => Option): void {
  const running = (command: Command) =>
    command
      .addOption(config())
      .option('--targets <targets>', 'only these beside the primary, with commas between them')
      .addOption(
        new Option('--repeats <number>', 'answers to each case; the suite’s when left out').argParser(whole(1, 50)),
      )
      .addOption(new Option('--max-usd <dollars>', 'most that the run may cost').argParser(dollars))
      .addOption(new Option('--concurrency <number>', 'answers under way at once').argParser(whole(1, 64)))
      .option('--no-cache', 'ask anew; answers are kept all the same')
      .option('--cache-dir <folder>', 'where answers are kept; .understudy/evals when left out')
      .addOption(
        new Option('--max-age <duration>', 'oldest answer that is used again; 7d when left out').argParser(age),
      )
      .option('--out <file>', 'write the report as JSON; {suite} stands for the name of the suite')
      .option('--junit <file>', 'write JUnit XML')
      .option('--markdown <file>', 'write Markdown, for a pull request')
      .option('--html <file>', 'write one HTML page')
      .addOption(json());
  running(
    add(
      'run',
      'Ask every target every case of suites, and compare it with the primary.',
      async () => (await import('./eval-run.ts')).evalRun,
    ).argument('<suite...>', 'files of suites'),
  );
  running(
    add(
      'gate',
      'Exit 0 where every target passed, 1 where one failed, 3 where too little is known.',
      async () => (await import('./eval-gate.ts')).evalGate,
    )
      .argument('<report|suite...>', 'reports of earlier runs, or suites to run')
      .option('--receipts [folder]', 'write a receipt for every target that was decided; into the configured folder'),
  );
  add(
    'plan',
    'Tell what a run would cost and could show. Asks nobody.',
    async () => (await import('./eval-plan.ts')).evalPlan,
  )
    .argument('<suite...>', 'files of suites')
    .addOption(config())
    .option('--targets <targets>', 'only these beside the primary, with commas between them')
    .addOption(
      new Option('--repeats <number>', 'answers to each case; the suite’s when left out').argParser(whole(1, 50)),
    )
    .addOption(json());
}

function addReadingCommands(add: Add, config: () => Option, json: () => Option): void {
  add(
    'compare',
    'Tell whether answers got worse between two runs of one suite.',
    async () => (await import('./eval-compare.ts')).evalCompare,
  )
    .argument('<before>', 'report of the earlier run')
    .argument('<after>', 'report of the later run')
    .addOption(new Option('--margin <share>', 'largest loss that counts as none, e.g. 0.05').argParser(share))
    .addOption(json());
  add(
    'lint',
    'Name the assertions that ask for one model’s manner rather than for the task.',
    async () => (await import('./eval-lint.ts')).evalLint,
  )
    .argument('<suite|report...>', 'suites, or reports of runs, whose results are looked at as well')
    .addOption(json());
  addImport(add, config, json);
}

function addImport(add: Add, config: () => Option, json: () => Option): void {
  add(
    'import',
    'Write a suite from another tool’s, from lines of JSON, or from kept responses that callers marked.',
    async () => (await import('./eval-import.ts')).evalImport,
  )
    .addArgument(new Argument('<from>', 'where from').choices(['promptfoo', 'jsonl', 'ledger']))
    .argument('[file]', 'a configuration of promptfoo, or lines of JSON')
    .option('--out <file>', 'suite to write; printed when left out')
    .option('--name <name>', 'of the suite; after its file or folder when left out')
    .option('--route <name>', 'whose targets are asked; default when left out, of promptfoo')
    .option('--prompt <name>', 'what the cases are for; of jsonl and ledger')
    .option('--judge <target>', 'model that judges rubrics; without one they are not judged; of promptfoo')
    .addOption(config())
    .option('--storage <url>', 'ledger to read; the configured one when left out')
    .option('--metadata <name=value>', 'mark of the responses that may become cases; understudy_eval=yes when left out')
    .addOption(new Option('-n, --limit <number>', 'most responses; 200 when left out').argParser(whole(1, 5_000)))
    .addOption(json());
}

function whole(min: number, max: number) {
  return (value: string): number => {
    const parsed = Number(value);
    if (Number.isInteger(parsed) && parsed >= min && parsed <= max) return parsed;
    throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}.`);
  };
}

function share(value: string): number {
  const parsed = Number(value);
  if (parsed > 0 && parsed < 1) return parsed;
  throw new InvalidArgumentError('must lie between 0 and 1.');
}

function dollars(value: string): number {
  const parsed = Number(value);
  if (Number.isFinite(parsed) && parsed > 0) return parsed;
  throw new InvalidArgumentError('must be an amount of US dollars above 0.');
}

/** Milliseconds. */
function age(value: string): number {
  const ms = parseDuration(value);
  if (ms !== undefined && ms >= 0 && ms <= MAX_AGE_MS) return ms;
  throw new InvalidArgumentError('must be a duration of at most 366d, such as 12h or 7d.');
}
