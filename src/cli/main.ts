import { readFileSync } from 'node:fs';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.ts';
import { MAX_WORKERS } from '../config/worker-limit.ts';
import { MAX_ORDER_MS } from '../engine/record.ts';
import { JOB_STATES } from '../model/job.ts';
import type { CommandOutcome } from './command.ts';
import { addEvalCommands } from './eval-commands.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output, standardOutput } from './output.ts';
import { addParityCommands } from './parity-commands.ts';

type Options = Record<string, string | boolean | number | undefined>;

/** Runs one command line and gives its exit code. Commands are loaded when they run, so that help is instant. */
export async function main(argv: readonly string[]): Promise<CommandOutcome> {
  let outcome: CommandOutcome = EXIT.ok;
  const program = buildProgram((next) => {
    outcome = next;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error);
  }
}

function report(error: unknown): CommandOutcome {
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const named = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${named.message}\n`);
  return ['ConfigError', 'SecretError', 'SuiteError'].includes(named.name) ? EXIT.usage : EXIT.unreachable;
}

type Run = (options: Options, output: Output, args: readonly string[]) => Promise<CommandOutcome>;

/** Every command with its options; `done` is told what the one that ran came to. */
export function buildProgram(done: (outcome: CommandOutcome) => void): Command {
  const program = new Command('understudy')
    .description('Keeps AI features up when a model provider fails, without the answers getting worse.')
    .version(version())
    .exitOverride()
    // A command may have options of the same names.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for usage)')
    .addHelpText(
      'after',
      '\nExit codes: 0 ok · 1 found wanting · 2 usage or configuration · 3 inconclusive · 4 unreachable · 130 interrupted',
    );
  const addTo = (parent: Command) => (name: string, description: string, run: () => Promise<Run>) => {
    const command = parent.command(name).description(description).exitOverride();
    command.action(async (...given: unknown[]) => {
      const options = command.opts<Options>();
      const args = given
        .slice(0, -2)
        .flat()
        .filter((argument): argument is string => typeof argument === 'string');
      done(await (await run())(options, standardOutput(options.json === true), args));
    });
    return command;
  };
  const add = addTo(program);
  const config = () => new Option('-c, --config <file>', 'configuration file').env('UNDERSTUDY_CONFIG');
  const json = () => new Option('--json', 'print one JSON document');

  addServeCommands(add, config, json);
  addLedgerCommands(add, config, json);
  addLedgerCheck(program, addTo, [config(), storageOption(), json()]);
  addJobCommands(add, config, json);
  addPromptCommands(add, config, json);
  addOperatorCommands(add, config, json);
  addReload(add, config, json);
  addParityCommands(program, { addTo, config, gateway, json });
  const evals = program.command('eval').description('Show how good answers are, before anybody depends on them.');
  addEvalCommands(addTo(evals.exitOverride()), config, json);
  addFirstSteps(add);
  return program;
}

function addServeCommands(add: Add, config: () => Option, json: () => Option): void {
  add('serve', 'Serve the gateway.', async () => (await import('./serve.ts')).serve)
    .addOption(config())
    .addOption(
      new Option(
        '--workers <number>',
        'processes that serve, or auto for one a core; `server.workers` of the configuration when left out',
      ).argParser(workers),
    );
  add(
    'check',
    'Validate the configuration and print who may serve which route.',
    async () => (await import('./check.ts')).check,
  )
    .addOption(config())
    .addOption(json());
  add('models', 'Tell what is known of the configured models.', async () => (await import('./models.ts')).models)
    .addOption(config())
    .option('--all', 'every model of the catalogue, configured or not')
    .option('--provider <name>', 'only at this provider')
    .option('--can <abilities>', 'only models known to have these abilities, e.g. tools,vision')
    .addOption(
      new Option('--min-context <tokens>', 'only models with a window known to be this large, e.g. 100k').argParser(
        tokenCount,
      ),
    )
    .addOption(json());
}

/** For whoever has nothing yet: a file, and somebody to talk to. */
function addFirstSteps(add: Add): void {
  add('init', 'Write a configuration file.', async () => (await import('./init.ts')).init)
    .option('-o, --output <file>', 'file to write', 'understudy.yaml')
    .option('--providers <names>', 'comma-separated provider names, in order of preference; asked for when left out')
    .option('--route <name>', 'name of the first route', 'default')
    .option('--force', 'overwrite an existing file');
  add(
    'simulator',
    'Serve scripted providers for demos and tests.',
    async () => (await import('./simulator.ts')).simulator,
  )
    .addOption(new Option('-p, --port <number>', 'port').default(4150).argParser(wholeNumber(0, 65_535)))
    .addOption(new Option('--host <address>', 'address').default('127.0.0.1'))
    .addOption(new Option('--seed <number>', 'seed of everything random').argParser(wholeNumber(0, 2 ** 31)))
    .option(
      '--habit <[provider=]habit...>',
      'what models do unasked: prose-around-json, renamed-key, other-refusal, verbose or deaf-to-brevity',
    );
}

function addJobCommands(add: Add, config: () => Option, json: () => Option): void {
  add(
    'jobs',
    'List deferred jobs, show one with its deliveries, run a dead one again, or cancel one.',
    async () => (await import('./jobs.ts')).jobs,
  )
    .argument('<action>', 'list, show, retry or cancel')
    .argument('[id]', 'of the job; `list` takes none')
    .addOption(config())
    .addOption(new Option('--storage <url>', 'ledger to look into; the configured one when left out'))
    .addOption(json())
    .addOption(new Option('-n, --limit <number>', 'jobs').default(20).argParser(wholeNumber(1, 200)))
    .option('--after <id>', 'continue after this job')
    .option('--route <name>', 'only of this route')
    .addOption(new Option('--state <state>', 'only in this state').choices([...JOB_STATES]));
}

function addPromptCommands(add: Add, config: () => Option, json: () => Option): void {
  add(
    'prompts',
    'List prompts, show what each model is told, compare that side by side, or pin a target to a version.',
    async () => (await import('./prompts.ts')).prompts,
  )
    .argument('<action>', 'list, compile, diff or pin')
    .argument('[name]', 'of the prompt; `list` takes none')
    .addOption(config())
    .option(
      '--target <target>',
      'provider/model; several with commas for compile and diff, all configured when left out',
    )
    .option(
      '--version <version>',
      'another version than the one that a target is told; diff compares it with the present',
    )
    .option('--variables <file>', 'JSON or YAML file of values; names of variables stand in their place when left out')
    .option('--remove', 'of pin: take the pin away')
    .addOption(json());
}

export type Add = (name: string, description: string, run: () => Promise<Run>) => Command;

function addLedgerCommands(add: Add, config: () => Option, json: () => Option): void {
  add('requests', 'List recent requests from the ledger.', async () => (await import('./requests.ts')).requests)
    .addOption(config())
    .addOption(storageOption())
    .addOption(json())
    .addOption(new Option('-n, --limit <number>', 'rows').default(20).argParser(wholeNumber(1, 200)))
    .option('--before <cursor>', 'continue after the last page')
    .option('--route <name>', 'only this route')
    .option('--target <target>', 'only served by this target')
    .addOption(
      new Option('--outcome <outcome>', 'only this outcome').choices([
        'served',
        'failed',
        'interrupted',
        'caller-gone',
        'running',
        'unknown',
      ]),
    )
    .option('--degraded', 'only degraded answers');
  add(
    'explain',
    'Tell in words how one request was decided, or who would serve a route.',
    async () => (await import('./explain.ts')).explain,
  )
    .argument('<request-id|route>', 'x-understudy-request-id of the answer, or the name of a route')
    .addOption(config())
    .addOption(storageOption())
    .addOption(gateway())
    .option('--need <needs>', 'what a request would need, e.g. tools,vision,context=64k,output=4k,region=eu')
    .option('--down <names>', 'targets or providers that are supposed to be down, e.g. openai,groq/llama-3.3-70b')
    .option('--at <time>', 'at another time, past or to come, e.g. 2026-01-31T12:00:00Z')
    .option('--caller <name>', 'for this caller’s key')
    .addOption(json());
}

function storageOption(): Option {
  return new Option(
    '--storage <url>',
    'ledger to read, e.g. sqlite:./data/understudy.db; the configured one when left out',
  );
}

function addLedgerCheck(program: Command, addTo: (parent: Command) => Add, options: readonly Option[]): void {
  const ledger = program.command('ledger').description('Look after the record itself.').exitOverride();
  const verify = addTo(ledger)(
    'verify',
    'Compare every row of the ledger with the chain of seals, and the chain with its checkpoints.',
    async () => (await import('./ledger-verify.ts')).ledgerVerify,
  )
    .option('--checkpoints <file>', 'checkpoints of the chain; the configured ones when left out')
    .option('--old-key <ref...>', 'also a key that seals were made with before, as env:NAME or file:/path');
  for (const option of options) verify.addOption(option);
}

function gateway(): Option {
  return new Option('-g, --gateway <url>', 'address of a running gateway; the configured one when left out').env(
    'UNDERSTUDY_URL',
  );
}

function addReload(add: Add, config: () => Option, json: () => Option): void {
  add(
    'reload',
    'Have a running gateway take its configuration anew; what is wrong with it changes nothing.',
    async () => (await import('./reload.ts')).reload,
  )
    .addOption(config())
    .addOption(gateway())
    .option('--check', 'only tell what would change')
    .addOption(json());
}

function addOperatorCommands(add: Add, config: () => Option, json: () => Option): void {
  const operate = async () => (await import('./operate.ts')).operate;
  const order = (name: string, description: string, run: () => Promise<Run>) =>
    add(name, description, run)
      .addOption(config())
      .addOption(gateway())
      .option('--reason <text>', 'why, for the ledger')
      .addOption(json());
  const standing = (command: Command, byDefault: string) =>
    command
      .addOption(new Option('--for <duration>', `how long, e.g. 30m; ${byDefault} when left out`).argParser(duration))
      .option('--force', 'also where it leaves a route without anybody');
  const target = '<target>';
  const named = 'provider/model';
  add(
    'targets',
    'Show the targets of a running gateway and their health.',
    async () => (await import('./targets.ts')).targets,
  )
    .addOption(config())
    .addOption(gateway())
    .option('-w, --watch', 'again and again, until stopped')
    .addOption(new Option('--every <duration>', 'how often with --watch; 2s when left out').argParser(duration))
    .addOption(json());
  standing(
    order('drain', 'Send nothing new to a target; what is under way may end.', async () =>
      (await operate())('drain'),
    ).argument(target, named),
    '24h',
  );
  order('undrain', 'Take a drained target into use again.', async () => (await operate())('undrain')).argument(
    target,
    named,
  );
  standing(
    order('hold', 'Hold a target back, as after a rate limit.', async () => (await operate())('hold')).argument(
      target,
      named,
    ),
    '10m',
  );
  order('release', 'End every hold of a target, its provider’s own included.', async () =>
    (await operate())('release'),
  ).argument(target, named);
  standing(
    order('breaker', 'Open or close the breaker of a target.', async () => (await import('./operate.ts')).breaker)
      .addArgument(new Argument('<move>', 'what to do with it').choices(['open', 'close']))
      .argument(target, named),
    '10m, and only for open',
  );
}

/** Milliseconds. */
function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= MAX_ORDER_MS) return ms;
  throw new InvalidArgumentError('must be a duration of at most 30d, such as 90s, 30m or 2h.');
}

function wholeNumber(min: number, max: number) {
  return (value: string): number => {
    const parsed = Number(value);
    if (Number.isInteger(parsed) && parsed >= min && parsed <= max) return parsed;
    throw new InvalidArgumentError(`must be a whole number from ${min} to ${max}.`);
  };
}

function workers(value: string): number | 'auto' {
  return value === 'auto' ? value : wholeNumber(1, MAX_WORKERS)(value);
}

function tokenCount(value: string): number {
  const [, digits, unit] = /^(\d{1,9}(?:\.\d{1,3})?)([kM]?)$/.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('must be a number of tokens, such as 100000, 100k or 1M.');
  return Math.round(Number(digits) * { '': 1, k: 1_000, M: 1_000_000 }[unit as '' | 'k' | 'M']);
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
