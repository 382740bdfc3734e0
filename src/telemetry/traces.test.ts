import {
  type Attributes,
  type AttributeValue,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  type SpanStatus,
  SpanStatusCode,
  type TextMapPropagator,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { attemptEnded, REQUEST, requestEnded, target, tellFailover } from './test-kit.ts';
import { createTraces } from './traces.ts';

/** A span kept in memory, as an SDK would keep it. */
class KeptSpan implements Span {
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly parent: SpanContext | undefined;
  readonly attributes: Record<string, AttributeValue | undefined>;
  readonly #context: SpanContext;
  status: SpanStatus | undefined;
  ends = 0;

  constructor(name: string, options: SpanOptions, parent: SpanContext | undefined, id: number) {
    this.name = name;
    this.kind = options.kind;
    this.parent = parent;
    this.attributes = { ...options.attributes };
    const traceId = parent?.traceId ?? String(id).padStart(32, '0');
    this.#context = { traceId, spanId: String(id).padStart(16, '0'), traceFlags: 1 };
  }
  spanContext(): SpanContext {
    return this.#context;
  }
  setAttribute(key: string, value: AttributeValue): this {
    if (this.ends > 0) throw new Error(`${key} was set after the end`);
    this.attributes[key] = value;
    return this;
  }
  setAttributes(attributes: Attributes): this {
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) this.setAttribute(key, value);
    return this;
  }
  setStatus(status: SpanStatus): this {
    this.status = status;
    return this;
  }
  end(): void {
    this.ends += 1;
  }
  isRecording(): boolean {
    return this.ends === 0;
  }
  addEvent(): this {
    return this;
  }
  addLink(): this {
    return this;
  }
  addLinks(): this {
    return this;
  }
  updateName(): this {
    return this;
  }
  recordException(): void {}
}

/** As a sampler gives it that turns a request down. */
class DroppedSpan extends KeptSpan {
  override isRecording(): boolean {
    return false;
  }
}

function tracing(Made: typeof KeptSpan = KeptSpan) {
  const spans: KeptSpan[] = [];
  const tracer: Pick<Tracer, 'startSpan'> = {
    startSpan(name, options = {}, parent: Context = ROOT_CONTEXT) {
      const span = new Made(name, options, trace.getSpanContext(parent), spans.length + 1);
      spans.push(span);
      return span;
    },
  };
  return { spans, observer: createTraces(tracer as Tracer) };
}

describe('a request that nobody records', () => {
  it('has no spans of its attempts', () => {
    const { spans, observer } = tracing(DroppedSpan);
    tellFailover(observer);
    expect(spans.map(({ name }) => name)).toEqual(['chat reply']);
  });
});

describe('the trace of a failover', () => {
  it('is one server span with a client span for each attempt below it, each ended once', () => {
    const { spans, observer } = tracing();
    tellFailover(observer);
    const [request, first, second] = spans;
    expect(spans.map((span) => [span.name, span.kind, span.ends])).toEqual([
      ['chat reply', SpanKind.SERVER, 1],
      ['chat one', SpanKind.CLIENT, 1],
      ['chat two', SpanKind.CLIENT, 1],
    ]);
    expect(request?.parent).toBeUndefined();
    expect(first?.parent).toEqual(request?.spanContext());
    expect(second?.parent).toEqual(request?.spanContext());
  });

  it('carries the names of the GenAI conventions and our own', () => {
    const { spans, observer } = tracing();
    tellFailover(observer);
    const [request, first, second] = spans;
    expect(request?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'reply',
      'gen_ai.request.stream': true,
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'understudy.request_id': 'req_1',
      'understudy.route': 'reply',
      'understudy.attempts': 2,
      'understudy.served_by': 'beta/two',
      'understudy.degraded': true,
      'understudy.degraded.reason': 'fallback',
      'understudy.failover.cause': 'server-error',
    });
    expect(first?.attributes).toMatchObject({
      'gen_ai.provider.name': 'alpha',
      'gen_ai.request.model': 'one',
      'gen_ai.request.max_tokens': 99,
      'gen_ai.request.temperature': 0.3,
      'understudy.target': 'alpha/one',
      'understudy.attempt': 1,
      'understudy.verdict': 'next-target: server-error',
      'error.type': 'server-error',
    });
    expect(second?.attributes).toMatchObject({
      'gen_ai.response.model': 'two-0613',
      'gen_ai.response.time_to_first_chunk': 0.15,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
    });
  });

  it('marks the failed attempt, and not the request that was served all the same', () => {
    const { spans, observer } = tracing();
    tellFailover(observer);
    expect(spans.map((span) => span.status)).toEqual([
      undefined,
      { code: SpanStatusCode.ERROR, message: 'HTTP 503' },
      undefined,
    ]);
  });

  it('holds nothing of what was said', () => {
    const { spans, observer } = tracing();
    tellFailover(observer);
    expect(JSON.stringify(spans)).not.toContain('the words of the caller');
  });
});

describe('a request that failed', () => {
  it('is marked with its code, or with its outcome where it has none', () => {
    const { spans, observer } = tracing();
    for (const [requestId, ended] of [
      ['a', requestEnded({ outcome: 'failed', failure: { code: 'overloaded', status: 503, message: 'full' } })],
      ['b', requestEnded({ outcome: 'caller-gone' })],
    ] as const) {
      observer.requestBegun({ requestId, route: 'reply', request: REQUEST, traceparent: undefined });
      observer.requestEnded({ route: 'reply', request: REQUEST, ended: { ...ended, requestId } });
    }
    expect(spans.map((span) => [span.attributes['error.type'], span.status])).toEqual([
      ['overloaded', { code: SpanStatusCode.ERROR, message: 'full' }],
      ['caller-gone', { code: SpanStatusCode.ERROR, message: 'caller-gone' }],
    ]);
  });
});

describe('several requests at once', () => {
  it('keep their spans apart', () => {
    const { spans, observer } = tracing();
    for (const requestId of ['a', 'b'])
      observer.requestBegun({ requestId, route: requestId, request: REQUEST, traceparent: undefined });
    const of = (requestId: string) => ({ requestId, route: requestId, target: target('alpha/one') });
    for (const requestId of ['b', 'a']) observer.attemptBegun({ ...of(requestId), seq: 1, request: REQUEST });
    observer.attemptEnded({ ...of('a'), ended: attemptEnded({ requestId: 'a' }) });
    expect(spans.map((span) => span.ends)).toEqual([0, 0, 0, 1]);
    expect(spans[2]?.parent).toEqual(spans[1]?.spanContext());
    expect(spans[3]?.parent).toEqual(spans[0]?.spanContext());
  });

  it('what was never begun is not ended', () => {
    const { spans, observer } = tracing();
    observer.attemptBegun({ requestId: 'x', seq: 1, route: 'reply', target: target('alpha/one'), request: REQUEST });
    observer.attemptEnded({ requestId: 'x', route: 'reply', target: target('alpha/one'), ended: attemptEnded() });
    observer.requestEnded({ route: 'reply', request: REQUEST, ended: requestEnded() });
    expect(spans).toEqual([]);
  });
});

describe('a caller with a trace of its own', () => {
  afterEach(() => propagation.disable());

  it('finds the request in it', () => {
    const parent: SpanContext = { traceId: '4'.repeat(32), spanId: '7'.repeat(16), traceFlags: 1, isRemote: true };
    const propagator: TextMapPropagator = {
      fields: () => ['traceparent'],
      inject: () => {},
      extract: (context, carrier, getter) =>
        getter.get(carrier, 'traceparent') === 'theirs' ? trace.setSpanContext(context, parent) : context,
    };
    propagation.setGlobalPropagator(propagator);
    const { spans, observer } = tracing();
    observer.requestBegun({ requestId: 'r', route: 'reply', request: REQUEST, traceparent: 'theirs' });
    expect(spans[0]?.parent).toEqual(parent);
  });
});

describe('without an SDK', () => {
  it('nothing happens, and nothing breaks', () => {
    expect(() => tellFailover(createTraces())).not.toThrow();
  });
});
