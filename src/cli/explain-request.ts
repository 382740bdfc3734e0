import type { Decision } from '../engine/record.ts';
import type { Usage } from '../model/usage.ts';
import type { StoredAttempt, StoredRequest } from '../storage/stored-request.ts';

/**
 * What happened to one request and why, in plain text lines for a terminal: who asked, every target with why it was or
 * was not eligible, then every attempt, fault, verdict, wait and the commit point in their order, the failover and the
 * cost. Times at the left are milliseconds since the request began.
 */
export function explainRequest(stored: StoredRequest): string[] {
  return [
    ...headLines(stored),
    '',
    'Targets',
    ...targetLines(stored),
    '',
    'Course',
    ...courseLines(stored),
    '',
    'Result',
    ...resultLines(stored),
  ];
}

function headLines(stored: StoredRequest): string[] {
  const how = stored.stream ? 'streamed' : 'as one answer';
  const caller = stored.caller === undefined ? '' : `, caller ${stored.caller}`;
  const lines = [
    `Request ${stored.requestId}`,
    `${new Date(stored.at).toISOString()}, route ${stored.route}, ${stored.dialect}, ${how}${caller}`,
  ];
  if (stored.tags.length > 0) lines.push(`Tags: ${stored.tags.join(', ')}`);
  return lines;
}

/** One line a target, in the order of the plan. A target that was eligible may yet be skipped when its turn comes. */
function targetLines(stored: StoredRequest): string[] {
  const lines: string[] = [];
  for (const decision of stored.decisions) {
    const name = `${decision.target ?? '(no target)'}${decision.target === stored.primary ? ' (primary)' : ''}`;
    if (decision.type === 'eligible') lines.push(`  ${name}: eligible`);
    if (decision.type === 'skipped' && !wasEligible(stored, decision)) {
      lines.push(`  ${name}: not eligible, ${skipped(decision)}`);
    }
  }
  return lines.length > 0 ? lines : ['  nothing is on record'];
}

function wasEligible(stored: StoredRequest, skip: Decision): boolean {
  return stored.decisions.some((decision) => decision.type === 'eligible' && decision.target === skip.target);
}

function skipped(decision: Extract<Decision, { type: 'skipped' }>): string {
  const detail = decision.detail === undefined ? '' : ` (${decision.detail})`;
  const until = decision.retryAfterMs === undefined ? '' : `, for another ${ms(decision.retryAfterMs)}`;
  return `${decision.reason}${detail}${until}`;
}

function courseLines(stored: StoredRequest): string[] {
  const attempts = new Map(stored.attemptRows.map((attempt) => [attempt.seq, attempt]));
  const steps = stored.decisions.filter((decision) => decision.type !== 'skipped' || wasEligible(stored, decision));
  const lines = steps.flatMap((decision) => stepLines(decision, attempts));
  if (stored.decisionsDropped > 0) lines.push(note(`${stored.decisionsDropped} further steps were not kept`));
  // Without decisions (a request that runs, or whose process died) the attempts alone tell how far it came.
  if (stored.decisions.length === 0) for (const attempt of stored.attemptRows) lines.push(...attemptLines(attempt));
  return lines.length > 0 ? lines : [note('no target was asked')];
}

function stepLines(decision: Decision, attempts: ReadonlyMap<number, StoredAttempt>): string[] {
  const at = (text: string) => step(decision.atMs, text);
  switch (decision.type) {
    case 'eligible':
      return [];
    case 'skipped':
      return [at(`${decision.target ?? 'a target'} was not asked: ${skipped(decision)}`)];
    case 'preferred':
      return [at(`${decision.target ?? 'a target'} goes first (${decision.why})`), note(decision.detail)];
    case 'attempt': {
      const attempt = attempts.get(decision.seq);
      if (!attempt) return [at(`attempt ${decision.seq} at ${decision.target ?? 'a target'}, not on record`)];
      return [at(attemptHead(attempt)), ...attemptNotes(attempt)];
    }
    case 'counted': {
      const said = `${decision.tokens} tokens of input, where ${decision.estimated} were estimated`;
      return [at(`${decision.target ?? 'a target'} counted ${said} (${ms(decision.ms)})`)];
    }
    case 'not-counted': {
      const estimate = `the estimate of ${decision.estimated} tokens stood`;
      return [at(`${decision.target ?? 'a target'} could not count the input: ${decision.why}; ${estimate}`)];
    }
    case 'waited':
      return [at(`waited ${ms(decision.ms)} ${WAITS[decision.why]}`)];
    case 'fault': {
      const { kind, message, status } = decision.fault;
      const http = status === undefined ? '' : ` (HTTP ${status})`;
      return [
        at(`attempt ${decision.seq} failed with ${kind}${http}: ${message}`),
        ...(kind === 'contract-broken' && decision.fault.rule ? [note(`rule: ${decision.fault.rule}`)] : []),
        note(`verdict: ${decision.verdict}`),
      ];
    }
    case 'repaired':
      return [at(`the JSON of attempt ${decision.seq} was repaired: ${decision.how}`)];
    case 'check-failed': {
      const check = `the check ${decision.check} of attempt ${decision.seq}`;
      return [at(`${check} gave no verdict (${ms(decision.ms)}): ${decision.why}`)];
    }
    case 'balanced':
    case 'quorum':
    case 'hedged':
    case 'not-hedged':
    case 'checked':
    case 'rejected':
    case 'chosen':
      return [at(policyStep(decision))];
    case 'committed':
      return [at(`commit point: from here the caller sees attempt ${decision.seq}`)];
    case 'switched':
      return [at(`switched to ${decision.target ?? 'another target'} inside the answer, by ${decision.how}`)];
    case 'degraded':
      return [at(`degraded, ${decision.severity}: ${decision.reasons.join(', ')}`), ...degradedNotes(decision)];
    case 'prepared':
      return [at(`the prepared answer was given in place of ${decision.because}`)];
    case 'stopped':
      return [at(`stopped: ${decision.reason}`)];
  }
}

function degradedNotes({ parity, notice }: Extract<Decision, { type: 'degraded' }>): string[] {
  return [
    ...(parity === undefined ? [] : [note(`parity of who served: ${parity}`)]),
    ...(notice === undefined ? [] : [note(`its reader was told so in ${notice}`)]),
  ];
}

type PolicyStep = 'balanced' | 'quorum' | 'hedged' | 'not-hedged' | 'checked' | 'rejected' | 'chosen';

/** A step that the route's policy takes beyond the next target in the row. */
function policyStep(decision: Extract<Decision, { type: PolicyStep }>): string {
  const target = decision.target ?? 'a target';
  switch (decision.type) {
    case 'balanced':
      return `${target} is asked first: ${decision.why}`;
    case 'quorum': {
      const degraded = decision.asked < decision.size ? `, of ${decision.size} wanted: a degraded quorum` : '';
      return `${decision.asked} targets are asked at once${degraded}`;
    }
    case 'hedged':
      return `${target} is asked as well: no content after ${ms(decision.afterMs)}`;
    case 'not-hedged':
      return `nobody else was asked although there was no content after ${ms(decision.afterMs)}: ${decision.why}`;
    case 'checked':
      return `${target} said of its attempt ${decision.seq}: ${decision.said}`;
    case 'rejected':
      return `the answer of attempt ${decision.seq} was not taken: ${decision.why}`;
    case 'chosen':
      return `the answer of attempt ${decision.seq} was taken: ${decision.why}`;
  }
}

const WAITS = {
  backoff: 'before trying again',
  'retry-after': 'as the provider asked',
  gate: 'for a free place at the target',
} as const;

function attemptLines(attempt: StoredAttempt): string[] {
  const lines = [step(attempt.startedMs, attemptHead(attempt)), ...attemptNotes(attempt)];
  if (attempt.fault) {
    const verdict = attempt.verdict ?? 'not on record';
    lines.push(note(`failed with ${attempt.fault.kind}: ${attempt.fault.message}`), note(`verdict: ${verdict}`));
  }
  return lines;
}

function attemptHead(attempt: StoredAttempt): string {
  const again = attempt.tryOfTarget > 1 ? ` (try ${attempt.tryOfTarget} of this target)` : '';
  return `attempt ${attempt.seq} at ${attempt.target}${again}`;
}

function attemptNotes(attempt: StoredAttempt): string[] {
  const told = [
    attempt.durationMs === undefined ? undefined : `took ${ms(attempt.durationMs)}`,
    attempt.firstContentMs === undefined ? undefined : `first content after ${ms(attempt.firstContentMs)}`,
    attempt.promptVersion === undefined ? undefined : `prompt ${attempt.promptVersion}`,
    attempt.servedModel === undefined ? undefined : `answered as ${attempt.servedModel}`,
    attempt.upstreamRequestId === undefined ? undefined : `provider's id ${attempt.upstreamRequestId}`,
  ].filter((part) => part !== undefined);
  const lines = told.length > 0 ? [note(told.join(', '))] : [];
  lines.push(note(`billing: ${billing(attempt)}`));
  for (const loss of attempt.losses) {
    lines.push(note(`${loss.matters ? 'lost' : 'changed'}: ${loss.field}, ${loss.why}`));
  }
  return lines;
}

function billing(attempt: StoredAttempt): string {
  switch (attempt.state) {
    case 'settled':
      return `${usage(attempt.usage)}, ${dollars(attempt.costUsd)}`;
    case 'unknown':
      return 'not known; it was sent and may be billed';
    case 'free':
      return 'nothing, it never reached a model';
    case 'reserved':
      return 'not settled yet';
  }
}

function resultLines(stored: StoredRequest): string[] {
  const lines = [`  ${OUTCOMES[stored.outcome]}${stored.servedBy === undefined ? '' : `, by ${stored.servedBy}`}`];
  const { degraded, failure, failover } = stored;
  if (degraded?.reason === 'static')
    lines.push(`  nobody served: ${degraded.primary} should have, but ${degraded.cause}`);
  else if (degraded) {
    lines.push(`  degraded (${degraded.reason}): ${degraded.primary} should have served, but ${degraded.cause}`);
  }
  if (failure) {
    const message = failure.message === undefined ? '' : `: ${failure.message}`;
    const told = degraded?.reason === 'static' ? 'the prepared answer stands for' : 'the caller was told';
    lines.push(`  ${told} ${failure.status} ${failure.code}${message}`);
  }
  if (failover) {
    const to = failover.target ?? 'nobody';
    const cost = failover.costDeltaUsd === undefined ? 'cost not known' : signedDollars(failover.costDeltaUsd);
    lines.push(
      `  failover: ${failover.primary} to ${to} because of ${failover.error}, ${signedMs(failover.latencyDeltaMs)}, ${cost}`,
    );
  }
  if (stored.durationMs !== undefined) lines.push(`  ${timing(stored, stored.durationMs)}`);
  lines.push(`  cost: ${dollars(stored.costUsd)} (${usage(stored.usage)})`);
  return lines;
}

const OUTCOMES = {
  served: 'served',
  failed: 'failed',
  interrupted: 'interrupted after the commit point',
  'caller-gone': 'the caller went away',
  running: 'still running',
  unknown: 'not known: the gateway ended before the request did',
} as const satisfies Record<StoredRequest['outcome'], string>;

function timing(stored: StoredRequest, durationMs: number): string {
  const attempts = `${stored.attempts} ${stored.attempts === 1 ? 'attempt' : 'attempts'}`;
  const first = stored.firstContentMs === undefined ? '' : `, first content after ${ms(stored.firstContentMs)}`;
  const own = stored.overheadMs === undefined ? '' : `, ${ms(stored.overheadMs)} of it the gateway's own`;
  return `${attempts} in ${ms(durationMs)}${first}${own}`;
}

function usage(counts: Usage): string {
  const input = counts.inputTokens === undefined ? 'unknown' : String(counts.inputTokens);
  const cached = counts.cachedInputTokens ? ` (${counts.cachedInputTokens} cached)` : '';
  const output = counts.outputTokens === undefined ? 'unknown' : String(counts.outputTokens);
  return `${input} tokens in${cached}, ${output} out`;
}

function dollars(amount: number | undefined): string {
  return amount === undefined ? 'cost not known' : `$${money(amount)}`;
}

function signedDollars(amount: number): string {
  return `${amount < 0 ? '-' : '+'}$${money(Math.abs(amount))}`;
}

/** Requests cost fractions of a cent: six digits, without the zeros that say nothing. */
function money(amount: number): string {
  return amount.toFixed(6).replace(/0{1,4}$/, '');
}

function ms(duration: number): string {
  return duration < 10 && !Number.isInteger(duration) ? `${duration.toFixed(1)} ms` : `${Math.round(duration)} ms`;
}

function signedMs(duration: number): string {
  return `${duration < 0 ? '-' : '+'}${ms(Math.abs(duration))}`;
}

const timeWidth = 9;

function step(atMs: number, text: string): string {
  return `  ${ms(atMs).padStart(timeWidth)}  ${text}`;
}

function note(text: string): string {
  return `  ${' '.repeat(timeWidth)}  ${text}`;
}
