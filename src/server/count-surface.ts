import { countTokens, type TokenCount } from '../engine/count-tokens.ts';
import { Halt, haltBehind } from '../engine/scope.ts';
import type { CallerDialect, CountSurface } from '../model/dialect.ts';
import type { JsonObject } from '../model/json.ts';
import { isRequestError } from '../model/request-error.ts';
import type { Admission } from './admission.ts';
import { headerSafe } from './answer-headers.ts';
import { withBetas } from './anthropic-betas.ts';
import { decodeCaller, echoedHeaders, guardSize, type Incoming, newRequestId } from './chat-surface.ts';
import { readTurn } from './conversation-turn.ts';
import { findRoute } from './find-route.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { guardPrompt } from './prompt-guard.ts';
import { takeRequestOptions } from './request-options.ts';

/**
 * Counts the input tokens of a request, on any surface that has a counter: by the counter of the model that would be
 * asked first, otherwise by the estimate, marked as one. Throws `HttpFailure`; leaves no row in the ledger, because
 * nothing was asked of a model.
 */
export async function serveCount(incoming: Incoming, gateway: Gateway, admission: Admission): Promise<void> {
  const { raw, response, caller } = incoming;
  const { dialect, counting } = countingOf(incoming, gateway);
  const request = requestOf(incoming, gateway, { dialect, counting });
  guardSize(request, gateway);
  const route = findRoute(gateway, request.model, caller);
  guardPrompt(request, route, gateway);
  const gone = new AbortController();
  admission.use(incoming.place, route.name);
  admission.onHalt(incoming.place, (failure) => gone.abort(new Halt(failure)));
  const onClose = () => {
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', onClose);
  const requestId = newRequestId();
  try {
    const order = { requestId, request, route, signal: gone.signal, ...(caller && { caller: caller.name }) };
    const count = await countTokens(order, gateway.engine);
    if (count.kind === 'gone') {
      const halt = haltBehind(gone.signal);
      if (halt) throw new HttpFailure(halt.failure.status, halt.failure.code, halt.failure.message);
      return;
    }
    if (count.kind === 'refused') throw refused(count);
    const body = JSON.stringify(bodyOf(count, counting, !gateway.settings.strictCompat));
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...headersOf(count, { requestId, route: route.name }),
      ...echoedHeaders(raw),
    });
    response.end(body);
  } finally {
    response.off('close', onClose);
  }
}

interface Spoken {
  readonly dialect: CallerDialect;
  readonly counting: CountSurface;
}

function countingOf({ dialectName }: Incoming, gateway: Gateway): Spoken {
  const dialect = gateway.engine.dialects.caller(dialectName);
  if (!dialect.counting) throw new Error(`${dialectName} has no counting request`);
  return { dialect, counting: dialect.counting };
}

function requestOf(incoming: Incoming, gateway: Gateway, { dialect, counting }: Spoken) {
  const { raw, caller, dialectName } = incoming;
  const { body, options } = takeRequestOptions(incoming.body, raw.headers);
  const counted = bodyToCount(counting, body);
  const spoken = dialectName === 'anthropic-messages' ? withBetas(counted, raw.headers) : counted;
  if (dialectName !== 'openai-responses') return decodeCaller(dialect, spoken, options);
  // What the conversation holds already is input too; the request itself is not kept, so nothing is locked for it.
  const turn = readTurn({ ...spoken, store: false }, caller, gateway);
  try {
    return decodeCaller(dialect, turn.body, options);
  } finally {
    turn.release();
  }
}

function bodyToCount(counting: CountSurface, body: JsonObject): JsonObject {
  try {
    return counting.toRequestBody(body);
  } catch (error) {
    if (isRequestError(error)) throw new HttpFailure(400, 'invalid_request', error.message, { field: error.field });
    throw error;
  }
}

function refused({ fault, target }: Extract<TokenCount, { kind: 'refused' }>): HttpFailure {
  const field = fault.complaint?.param;
  const message = fault.complaint?.message ?? fault.message;
  return new HttpFailure(400, 'upstream_refused', `${target.id}: ${message}`, field === undefined ? {} : { field });
}

type Told = Extract<TokenCount, { kind: 'counted' | 'estimated' }>;

/** A vendor's own answer in its own dialect goes on as it came. */
function bodyOf(count: Told, counting: CountSurface, annotate: boolean): JsonObject {
  const answer = count.kind === 'counted' ? count.answer : undefined;
  const body = answer ?? counting.encodeCount(count.tokens);
  if (!annotate) return body;
  const understudy: JsonObject = { target: count.target.id, estimated: count.kind === 'estimated' };
  if (count.kind === 'estimated') understudy.why = count.why;
  return { ...body, understudy };
}

function headersOf(count: Told, about: { requestId: string; route: string }): Record<string, string> {
  return {
    'x-understudy-request-id': about.requestId,
    'x-understudy-route': headerSafe(about.route),
    'x-understudy-counted-for': headerSafe(count.target.id),
    'x-understudy-estimated': String(count.kind === 'estimated'),
  };
}
