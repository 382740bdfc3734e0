import { mergeUsage } from '../model/answer.ts';
import { type ChatEvent, isMeaningful } from '../model/chat-event.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { EncodedRequest, StreamDecoder, TargetDialect } from '../model/dialect.ts';
import type { Fault } from '../model/fault.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Usage } from '../model/usage.ts';
import type { SseFrame } from '../model/wire-frame.ts';
import { rateLimitResetMs, retryAfterMs } from '../resilience/retry-after.ts';
import { AttemptClocks, type AttemptLimits } from './attempt-clocks.ts';
import { charsOf } from './delivery.ts';
import type { Lane, Permit } from './lane.ts';
import { type Clock, isUpstreamFault, type Upstream, type UpstreamAnswer } from './ports.ts';
import type { RouteTarget } from './route.ts';
import { Scope } from './scope.ts';
import { StopCut } from './stop-cut.ts';

/** One try at one target. */
export interface AttemptOrder {
  readonly target: RouteTarget;
  /** Learns how fast the answer came and what its headers say of rate limits. */
  readonly lane: Lane;
  readonly permit: Permit;
  readonly request: ChatRequest;
  readonly encoded: EncodedRequest;
  readonly limits: AttemptLimits;
  readonly freshConnection: boolean;
  /** Aborted when the caller is gone. */
  readonly signal: StopSignal;
}

/** Takes the events of an attempt. A fault ends the attempt; a promise is waited for. */
export type EventTaker = (events: readonly ChatEvent[]) => Fault | undefined | Promise<undefined>;

export interface AttemptReport {
  /** Absent: the answer is complete. */
  readonly fault: Fault | undefined;
  readonly usage: Usage;
  readonly status: number | undefined;
  readonly upstreamRequestId: string | undefined;
  readonly servedModel: string | undefined;
  readonly firstContentMs: number | undefined;
  readonly durationMs: number;
  /** The request reached the provider, so that it may be billed whatever came back. */
  readonly dispatched: boolean;
}

export interface AttemptDeps {
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly dialect: TargetDialect;
}

type Draft = { -readonly [K in keyof AttemptReport]: AttemptReport[K] };

/** Makes one attempt from the first byte sent to the last one read. Never throws: whatever goes wrong is a fault. */
export async function runAttempt(
  order: AttemptOrder,
  deps: AttemptDeps,
  take: EventTaker,
  onClocks: (clocks: AttemptClocks) => void,
): Promise<AttemptReport> {
  const startedAt = deps.clock.now();
  const scope = new Scope(order.signal);
  const clocks = new AttemptClocks(deps.clock, order.limits, (fault) => scope.abort(fault));
  onClocks(clocks);
  const report: Draft = {
    fault: undefined,
    usage: {},
    status: undefined,
    upstreamRequestId: undefined,
    servedModel: undefined,
    firstContentMs: undefined,
    durationMs: 0,
    dispatched: false,
  };
  try {
    const answer = await deps.upstream.send({
      target: order.target.target,
      path: order.encoded.path,
      headers: order.encoded.headers,
      body: order.encoded.body,
      stream: order.request.stream,
      connectMs: Math.max(1, Math.min(order.limits.timeouts.connectMs, order.limits.budgetMs)),
      freshConnection: order.freshConnection,
      signal: scope.signal,
    });
    clocks.headersReceived();
    report.dispatched = true;
    const reader = new EventReader(report, { startedAt, clock: deps.clock, clocks, take, order });
    report.fault = await readAnswer(answer, order, deps, reader);
  } catch (error) {
    report.fault = faultOf(error, scope.signal);
    report.dispatched ||= mayHaveArrived(report.fault);
  } finally {
    clocks.stop();
    // Whatever is still open upstream is of no use to anybody now. A whole answer leaves nothing open, and an abort costs
    // more than all clocks of a request.
    if (report.fault) scope.abort({ kind: 'caller-gone', message: 'attempt over' });
    scope.close();
  }
  report.durationMs = Math.max(0, deps.clock.now() - startedAt);
  tellPace(order, clocks, report, deps.clock.now());
  return report;
}

/** What a stream's first content did not tell already: how long the rest took, and what was not waited for. */
function tellPace(order: AttemptOrder, clocks: AttemptClocks, report: AttemptReport, now: number): void {
  const { lane, permit, limits } = order;
  const { fault, durationMs } = report;
  if (!fault) {
    lane.tokensUsed((report.usage.inputTokens ?? 0) + (report.usage.outputTokens ?? 0));
    if (limits.stream) lane.latency.gap.record(clocks.longestGapMs, now);
    else lane.wholeAnswerCame(now, permit, durationMs, report.usage.outputTokens);
    return;
  }
  const gaveUp = fault.kind === 'timed-out' ? fault.clock : undefined;
  if (gaveUp === 'headers' || gaveUp === 'first-content') {
    const what = limits.stream ? (gaveUp === 'headers' ? 'headers' : 'firstContent') : 'total';
    lane.latency.recordCut(what, durationMs, now);
  } else if (gaveUp === 'gap' && limits.stream) lane.latency.recordCut('gap', clocks.silentMs(now), now);
}

async function readAnswer(
  answer: UpstreamAnswer,
  order: AttemptOrder,
  deps: AttemptDeps,
  reader: EventReader,
): Promise<Fault | undefined> {
  const { endsAt } = order.encoded;
  const cut = endsAt && endsAt.length > 0 ? new StopCut(endsAt, order.request.choices) : undefined;
  switch (answer.kind) {
    case 'refused': {
      const { response } = answer;
      reader.heard(response.status, response.headers);
      return withNamedWait(deps.dialect.decodeFault(response), response.headers, deps.clock);
    }
    case 'body': {
      reader.heard(answer.status, answer.headers);
      const events = deps.dialect.decodeAnswer(answer.value, order.encoded.reading);
      return reader.read(cut ? cut.push(events) : events);
    }
    case 'stream': {
      reader.heard(answer.status, answer.headers);
      const decoder = deps.dialect.streamDecoder(order.encoded.reading);
      for await (const frames of answer.frames) {
        const events = frames.length === 1 && frames[0] ? decoder.push(frames[0]) : eventsOf(frames, decoder);
        const read = reader.read(cut ? cut.push(events) : events);
        const fault = read instanceof Promise ? await read : read;
        if (fault) return fault;
        // What would still come is for nobody; leaving closes the connection to the provider.
        if (cut?.done) return undefined;
      }
      return reader.read(cut ? cut.push(decoder.end()) : decoder.end());
    }
  }
}

function eventsOf(frames: readonly SseFrame[], decoder: StreamDecoder): ChatEvent[] {
  const events: ChatEvent[] = [];
  for (const frame of frames) events.push(...decoder.push(frame));
  return events;
}

interface ReaderTools {
  readonly startedAt: number;
  readonly clock: Clock;
  readonly clocks: AttemptClocks;
  readonly take: EventTaker;
  readonly order: AttemptOrder;
}

/** Follows the events of one attempt: clocks, usage, first content, in-band faults. */
class EventReader {
  readonly #report: Draft;
  readonly #with: ReaderTools;

  constructor(report: Draft, tools: ReaderTools) {
    this.#report = report;
    this.#with = tools;
  }

  heard(status: number, headers: Readonly<Record<string, string>>): void {
    this.#report.status = status;
    this.#report.upstreamRequestId =
      headers['x-request-id'] ?? headers['request-id'] ?? headers['x-amzn-requestid'] ?? headers['apim-request-id'];
    const { order, clock, startedAt } = this.#with;
    order.lane.heard(headers, order.permit, clock);
    if (order.limits.stream) order.lane.latency.headers.record(clock.now() - startedAt, clock.now());
  }

  /** A promise only where the caller is behind: most events cost no turn of their own. */
  read(events: readonly ChatEvent[]): Fault | undefined | Promise<Fault | undefined> {
    const fault = this.#follow(events);
    const good = fault ? events.slice(0, events.indexOf(fault)) : events;
    const taken = good.length > 0 ? this.#with.take(good) : undefined;
    if (taken instanceof Promise) return this.#caughtUp(taken, fault?.fault);
    return taken ?? fault?.fault;
  }

  async #caughtUp(taken: Promise<undefined>, fault: Fault | undefined): Promise<Fault | undefined> {
    const { clocks } = this.#with;
    clocks.pause();
    await taken;
    clocks.resume();
    return fault;
  }

  #follow(events: readonly ChatEvent[]): Extract<ChatEvent, { type: 'fault' }> | undefined {
    const { clock, clocks } = this.#with;
    let chars = 0;
    let meaningful = false;
    let fault: Extract<ChatEvent, { type: 'fault' }> | undefined;
    for (const event of events) {
      if (event.type === 'fault') {
        fault = event;
        break;
      }
      if (event.type === 'usage') this.#report.usage = mergeUsage(this.#report.usage, event.usage);
      else if (event.type === 'start') this.#report.servedModel = event.model ?? this.#report.servedModel;
      else if (isMeaningful(event)) {
        meaningful = true;
        chars += charsOf(event);
      } else if (event.type === 'finish') meaningful = true;
    }
    if (meaningful) {
      if (this.#report.firstContentMs === undefined) this.#begun(clock.now());
      clocks.content(chars);
    }
    return fault;
  }

  #begun(now: number): void {
    const { startedAt, order } = this.#with;
    const ms = Math.max(0, now - startedAt);
    this.#report.firstContentMs = ms;
    if (order.limits.stream) order.lane.firstContentCame(now, order.permit, ms);
  }
}

/** A wait named in a header wins over one read from the body. */
function withNamedWait(fault: Fault, headers: Readonly<Record<string, string>>, clock: Clock): Fault {
  switch (fault.kind) {
    case 'rate-limited':
    case 'quota-exhausted':
    case 'server-error': {
      const wallNow = clock.wallNow();
      const reset = fault.kind === 'rate-limited' ? rateLimitResetMs(headers, wallNow) : undefined;
      const named = retryAfterMs(headers, wallNow) ?? fault.retryAfterMs ?? reset;
      return named === undefined ? fault : { ...fault, retryAfterMs: named };
    }
    default:
      return fault;
  }
}

function faultOf(error: unknown, signal: StopSignal): Fault {
  if (isUpstreamFault(error)) return error.fault;
  if (signal.aborted && isUpstreamFault(signal.reason)) return signal.reason.fault;
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'unknown', message: `unexpected ${name.slice(0, 200)}` };
}

/** A connection that never stood carried no request; after that nobody can tell. */
function mayHaveArrived(fault: Fault): boolean {
  switch (fault.kind) {
    case 'stale-connection':
    case 'connection-failed':
      return false;
    case 'timed-out':
      return fault.clock !== 'connect';
    default:
      return true;
  }
}
