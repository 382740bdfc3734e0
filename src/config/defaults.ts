import type { GateLimits, TimeBudget, Timeouts, Workload } from '../engine/route.ts';
import { DEFAULT_BREAKER } from '../resilience/breaker.ts';
import { DEFAULT_RETRY_BUDGET } from '../resilience/retry-budget.ts';
import { formatDuration } from './duration.ts';
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

/** What routes ask of their targets unless told. */
export const ELIGIBILITY_DEFAULTS = {
  tier: 'any',
  parity: 'none',
  allowUnknown: false,
  unknownPrice: 'refuse',
} as const;

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
    maxStreams: 2_000,
    stalledReaderMs: 30_000,
  },
  drain: { delayMs: 0, graceMs: 30_000 },
} as const;

export const STORAGE_DEFAULT = 'sqlite:./data/understudy.db';

export const CONVERSATION_DEFAULTS = { store: true, maxItems: 2_000, maxBytes: 20 * 1_048_576 } as const;

export const RETENTION_DEFAULTS = { conversationsMs: 30 * 86_400_000 } as const;

export const STATE_MEMORY_DEFAULTS = { turns: 10_000, bytes: 64 * 1_048_576, keepMs: 86_400_000 } as const;

export const TELEMETRY_DEFAULTS = { logLevel: 'info', logFormat: 'json', metrics: true } as const;

export const STATUS_PAGE_DEFAULTS = { enabled: true, everyMs: 30_000 } as const;

/** The part of the breaker's policy that configurations may set; the rest stays as the breaker has it. */
export const HEALTH_DEFAULTS = { breaker: DEFAULT_BREAKER, retryBudget: DEFAULT_RETRY_BUDGET } as const;

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
  {
    name: 'failover.reserve',
    value: String(ROUTE_DEFAULTS.reserve),
    reason: 'A quarter of the time left is enough for one more answer where the target before took all the rest.',
  },
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
    reason: 'Without evidence no route could be strict; `check` tells which routes ask for none.',
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
    value: `body ${formatSize(limits.maxBodyBytes)}, messages ${limits.maxMessages}, tools ${limits.maxTools}, depth ${limits.maxDepth}, streams ${limits.maxStreams}`,
    reason:
      'Above what the largest providers accept themselves, low enough that one caller cannot exhaust the process.',
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
    name: 'stateMemory',
    value: `turns ${STATE_MEMORY_DEFAULTS.turns}, size ${formatSize(STATE_MEMORY_DEFAULTS.bytes)}, keep ${formatDuration(STATE_MEMORY_DEFAULTS.keepMs)}`,
    reason:
      'A signature or an encrypted item takes one to five kilobytes, so that the number and the size are met at about the same time. People come back to a conversation within the day; what was forgotten costs thinking, never the answer.',
  },
  {
    name: 'statusPages',
    value: `enabled ${STATUS_PAGE_DEFAULTS.enabled}, every ${formatDuration(STATUS_PAGE_DEFAULTS.everyMs)}`,
    reason:
      'Pages lag behind by minutes: asking more often tells nothing more. Only while there is traffic, with conditional requests, and seldom where a page does not answer.',
  },
  {
    name: 'server.drain',
    value: `delay ${formatDuration(drain.delayMs)}, grace ${formatDuration(drain.graceMs)}`,
    reason: 'The grace is what Kubernetes gives by default; set a delay where a load balancer needs time to look away.',
  },
];
