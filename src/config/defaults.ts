import type { JobPolicy } from '../engine/job-policy.ts';
import type { GateLimits, TimeBudget, Timeouts, Workload } from '../engine/route.ts';
import { DEFAULT_ADAPTIVE } from '../resilience/adaptive-limit.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker.ts';
import { DEFAULT_HEADROOM } from '../resilience/headroom.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { DEFAULT_SLOW } from '../resilience/slow-trigger.ts';
import { formatDuration } from './duration.ts';
import { POLICY_DEFAULT_REASONS } from './policy-defaults.ts';
import { PREFERENCE_DEFAULTS } from './preference-defaults.ts';
import { QUALITY_WATCH_REASONS } from './quality-watch-defaults.ts';
import { formatSize } from './size.ts';

/** What a workload class stands for when its route says nothing. Times in milliseconds. */
export interface WorkloadDefaults {
  readonly stream: TimeBudget;
  readonly unary: TimeBudget;
  /** Until a stream's first meaningful content. The budget caps it. */
  readonly firstContentMs: number;
  readonly reason: string;
}

export const WORKLOAD_DEFAULTS: Readonly<Record<Workload, WorkloadDefaults>> = {
  interactive: {
    stream: { primaryBudgetMs: 8_000, deadlineMs: 30_000 },
    unary: { primaryBudgetMs: 30_000, deadlineMs: 90_000 },
    firstContentMs: 15_000,
    reason:
      'Below 4 s short spikes cause needless switches, above 12 s the user has gone. A whole answer gives no sign of life before it is complete: 8 s would cut healthy long answers.',
  },
  background: {
    stream: { primaryBudgetMs: 60_000, deadlineMs: 600_000 },
    unary: { primaryBudgetMs: 60_000, deadlineMs: 600_000 },
    firstContentMs: 60_000,
    reason: 'Nobody waits: staying on the primary is worth more than speed.',
  },
  internal: {
    stream: { primaryBudgetMs: 20_000, deadlineMs: 120_000 },
    unary: { primaryBudgetMs: 20_000, deadlineMs: 120_000 },
    firstContentMs: 20_000,
    reason: 'Colleagues and pipelines wait longer than customers do.',
  },
  critical: {
    stream: { primaryBudgetMs: 6_000, deadlineMs: 30_000 },
    unary: { primaryBudgetMs: 25_000, deadlineMs: 90_000 },
    firstContentMs: 15_000,
    reason: 'An earlier switch leaves more of the deadline to the other targets.',
  },
};

/** The clocks that no workload changes, in milliseconds. `headersMs` holds for streams. */
export const TIMEOUT_DEFAULTS: Omit<Timeouts, 'firstContentMs'> = {
  connectMs: 3_000,
  headersMs: 10_000,
  gapMs: 30_000,
  totalMs: 600_000,
  minCharsPerSecond: 0,
};

export const GATE_DEFAULTS: GateLimits = { concurrency: 256, queue: 256, queueMs: 500 };

export const ROUTE_DEFAULTS = {
  workload: 'interactive',
  policy: 'hot-cold',
  reserve: 0.25,
  attempts: 3,
  hold: 'first-content',
  recovery: 'error',
  onContentPolicy: 'stop',
  audit: 'best-effort',
  placement: 'after',
} as const;

/** Where prompts are, beside the configuration file. */
export const PROMPT_DEFAULTS = { dir: './prompts', lock: './prompts.lock' } as const;

/** Evidence of parity. */
export const RECEIPT_DEFAULTS = {
  dir: './receipts',
  validForMs: 30 * 86_400_000,
  unsigned: 'refuse',
  everyMs: 5_000,
} as const;

/** What routes ask of their targets unless told. */
export const ELIGIBILITY_DEFAULTS = {
  tier: 'any',
  parity: 'none',
  allowUnknown: false,
  parityParameters: 'same',
  unknownPrice: 'refuse',
} as const;

/** What a stream is planned to hold, where the number of streams follows from the memory that there is. */
export const STREAM_PLAN_BYTES = 524_288;

export const SERVER_DEFAULTS = {
  host: '127.0.0.1',
  port: 4141,
  strictCompat: false,
  limits: {
    maxBodyBytes: 20 * 1_048_576,
    maxHeaders: 100,
    maxHeaderBytes: 16_384,
    maxMessages: 2_000,
    maxTools: 256,
    maxDepth: 64,
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 60_000,
    stalledReaderMs: 30_000,
    readerRate: 1_024,
    loopDelayMs: 50,
  },
  drain: { delayMs: 0, graceMs: 30_000 },
  watch: false,
  workers: 1,
} as const;

export const STORAGE_DEFAULT = 'sqlite:./data/understudy.db';

export const CONVERSATION_DEFAULTS = { store: true, maxItems: 2_000, maxBytes: 20 * 1_048_576 } as const;

export const RETENTION_DEFAULTS = { conversationsMs: 30 * 86_400_000, jobsMs: 7 * 86_400_000 } as const;

/** When routes defer unless told, by workload, and how many of their jobs run at once. */
export const DEGRADED_DEFAULTS = {
  noticeInText: false,
  onRefused: 'error',
  whenNobodyServes: 'error',
} as const;

export const DEFER_DEFAULTS = {
  interactive: 'never',
  critical: 'never',
  background: 'on-request',
  internal: 'on-request',
  concurrency: 4,
} as const;

export const JOB_DEFAULTS: Omit<JobPolicy, 'keepMs'> = {
  leaseMs: 60_000,
  attempts: 8,
  deadlineMs: 86_400_000,
  queue: { jobs: 10_000, bytes: 256 * 1_048_576, ageMs: 43_200_000 },
};

export const STATE_MEMORY_DEFAULTS = { turns: 10_000, bytes: 64 * 1_048_576, keepMs: 86_400_000 } as const;

export const TELEMETRY_DEFAULTS = { logLevel: 'info', logFormat: 'json', metrics: true } as const;

export const STATUS_PAGE_DEFAULTS = { enabled: true, everyMs: 30_000 } as const;

/** The part of the breaker's policy that configurations may set; the rest stays as the breaker has it. */
export const HEALTH_DEFAULTS = {
  breaker: DEFAULT_BREAKER,
  retryBudget: DEFAULT_RETRY_BUDGET,
  slow: DEFAULT_SLOW,
  headroom: DEFAULT_HEADROOM,
  adaptive: DEFAULT_ADAPTIVE,
} as const;

/** One default, for the page that lists them. */
export interface DocumentedDefault {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
}

function budgetText(budget: TimeBudget): string {
  return `primaryBudget ${formatDuration(budget.primaryBudgetMs)}, deadline ${formatDuration(budget.deadlineMs)}`;
}

function workloadRows(): DocumentedDefault[] {
  return Object.entries(WORKLOAD_DEFAULTS).map(([name, { stream, unary, firstContentMs, reason }]) => ({
    name: `workload ${name}`,
    value: `streams: ${budgetText(stream)}, firstContent ${formatDuration(firstContentMs)}; whole answers: ${budgetText(unary)}`,
    reason,
  }));
}

const { limits, drain } = SERVER_DEFAULTS;

/** Every default that a reader may want to know the reason of. The values come from the constants in use. */
export const CONFIG_DEFAULTS: readonly DocumentedDefault[] = [
  ...workloadRows(),
  {
    name: 'timeouts.connect',
    value: formatDuration(TIMEOUT_DEFAULTS.connectMs),
    reason: 'One lost SYN is sent again after a second; a path that needs more than that is broken.',
  },
  {
    name: 'timeouts.headers',
    value: `${formatDuration(TIMEOUT_DEFAULTS.headersMs)} for streams; the deadline for whole answers`,
    reason:
      'A provider that has accepted a stream says so at once; the headers of a whole answer come with the answer.',
  },
  {
    name: 'timeouts.gap',
    value: formatDuration(TIMEOUT_DEFAULTS.gapMs),
    reason: 'Healthy streams pause for a few seconds at most; reasoning between two contents takes longer.',
  },
  {
    name: 'timeouts.total',
    value: formatDuration(TIMEOUT_DEFAULTS.totalMs),
    reason: 'Bounds what one stream can hold of memory and sockets.',
  },
  {
    name: 'timeouts.minCharsPerSecond',
    value: String(TIMEOUT_DEFAULTS.minCharsPerSecond),
    reason: 'Off: how slow is too slow differs from model to model.',
  },
  {
    name: 'limits (of a lane)',
    value: `concurrency ${GATE_DEFAULTS.concurrency}, queue ${GATE_DEFAULTS.queue}, queueWait ${formatDuration(GATE_DEFAULTS.queueMs)}`,
    reason: 'Far above ordinary traffic; keeps a primary that fails from flattening the target after it.',
  },
  ...POLICY_DEFAULT_REASONS,
  {
    name: 'failover.reserve',
    value: String(ROUTE_DEFAULTS.reserve),
    reason: 'A quarter of the time left is enough for one more answer where the target before took all the rest.',
  },
  ...PREFERENCE_DEFAULTS,
  ...QUALITY_WATCH_REASONS,
  {
    name: 'failover.attempts',
    value: String(ROUTE_DEFAULTS.attempts),
    reason: 'More tries at one target delay the caller without raising the chance of an answer much.',
  },
  {
    name: 'tier',
    value: `${ELIGIBILITY_DEFAULTS.tier}; same-or-better where targets says auto`,
    reason: 'Targets that an operator lists were chosen. Nobody looked at those that the catalogue chooses.',
  },
  {
    name: 'parity',
    value: ELIGIBILITY_DEFAULTS.parity,
    reason: 'Strict without evidence would leave every route with its primary alone.',
  },
  {
    name: 'spend.unknownPrice',
    value: ELIGIBILITY_DEFAULTS.unknownPrice,
    reason: 'A budget that does not see some of what is spent is none.',
  },
  {
    name: 'audit',
    value: ROUTE_DEFAULTS.audit,
    reason:
      'A full disk must not become an outage of every AI feature: losses are counted, logged and raise an alert. `required` refuses instead.',
  },
  {
    name: 'server.limits',
    value: `body ${formatSize(limits.maxBodyBytes)}, messages ${limits.maxMessages}, tools ${limits.maxTools}, depth ${limits.maxDepth}`,
    reason:
      'Above what the largest providers accept themselves, low enough that one caller cannot exhaust the process.',
  },
  {
    name: 'server.limits.streams',
    value: `half of the heap's limit, ${formatSize(STREAM_PLAN_BYTES)} for each`,
    reason:
      'What a stream holds with a long conversation in it; see docs/bounds.md. The other half is for everything else, and for the few that hold more.',
  },
  {
    name: 'server.limits.loopDelay',
    value: formatDuration(limits.loopDelayMs),
    reason:
      'A request waits for the event loop some six times; at this delay it has lost a third of a second. Short pauses are no overload: nothing is refused before it lasted a third of a second, nor ever while few are served.',
  },
  {
    name: 'server.limits.stalledReader, readerRate',
    value: `${formatDuration(limits.stalledReaderMs)}, ${formatSize(limits.readerRate)}/s over a minute`,
    reason:
      'A person reads faster, and a phone with one bar of signal receives faster; slower is an answer nobody reads.',
  },
  {
    name: 'conversations',
    value: `store ${CONVERSATION_DEFAULTS.store}, items ${CONVERSATION_DEFAULTS.maxItems}, size ${formatSize(CONVERSATION_DEFAULTS.maxBytes)}`,
    reason:
      'Clients of the Responses API rely on what the API keeps without asking for it. No larger than what one request may hold anyway: the whole conversation goes to whoever serves next.',
  },
  {
    name: 'retention.conversations',
    value: formatDuration(RETENTION_DEFAULTS.conversationsMs),
    reason: 'What OpenAI keeps responses for. It counts from the last time a conversation was gone on with.',
  },
  {
    name: 'defer',
    value: `${DEFER_DEFAULTS.interactive} for interactive and critical, ${DEFER_DEFAULTS.background} for background and internal; concurrency ${DEFER_DEFAULTS.concurrency}`,
    reason:
      'Nobody who waits for an answer is helped by a promise of one. Few at once: nobody waits for them, and they share limits with those for whom somebody does.',
  },
  {
    name: 'routes.*.degraded',
    value: `no notice; noticeInText ${DEGRADED_DEFAULTS.noticeInText}, onRefused ${DEGRADED_DEFAULTS.onRefused}, whenNobodyServes ${DEGRADED_DEFAULTS.whenNobodyServes}`,
    reason:
      'Words to readers are the operator’s to write. An error says the truth to every program; anything else has to be understood by whoever calls, and is chosen, not met.',
  },
  {
    name: 'jobs',
    value: `deadline ${formatDuration(JOB_DEFAULTS.deadlineMs)}, attempts ${JOB_DEFAULTS.attempts}, lease ${formatDuration(JOB_DEFAULTS.leaseMs)}; queue: jobs ${JOB_DEFAULTS.queue.jobs}, size ${formatSize(JOB_DEFAULTS.queue.bytes)}, age ${formatDuration(JOB_DEFAULTS.queue.ageMs)}`,
    reason:
      'A day outlives every outage on record. Eight attempts, 1 s doubling, outlive faults of minutes; during an outage none of them is counted. An answer is renewed three times within a lease, so that two renewals may be lost. A queue that grows for half a day is not worked off.',
  },
  {
    name: 'retention.jobs',
    value: formatDuration(RETENTION_DEFAULTS.jobsMs),
    reason: 'Whoever polls looks within the week; what is kept longer is text that nobody reads.',
  },
  {
    name: 'stateMemory',
    value: `turns ${STATE_MEMORY_DEFAULTS.turns}, size ${formatSize(STATE_MEMORY_DEFAULTS.bytes)}, keep ${formatDuration(STATE_MEMORY_DEFAULTS.keepMs)}`,
    reason:
      'A signature or an encrypted item takes one to five kilobytes, so that the number and the size are met at about the same time. People come back to a conversation within the day; what was forgotten costs thinking, never the answer.',
  },
  {
    name: 'receipts',
    value: `dir ${RECEIPT_DEFAULTS.dir}, validFor ${formatDuration(RECEIPT_DEFAULTS.validForMs)}, unsigned ${RECEIPT_DEFAULTS.unsigned}, every ${formatDuration(RECEIPT_DEFAULTS.everyMs)}`,
    reason:
      'Models move under their names within a month or two, and an evaluation costs a few dollars: a month is what both bear. A file that anybody could have written is no evidence. A folder is listed in a millisecond.',
  },
  {
    name: 'statusPages',
    value: `enabled ${STATUS_PAGE_DEFAULTS.enabled}, every ${formatDuration(STATUS_PAGE_DEFAULTS.everyMs)}`,
    reason:
      'Pages lag behind by minutes: asking more often tells nothing more. Only while there is traffic, with conditional requests, and seldom where a page does not answer.',
  },
  {
    name: 'server.workers',
    value: String(SERVER_DEFAULTS.workers),
    reason:
      'One process serves thousands of streams, and knows its lanes without asking. More of them take as many cores, and share every limit.',
  },
  {
    name: 'server.watch',
    value: String(SERVER_DEFAULTS.watch),
    reason: 'A file that somebody is still writing is not meant yet: whoever changes it says when it is.',
  },
  {
    name: 'server.drain',
    value: `delay ${formatDuration(drain.delayMs)}, grace ${formatDuration(drain.graceMs)}`,
    reason: 'The grace is what Kubernetes gives by default; set a delay where a load balancer needs time to look away.',
  },
];
