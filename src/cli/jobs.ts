import Table from 'cli-table3';
import pc from 'picocolors';
import { JOB_DEFAULTS } from '../config/defaults.ts';
import type { JobState, StoredJob } from '../model/job.ts';
import type { JobQueries } from '../storage/job-queries.ts';
import { openJobReader } from '../storage/jobs.ts';
import { openLedger } from '../storage/open-ledger.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { configuredSealKey, ledgerFile } from './ledger-file.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

interface JobsOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly limit?: number;
  readonly after?: string;
  readonly route?: string;
  readonly state?: JobState;
}

/** `understudy jobs list|show|retry|cancel`: deferred jobs of every caller, beside a running gateway or without one. */
export async function jobs(options: JobsOptions, output: Output, args: readonly string[]): Promise<CommandOutcome> {
  const [action, id] = args;
  switch (action) {
    case 'list':
      return reading(options, (view) => list(view, options, output));
    case 'show':
      return reading(options, (view) => show(view, named(id, action), output));
    case 'retry':
      return retry(options, named(id, action), output);
    case 'cancel':
      return cancel(options, named(id, action), output);
    default:
      throw new CommandError(
        EXIT.usage,
        `there is no \`understudy jobs ${action ?? ''}\`; known are list, show, retry, cancel`,
      );
  }
}

function named(id: string | undefined, action: string): string {
  if (id !== undefined) return id;
  throw new CommandError(EXIT.usage, `name the job: understudy jobs ${action} <id>`);
}

async function reading(options: JobsOptions, task: (view: JobQueries) => CommandOutcome): Promise<CommandOutcome> {
  const view = openJobReader(await ledgerFile(options));
  try {
    return task(view);
  } finally {
    view.close();
  }
}

function list(view: JobQueries, options: JobsOptions, output: Output): CommandOutcome {
  const { limit = 20, after, route, state } = options;
  const page = view.list({
    limit,
    ...(after !== undefined && { after }),
    ...(route !== undefined && { route }),
    ...(state !== undefined && { state }),
  });
  if (!page) throw new CommandError(EXIT.usage, '--after must be the id of a job');
  if (output.json) {
    output.data(JSON.stringify(page, null, 2));
    return EXIT.ok;
  }
  if (page.jobs.length === 0) output.say('no job matches');
  else output.data(table(page.jobs));
  const last = page.jobs.at(-1);
  if (page.more && last) output.say(`more: --after ${last.id}`);
  return EXIT.ok;
}

/** What was asked and answered is its caller's: it is not shown here. */
function show(view: JobQueries, id: string, output: Output): CommandOutcome {
  const job = view.job(id);
  if (!job) throw unknown(id);
  const deliveries = view.deliveries(id);
  if (output.json) {
    output.data(JSON.stringify({ ...job, deliveries }, null, 2));
    return EXIT.ok;
  }
  output.data(
    [
      `${pc.bold(job.id)}  ${job.state}`,
      `  route     ${job.route} (${job.dialect})${job.caller === '' ? '' : `, of ${job.caller}`}`,
      `  came      ${moment(job.createdAt)}, deadline ${moment(job.deadlineAt)}`,
      `  attempts  ${job.attempts}${job.requestIds.length > 0 ? `, the last one as ${job.requestIds.at(-1)}` : ''}`,
      ...(job.reason === undefined ? [] : [`  reason    ${job.reason}`]),
      ...(job.failure ? [`  failure   ${job.failure.code} ${job.failure.status}: ${job.failure.message}`] : []),
      ...(job.routeHold?.targets ?? []).map(({ target, reason }) => `  held      ${target}: ${reason}`),
      ...deliveries.map(
        (each) =>
          `  webhook   ${each.webhook}: ${each.state}, ${each.tries} tries${each.error === undefined ? '' : `, ${each.error}`}`,
      ),
    ].join('\n'),
  );
  return EXIT.ok;
}

async function retry(options: JobsOptions, id: string, output: Output): Promise<CommandOutcome> {
  const resolved = options.storage === undefined ? await loadResolved(options.config) : undefined;
  const deadlineMs = resolved?.jobs.deadlineMs ?? JOB_DEFAULTS.deadlineMs;
  return changing(options, id, output, {
    order: { kind: 'retry', id, deadlineMs },
    refusal: 'is neither dead nor failed, and no message about it was given up',
  });
}

function cancel(options: JobsOptions, id: string, output: Output): Promise<CommandOutcome> {
  return changing(options, id, output, { order: { kind: 'cancel', id }, refusal: 'has ended already' });
}

interface Change {
  readonly order: Parameters<Awaited<ReturnType<typeof openLedger>>['jobs']['order']>[0];
  /** Why it was not done. */
  readonly refusal: string;
}

async function changing(options: JobsOptions, id: string, output: Output, change: Change): Promise<CommandOutcome> {
  const file = await ledgerFile(options);
  // A file that is not there would be made.
  openJobReader(file).close();
  const sealKey = await configuredSealKey(options.config);
  const { ledger, jobs } = await openLedger({
    file,
    ...(sealKey !== undefined && { sealKey }),
    onTrouble: ({ message }) => output.say(message),
  });
  try {
    const done = await jobs.order(change.order);
    const job = jobs.view.job(id);
    if (!job) throw unknown(id);
    if (done === 0) throw new CommandError(EXIT.failed, `${id} ${change.refusal}: it is ${job.state}`);
    output.data(output.json ? JSON.stringify(job, null, 2) : `${id} is ${job.state}`);
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}

function table(found: readonly StoredJob[]): string {
  const table = new Table({
    head: ['came', 'job', 'route', 'caller', 'state', 'tries', 'why'],
    style: { head: [], border: [] },
  });
  for (const job of found) {
    table.push([
      moment(job.createdAt),
      job.id,
      job.route,
      job.caller === '' ? '–' : job.caller,
      coloured(job.state),
      job.attempts,
      job.routeHold?.targets.map(({ target, reason }) => `${target}: ${reason}`).join('\n') ??
        job.reason ??
        job.failure?.code ??
        '',
    ]);
  }
  return table.toString();
}

function coloured(state: JobState): string {
  switch (state) {
    case 'done':
      return pc.green(state);
    case 'held':
      return pc.yellow(state);
    case 'dead':
    case 'failed':
    case 'expired':
      return pc.red(state);
    case 'queued':
    case 'running':
    case 'cancelled':
      return state;
  }
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

function unknown(id: string): CommandError {
  return new CommandError(EXIT.failed, `no job ${id} is on record; \`understudy jobs list\` lists the newest`);
}
