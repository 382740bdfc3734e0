import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { Observer } from '../engine/observer.ts';
import type { Usage } from '../model/usage.ts';
import { GEN_AI, providerWord, UNDERSTUDY } from './genai-attributes.ts';

/** Spans kept open at once; each ends with its request, so this only bounds a leak of ours. */
const MAX_OPEN = 100_000;

/**
 * One SERVER span a request, one CLIENT span an attempt, with the GenAI names. Does nothing without an SDK:
 * `@opentelemetry/api` is a no-op until the application that embeds us, or `--import`, registers one.
 */
export function createTraces(tracer: Tracer = trace.getTracer('understudy')): Observer {
  const requests = new Map<string, Span>();
  const attempts = new Map<string, Span>();
  return {
    requestBegun({ requestId, route, request, traceparent }) {
      if (requests.size >= MAX_OPEN) return;
      const parent = traceparent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent });
      const attributes = {
        [GEN_AI.operation]: 'chat',
        [GEN_AI.requestModel]: request.model,
        [GEN_AI.requestStream]: request.stream,
        [UNDERSTUDY.requestId]: requestId,
        [UNDERSTUDY.route]: route,
      };
      const span = tracer.startSpan(`chat ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
      // Nobody records it: what would be told of it, and of its attempts, need not even be put together.
      if (span.isRecording()) requests.set(requestId, span);
    },
    attemptBegun({ requestId, seq, target, request }) {
      const parent = requests.get(requestId);
      if (!parent) return;
      const { maxOutputTokens, sampling } = request;
      const attributes = {
        [GEN_AI.operation]: 'chat',
        [GEN_AI.provider]: providerWord(target.provider),
        [GEN_AI.requestModel]: target.model,
        [GEN_AI.requestStream]: request.stream,
        ...(maxOutputTokens !== undefined && { [GEN_AI.maxTokens]: maxOutputTokens }),
        ...(sampling.temperature !== undefined && { [GEN_AI.temperature]: sampling.temperature }),
        [UNDERSTUDY.target]: target.id,
        [UNDERSTUDY.attempt]: seq,
      };
      const span = tracer.startSpan(
        `chat ${target.model}`,
        { kind: SpanKind.CLIENT, attributes },
        trace.setSpan(context.active(), parent),
      );
      attempts.set(`${requestId} ${seq}`, span);
    },
    attemptEnded({ requestId, ended }) {
      const key = `${requestId} ${ended.seq}`;
      const span = attempts.get(key);
      if (!span) return;
      attempts.delete(key);
      span.setAttributes(usageAttributes(ended.usage));
      if (ended.servedModel !== undefined) span.setAttribute(GEN_AI.responseModel, ended.servedModel);
      if (ended.firstContentMs !== undefined) span.setAttribute(GEN_AI.timeToFirstChunk, ended.firstContentMs / 1000);
      if (ended.verdict !== undefined) span.setAttribute(UNDERSTUDY.verdict, ended.verdict);
      if (ended.fault) fail(span, ended.fault.kind, ended.fault.message);
      span.end();
    },
    requestEnded({ ended }) {
      const span = requests.get(ended.requestId);
      if (!span) return;
      requests.delete(ended.requestId);
      span.setAttributes(usageAttributes(ended.usage));
      span.setAttribute(UNDERSTUDY.attempts, ended.attempts);
      span.setAttribute(UNDERSTUDY.degraded, ended.degraded !== undefined);
      if (ended.servedBy !== undefined) span.setAttribute(UNDERSTUDY.servedBy, ended.servedBy);
      if (ended.degraded) span.setAttribute(UNDERSTUDY.degradedReason, ended.degraded.reason);
      if (ended.failover) span.setAttribute(UNDERSTUDY.failoverCause, ended.failover.error);
      if (ended.outcome !== 'served')
        fail(span, ended.failure?.code ?? ended.outcome, ended.failure?.message ?? ended.outcome);
      span.end();
    },
    breakerMoved() {},
    tokensCounted() {},
    qualityMoved() {},
    alert() {},
  };
}

function fail(span: Span, type: string, message: string): void {
  span.setAttribute(GEN_AI.errorType, type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function usageAttributes(usage: Usage): Record<string, number> {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    ...(inputTokens !== undefined && { [GEN_AI.inputTokens]: inputTokens }),
    ...(outputTokens !== undefined && { [GEN_AI.outputTokens]: outputTokens }),
    ...(cachedInputTokens !== undefined && { [GEN_AI.cachedInputTokens]: cachedInputTokens }),
    ...(reasoningTokens !== undefined && { [GEN_AI.reasoningTokens]: reasoningTokens }),
  };
}
