import type { ChatRequest } from '../model/chat-request.ts';
import type { TargetDialect, TokenCounter } from '../model/dialect.ts';
import type { Fault } from '../model/fault.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import type { Target } from '../model/target.ts';
import { COUNTER_GONE_MS, COUNTER_REST_MS } from './engine-defaults.ts';
import type { Lane } from './lane.ts';
import type { Clock, Dialects, Upstream, UpstreamAnswer } from './ports.ts';
import { isUpstreamFault } from './ports.ts';
import { Scope } from './scope.ts';

/** What counting needs of the engine. */
export interface CountingDeps {
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly dialects: Dialects;
  readonly chance: { newId(): string };
}

/** One count to be asked for. */
export interface CountOrder {
  readonly target: Target;
  /** Made ready for this target: it goes out as it is. */
  readonly request: ChatRequest;
  /** Milliseconds until nobody waits for it any longer. */
  readonly withinMs: number;
  /** Aborted when the caller is gone. */
  readonly signal: StopSignal;
}

export type Counted =
  | {
      readonly kind: 'counted';
      readonly tokens: number;
      /** What the counter said, and in which dialect. */
      readonly answer: JsonObject;
      readonly dialect: Target['dialect'];
    }
  | { readonly kind: 'failed'; readonly fault: Fault };

/** The counter that answers for a target; undefined where there is none. */
function counterOf(
  target: Target,
  dialects: Dialects,
): { counter: TokenCounter; dialect: Target['dialect'] } | undefined {
  const named = target.quirks.tokenCounter;
  if (named === 'none') return undefined;
  const dialect = named === 'own' ? target.dialect : named;
  const { counter } = dialects.target(dialect);
  return counter && { counter, dialect };
}

export function hasCounter(target: Target, dialects: Dialects): boolean {
  return counterOf(target, dialects) !== undefined;
}

/**
 * Asks the vendor's own counter. Touches neither breaker nor hold nor gate: a counter that fails says nothing of the
 * model. Never throws; undefined where the target has no counter.
 */
export async function countInput(order: CountOrder, deps: CountingDeps): Promise<Counted | undefined> {
  const { target } = order;
  const found = counterOf(target, deps.dialects);
  if (!found) return undefined;
  const { counter, dialect } = found;
  const scope = new Scope(order.signal);
  const late: Fault = {
    kind: 'timed-out',
    clock: 'headers',
    message: `no count within ${Math.round(order.withinMs)} ms`,
  };
  const cancel = deps.clock.setTimer(order.withinMs, () => scope.abort(late));
  try {
    const kit = deps.dialects.target(dialect);
    const context = { target: { ...target, dialect }, newId: () => deps.chance.newId() };
    const encoded = kit.encodeRequest({ ...order.request, stream: false }, context);
    const answer = await deps.upstream.send({
      target,
      ...counter.question(encoded),
      stream: false,
      connectMs: Math.max(1, order.withinMs),
      freshConnection: false,
      signal: scope.signal,
    });
    return read(answer, counter, kit);
  } catch (error) {
    return { kind: 'failed', fault: faultOf(error, scope.signal) };
  } finally {
    cancel();
    scope.abort({ kind: 'caller-gone', message: 'counting over' });
    scope.close();
  }
}

function read(answer: UpstreamAnswer, counter: TokenCounter, kit: TargetDialect): Counted {
  switch (answer.kind) {
    case 'refused':
      return { kind: 'failed', fault: kit.decodeFault(answer.response) };
    case 'stream':
      return failed('wrong-type', 'a stream instead of a count');
    case 'body': {
      const { value } = answer;
      const tokens = counter.readCount(value);
      if (tokens === undefined || !isJsonObject(value)) return failed('malformed', 'the answer holds no count');
      return { kind: 'counted', tokens, answer: value, dialect: kit.name };
    }
  }
}

function failed(what: 'wrong-type' | 'malformed', message: string): Counted {
  return { kind: 'failed', fault: { kind: 'bad-response', what, message } };
}

function faultOf(error: unknown, signal: StopSignal): Fault {
  if (isUpstreamFault(error)) return error.fault;
  if (signal.aborted && isUpstreamFault(signal.reason)) return signal.reason.fault;
  const name = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: 'unknown', message: `unexpected ${name.slice(0, 200)}` };
}

/** A counter that is not there will not be there soon; one that failed may be back in a minute. */
export function restCounter(lane: Lane, fault: Fault, now: number): void {
  const missing = fault.status === 404 || fault.status === 405 || fault.status === 501;
  lane.counterRestsUntil = now + (missing ? COUNTER_GONE_MS : COUNTER_REST_MS);
}
