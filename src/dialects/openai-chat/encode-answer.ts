import { type Answer, answerText, collectAnswer } from '../../model/answer.ts';
import type { ChatEvent } from '../../model/chat-event.ts';
import { CitedText } from '../../model/cited-text.ts';
import type { ToolCallPart } from '../../model/conversation.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { ServedSummary } from '../../model/summary.ts';
import { annotation } from '../common/annotation.ts';
import { writeLogprobs } from '../common/openai-logprobs.ts';
import { openaiTier } from '../common/served-tier.ts';
import { textOfArguments } from '../common/text-arguments.ts';
import { textToolNames } from '../common/text-tools.ts';
import { writeAnnotations } from './annotations.ts';
import { carriedCallState, carriedDetails, ownDetails } from './carried-state.ts';
import { usesLegacyFunctions } from './chunk-writer.ts';
import { writeFinish } from './finish-reasons.ts';
import { writeUsage } from './usage.ts';
import type { WireAnswerChoice, WireTextCall, WireToolCall } from './wire.ts';

/** A whole `chat.completion`: the provider's own body where it spoke this dialect, else one built from the events. */
export function encodeAnswer(events: readonly ChatEvent[], context: AnswerContext, summary: ServedSummary): JsonObject {
  const body = context.sameDialect ? originalBody(events) : undefined;
  const answer = body ?? builtBody(events, context);
  return context.annotate ? { ...answer, understudy: annotation(summary) } : answer;
}

function originalBody(events: readonly ChatEvent[]): JsonObject | undefined {
  for (const { frame } of events) if (frame?.kind === 'body') return frame.value;
  return undefined;
}

function builtBody(events: readonly ChatEvent[], context: AnswerContext): JsonObject {
  const indexes = new Set<number>();
  for (const event of events) indexes.add(event.choice ?? 0);
  if (indexes.size === 0) indexes.add(0);
  const { request, annotate: carriesState } = context;
  const how = { legacy: usesLegacyFunctions(request), carriesState, textTools: textToolNames(request) };
  const sorted = [...indexes].sort((a, b) => a - b);
  const { usage: counts, serviceTier, fingerprint } = collectAnswer(events);
  const usage = writeUsage(counts);
  const tier = openaiTier(serviceTier);
  return {
    id: `chatcmpl-${context.requestId}`,
    object: 'chat.completion',
    created: context.createdAt,
    model: context.model,
    choices: sorted.map((index) => ({ ...choiceOf(collectAnswer(events, index), index, how) })),
    ...(usage && { usage }),
    ...(tier && { service_tier: tier }),
    ...(fingerprint !== undefined && { system_fingerprint: fingerprint }),
  };
}

interface Writing {
  readonly legacy: boolean;
  /** Opaque state of other dialects goes along. */
  readonly carriesState: boolean;
  readonly textTools: ReadonlySet<string>;
}

function choiceOf(answer: Answer, index: number, how: Writing) {
  const { legacy } = how;
  const text = answerText(answer);
  const calls = answer.parts.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
  const refusal = joined(answer, 'refusal');
  const reasoning = joined(answer, 'reasoning');
  const details = how.carriesState ? [...sealedHere(answer), ...carriedDetails(answer.parts)] : [];
  const [only] = calls;
  const annotations = writeAnnotations(answer.citations ?? [], new CitedText(text));
  return {
    index,
    message: {
      role: 'assistant',
      content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
      refusal: refusal === '' ? null : refusal,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(details.length > 0 && { reasoning_details: details }),
      ...(annotations.length > 0 && { annotations }),
      ...(legacy && only && { function_call: { name: only.name, arguments: only.arguments || '{}' } }),
      ...(!legacy &&
        calls.length > 0 && {
          tool_calls: calls.map((call) => callOf(call, how)),
        }),
    },
    logprobs: logprobsOf(answer),
    finish_reason: writeFinish(answer.finish ?? 'stop', legacy),
  } satisfies WireAnswerChoice;
}

function callOf(call: ToolCallPart, how: Writing): (WireToolCall | WireTextCall) & JsonObject {
  const { id, name } = call;
  const state = how.carriesState ? carriedCallState(call.opaque) : {};
  if (how.textTools.has(name)) {
    return { id, type: 'custom', custom: { name, input: textOfArguments(call.arguments) }, ...state };
  }
  // An empty text is no JSON, and clients parse the arguments.
  return { id, type: 'function', function: { name, arguments: call.arguments || '{}' }, ...state };
}

function logprobsOf({ logprobs, refusalLogprobs }: Answer) {
  if (!logprobs && !refusalLogprobs) return null;
  return {
    content: logprobs ? writeLogprobs(logprobs) : null,
    refusal: refusalLogprobs ? writeLogprobs(refusalLogprobs) : null,
  };
}

function joined(answer: Answer, type: 'refusal' | 'reasoning'): string {
  let text = '';
  for (const part of answer.parts) if (part.type === type) text += part.text;
  return text;
}

/** What a provider of this dialect sealed, in its own form. */
function sealedHere({ parts }: Answer): JsonValue[] {
  return parts.flatMap((part) => {
    const { reasoning_details: details } = part.type === 'reasoning' ? ownDetails(part.opaque) : {};
    return Array.isArray(details) ? details : [];
  });
}
