import type { AnswerSink } from '../../engine/delivery.ts';
import type { Ledger } from '../../engine/ports.ts';
import type { AttemptEnded, RequestEnded } from '../../engine/record.ts';
import type { Route } from '../../engine/route.ts';
import { type RunResult, run } from '../../engine/run.ts';
import type { EngineDeps } from '../../engine/run-state.ts';
import { type Answer, collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import type { ChatRequest } from '../../model/chat-request.ts';
import type { TargetDialect } from '../../model/dialect.ts';
import type { Fault } from '../../model/fault.ts';
import type { Usage } from '../../model/usage.ts';
import type { EvalHouse } from './house.ts';
import { RecordingUpstream, ReplayingUpstream, type Sample } from './wire-cache.ts';

/** One question to one target, through the same loop as every request, whole and never streamed. */
export interface Question {
  readonly request: ChatRequest;
  /** Its only target is who is asked. */
  readonly route: Route;
  readonly sample: Sample;
  /** Ids that a request holds are made from it, so that the same question is the same request to the letter. */
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Kept answers from before it are not used; absent: none is. Wall clock, milliseconds since 1970. */
  readonly notBefore?: number;
}

/** What came of it. */
export interface Asked {
  /** Also of an answer that broke its contract, as far as it came. */
  readonly answer?: Answer;
  /** Absent where the answer was served. */
  readonly error?: { readonly message: string; readonly ours: boolean; readonly retryAfterMs?: number };
  readonly cached: boolean;
  readonly requestId: string;
  readonly durationMs: number;
  readonly usage: Usage;
  /** What it cost when it was given; undefined where a price or a count is not known. */
  readonly costUsd?: number;
  readonly servedModel?: string;
  readonly promptVersion?: string;
  /** When a kept answer was given; wall clock, milliseconds since 1970. */
  readonly givenAt?: number;
}

/** Before a target is asked again whose lane had no place. */
const FULL_LANE_WAIT_MS = 1_000;

const NOWHERE: AnswerSink = { open() {}, write() {} };

/** From what is kept where that answers the whole question, repairs included; else of the target itself. */
export async function askOnce(question: Question, house: EvalHouse, base: EngineDeps = house.engine): Promise<Asked> {
  return (await replayed(question, house, base)) ?? asked(question, house, base);
}

async function replayed(question: Question, house: EvalHouse, base: EngineDeps): Promise<Asked | undefined> {
  if (question.notBefore === undefined) return undefined;
  const { sample, notBefore } = question;
  const upstream = new ReplayingUpstream(house.answers, { sample, notBefore });
  const found = await oneRun(question, { ...house.replaying(), memory: base.memory, upstream }, house);
  if (upstream.missed || found.error?.ours) return undefined;
  const { tookMs: durationMs, givenAt } = upstream;
  return { ...found, cached: true, durationMs, ...(givenAt !== undefined && { givenAt }) };
}

async function asked(question: Question, house: EvalHouse, base: EngineDeps): Promise<Asked> {
  const upstream = new RecordingUpstream(base.upstream, question.sample, base.clock);
  const found = await oneRun(question, { ...base, upstream }, house);
  if (!found.error?.ours) await upstream.keep(house.answers);
  return found;
}

async function oneRun(question: Question, deps: EngineDeps, house: EvalHouse): Promise<Asked> {
  const heard = new Heard();
  const { request, route, signal, seed } = question;
  let ids = 0;
  const result = await run(
    { requestId: house.newRequestId(), request, route, signal, startedAt: deps.clock.now() },
    NOWHERE,
    {
      ...deps,
      ledger: heard.ledger(deps.ledger),
      dialects: { ...deps.dialects, target: (name) => heard.dialect(deps.dialects.target(name)) },
      chance: {
        next: () => deps.chance.next(),
        newId: () => {
          ids += 1;
          return `${seed}${String(ids).padStart(4, '0')}`;
        },
      },
    },
  );
  return heard.told(result);
}

/** What the rows and the decoders of one request say. */
class Heard {
  #events: readonly ChatEvent[] = [];
  #lastAttempt: AttemptEnded | undefined;
  #ended: RequestEnded | undefined;

  ledger(ledger: Ledger): Ledger {
    return {
      requestBegun: (row) => ledger.requestBegun(row),
      attemptStarted: (row) => ledger.attemptStarted(row),
      attemptEnded: (row) => {
        this.#lastAttempt = row;
        ledger.attemptEnded(row);
      },
      requestEnded: (row) => {
        this.#ended = row;
        return ledger.requestEnded(row);
      },
    };
  }

  /** An answer that breaks its contract is given to nobody; people who compare models want to see it. */
  dialect(dialect: TargetDialect): TargetDialect {
    return {
      ...dialect,
      decodeAnswer: (body, reading) => {
        const events = dialect.decodeAnswer(body, reading);
        this.#events = events;
        return events;
      },
    };
  }

  told(result: RunResult): Asked {
    const ended = this.#ended;
    const servedModel = this.#lastAttempt?.servedModel;
    const facts = {
      cached: false,
      requestId: ended?.requestId ?? '',
      durationMs: ended?.durationMs ?? 0,
      usage: ended?.usage ?? {},
      ...(ended?.costUsd !== undefined && { costUsd: ended.costUsd }),
      ...(servedModel !== undefined && { servedModel }),
      ...(ended?.promptVersion !== undefined && { promptVersion: ended.promptVersion }),
    };
    switch (result.kind) {
      case 'served':
        return { ...facts, answer: collectAnswer(result.events) };
      case 'prepared':
        return { ...facts, error: { message: 'the route answered by itself', ours: true } };
      case 'caller-gone':
        return { ...facts, error: { message: 'interrupted', ours: true } };
      case 'failed': {
        const { message, status, retryAfterMs } = result.failure;
        const fault = this.#lastAttempt?.fault;
        const ours = !fault || !isOfTheModel(fault);
        // A lane that was full a moment ago: nothing was sent, and nobody said how long.
        const full = this.#lastAttempt === undefined && status >= 429;
        const wait = retryAfterMs !== undefined ? { retryAfterMs } : full ? { retryAfterMs: FULL_LANE_WAIT_MS } : {};
        const seen = ours ? {} : { answer: collectAnswer(this.#events) };
        return { ...facts, ...seen, error: { message: fault?.message ?? message, ours, ...wait } };
      }
    }
  }
}

/**
 * Whether a fault says something of the model: that its answer, or its refusal of the request, is worth nothing. Of a
 * network, a limit or an outage it says nothing, and an answer that did not come for one of these is no outcome.
 */
export function isOfTheModel(fault: Fault): boolean {
  switch (fault.kind) {
    case 'contract-broken':
    case 'content-policy':
    case 'context-too-long':
    case 'invalid-request':
    case 'provider-rejected':
      return true;
    case 'bad-response':
      return fault.what === 'empty' || fault.what === 'malformed';
    default:
      return false;
  }
}
