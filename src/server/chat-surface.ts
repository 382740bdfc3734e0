import { randomFillSync } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '../engine/route.ts';
import { run } from '../engine/run.ts';
import { CallerCut, Halt } from '../engine/scope.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { CallerDialect } from '../model/dialect.ts';
import type { CallerDialectName } from '../model/dialect-name.ts';
import type { JsonObject } from '../model/json.ts';
import { isRequestError } from '../model/request-error.ts';
import { StopSource } from '../model/stop-signal.ts';
import type { Admission } from './admission.ts';
import type { AnswerFraming } from './answer-framing.ts';
import { AnswerWriter } from './answer-writer.ts';
import { withBetas } from './anthropic-betas.ts';
import { guardVersion } from './anthropic-version.ts';
import type { CallerKey } from './caller-keys.ts';
import { beginTurn, type ConversationTurn } from './conversation-turn.ts';
import { deferralOf, keepingField } from './deferral.ts';
import { embeddingsRoute } from './embeddings-surface.ts';
import { findRoute } from './find-route.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import type { Place } from './open-streams.ts';
import { takeRequestOptions } from './request-options.ts';
import { acceptedAtOnce, acceptedInstead, type Deferrable } from './surface-deferral.ts';
import { guardToolChoice } from './tool-choice-guard.ts';

/** One chat request as it came over the wire, body parsed. */
export interface Incoming {
  readonly raw: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: JsonObject;
  readonly dialectName: CallerDialectName;
  /** Of an answer that is streamed. */
  readonly framing: AnswerFraming;
  /** Who showed a key; undefined where none is required. */
  readonly caller: CallerKey | undefined;
  /** Monotonic moment at which the head was read. */
  readonly startedAt: number;
  readonly place: Place;
}

/** Why a request is stopped whose caller reads no further. */
const CALLER_LEFT = new Error('the caller left');

/** Serves one chat request on any surface: the surfaces differ in their path and their dialect, and in nothing else. */
export async function serveChat(incoming: Incoming, gateway: Gateway, admission: Admission): Promise<void> {
  const { raw, caller, dialectName } = incoming;
  const { body, options } = takeRequestOptions(incoming.body, raw.headers);
  if (dialectName === 'anthropic-messages') guardVersion(raw.headers);
  const spoken = dialectName === 'anthropic-messages' ? withBetas(body, raw.headers) : body;
  const begun = dialectName === 'openai-responses' ? beginTurn(spoken, caller, gateway) : undefined;
  const turn = begun instanceof Promise ? await begun : begun;
  try {
    const dialect = gateway.engine.dialects.caller(dialectName);
    const request = turn ? decodeTurn(dialect, turn, options) : decodeCaller(dialect, spoken, options);
    await serveRequest({ incoming, dialect, request, turn, body: turn?.body ?? spoken }, gateway, admission);
  } finally {
    turn?.release();
  }
}

interface Serving {
  readonly incoming: Incoming;
  readonly dialect: CallerDialect;
  readonly request: ChatRequest;
  readonly turn: ConversationTurn | undefined;
  /** What the dialect read, options of the gateway's taken out. */
  readonly body: JsonObject;
}

async function serveRequest(serving: Serving, gateway: Gateway, admission: Admission): Promise<void> {
  const { incoming, dialect, request, turn } = serving;
  const { raw, response, caller } = incoming;
  guardSize(request, gateway);
  guardToolChoice(request);
  const found = findRoute(gateway, request.model, caller);
  const route = request.dialect === 'openai-embeddings' ? embeddingsRoute(found) : found;
  admission.use(incoming.place, route.name);
  const requestId = newRequestId();
  const deferrable = deferrableOf(serving, route, requestId);
  if (deferrable && (await acceptedAtOnce(deferrable, gateway))) return;
  const gone = new StopSource();
  admission.onHalt(incoming.place, (failure) => gone.abort(new Halt(failure)));
  // `close` on the request fires once its body is read; only this says that the caller left before the end.
  const onClose = () => {
    if (!response.writableFinished) gone.abort(CALLER_LEFT);
  };
  response.once('close', onClose);
  const writer = new AnswerWriter({
    response,
    dialect,
    request,
    requestId,
    createdAt: Math.floor(gateway.engine.clock.wallNow() / 1000),
    annotate: !gateway.settings.strictCompat,
    framing: incoming.framing,
    reader: gateway.settings.reader,
    extraHeaders: echoedHeaders(raw),
    kept: turn?.answer(requestId),
    onCut: (why) => gone.abort(new CallerCut(why)),
  });
  try {
    const { traceparent } = raw.headers;
    // Read only where there are words to choose.
    const acceptLanguage = route.degraded && raw.headers['accept-language'];
    const order = {
      requestId,
      request,
      route,
      signal: gone,
      startedAt: incoming.startedAt,
      ...(caller && { caller: caller.name }),
      ...(typeof traceparent === 'string' && { traceparent }),
      ...(acceptLanguage !== undefined && { acceptLanguage }),
    };
    const result = await run(order, writer, gateway.engine);
    if (deferrable && (await acceptedInstead(deferrable, result, gateway))) return;
    await writer.finish(result);
  } catch (error) {
    gateway.onInternalError(error, requestId);
    await writer.refuse(
      new HttpFailure(500, 'internal_error', 'the gateway failed; the request id finds the cause in its log').failure,
    );
  } finally {
    response.off('close', onClose);
  }
}

function deferrableOf(serving: Serving, route: Route, requestId: string): Deferrable | undefined {
  const { incoming, request, body } = serving;
  const when = deferralOf(route, request);
  if (when === 'no') return undefined;
  const { raw, response, caller, body: sent } = incoming;
  if (when === 'if-refused' && keepingField(sent) !== undefined) return undefined;
  const extraHeaders = echoedHeaders(raw);
  return { when, route, request, sent, body, caller, headers: raw.headers, response, requestId, extraHeaders };
}

export function decodeCaller(dialect: CallerDialect, body: JsonObject, options: ChatRequest['options']): ChatRequest {
  try {
    return dialect.decodeRequest(body, options);
  } catch (error) {
    if (isRequestError(error)) throw new HttpFailure(400, 'invalid_request', error.message, { field: error.field });
    throw error;
  }
}

/** What a caller has wrong is named where the caller has it, not where it stands behind what was kept. */
function decodeTurn(dialect: CallerDialect, turn: ConversationTurn, options: ChatRequest['options']): ChatRequest {
  try {
    return decodeCaller(dialect, turn.body, options);
  } catch (error) {
    if (turn.own !== turn.body && Array.isArray(turn.own.input) && turn.own.input.length > 0) {
      decodeCaller(dialect, turn.own, options);
    }
    throw error;
  }
}

export function guardSize(request: ChatRequest, gateway: Gateway): void {
  const { messages, tools } = gateway.settings.limits;
  if (request.messages.length > messages) {
    throw new HttpFailure(
      400,
      'invalid_request',
      `messages: ${request.messages.length} are more than the limit of ${messages}`,
      { field: 'messages' },
    );
  }
  if (request.tools.length > tools) {
    throw new HttpFailure(
      400,
      'invalid_request',
      `tools: ${request.tools.length} are more than the limit of ${tools}`,
      { field: 'tools' },
    );
  }
}

/**
 * Begins with the time, as a version 7 UUID does (RFC 9562 §5.7): rows of one moment then stand together in the ledger's
 * indexes, where random ids would have every request rewrite pages of its own.
 */
export function newRequestId(): string {
  if (chanceAt === CHANCE.length) {
    randomFillSync(CHANCE);
    chanceAt = 0;
  }
  const chance = CHANCE.toString('hex', chanceAt, chanceAt + ID_CHANCE_BYTES);
  chanceAt += ID_CHANCE_BYTES;
  return `req_${Date.now().toString(16).padStart(12, '0')}${chance}`;
}

const ID_CHANCE_BYTES = 10;
/** Chance for a hundred ids at once: asking the system for each would cost more than the id. */
const CHANCE = Buffer.allocUnsafeSlow(100 * ID_CHANCE_BYTES);
let chanceAt = CHANCE.length;

/** A caller's own request id comes back, when it is one that a header can carry and a log can hold. */
export function echoedHeaders(raw: IncomingMessage): Record<string, string> {
  const own = raw.headers['x-request-id'];
  return typeof own === 'string' && /^[\w.:-]{1,128}$/.test(own) ? { 'x-request-id': own } : {};
}
