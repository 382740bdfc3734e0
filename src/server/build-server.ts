import type { IncomingMessage } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { CallerDialectName } from '../model/dialect-name.ts';
import type { JsonObject } from '../model/json.ts';
import { addAdminReload } from './admin-reload.ts';
import { addAdminSurface } from './admin-surface.ts';
import { Admission } from './admission.ts';
import { eventStream } from './answer-framing.ts';
import { sendFailure } from './answer-writer.ts';
import { BrokenFraming } from './broken-framing.ts';
import type { CallerKey } from './caller-keys.ts';
import { echoedHeaders, newRequestId, serveChat } from './chat-surface.ts';
import { Connections } from './connections.ts';
import { addConversationsSurface } from './conversations-surface.ts';
import { serveCount } from './count-surface.ts';
import { letIn } from './door.ts';
import { addFeedbackSurface } from './feedback-surface.ts';
import type { Gateway } from './gateway.ts';
import { GEMINI_PATHS, type ReadAddress, readGeminiAddress, refuseKeyInUrl } from './gemini-surface.ts';
import { addHealthSurface } from './health-surface.ts';
import { failureOf, HttpFailure } from './http-failure.ts';
import { addJobsSurface } from './jobs-surface.ts';
import { parseJsonBody } from './json-body.ts';
import type { LiveGateway } from './live-gateway.ts';
import { sampleLoad } from './load-sampler.ts';
import { addModelsSurface } from './models-surface.ts';
import { OpenStreams, type Place } from './open-streams.ts';
import { guardRawRequest } from './raw-guards.ts';
import type { AskReload } from './reload-outcome.ts';
import { addResponsesSurface } from './responses-surface.ts';
import { dialectOf, pathOf } from './surface-dialect.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Monotonic moment at which the head was read. */
    startedAt: number;
    /** Who showed a key; undefined where none is required, or before it was looked at. */
    caller: CallerKey | undefined;
    /** What was taken for it when it was let in. */
    place: Place | undefined;
  }
}

/** Where a caller's dialect is spoken. */
interface ChatPath {
  readonly path: string;
  readonly dialect: CallerDialectName;
  /** The tokens of a request are asked for here, and no answer to it. */
  readonly counts?: boolean;
  /** Refuses before anything else is looked at. */
  guard?(raw: IncomingMessage): void;
  /** What the address says; `rest` is what stood for the wildcard of the path. */
  readAddress?(rest: string, raw: IncomingMessage): ReadAddress;
}

const CHAT_PATHS: readonly ChatPath[] = [
  { path: '/v1/chat/completions', dialect: 'openai-chat' },
  { path: '/v1/responses', dialect: 'openai-responses' },
  { path: '/v1/messages', dialect: 'anthropic-messages' },
  { path: '/v1/embeddings', dialect: 'openai-embeddings' },
  { path: '/v1/responses/input_tokens', dialect: 'openai-responses', counts: true },
  { path: '/v1/messages/count_tokens', dialect: 'anthropic-messages', counts: true },
  ...GEMINI_PATHS.map((path) => ({
    path,
    dialect: 'gemini-generate' as const,
    guard: refuseKeyInUrl,
    readAddress: readGeminiAddress,
  })),
];

/** No path has a schema: what compiles them need not even be loaded. */
const NO_COMPILERS = { buildValidator: refuseSchemas, buildSerializer: refuseSchemas };
/** How often Node looks for connections that are late with their headers or body. */
const LATE_CHECK_MS = 1_000;
/** Longest id in a path; those of some providers' items are near a hundred. */
const MAX_ID_CHARS = 256;
/** Longer than the idle time of common load balancers, so that they close first and no request meets a closed socket. */
const KEEP_ALIVE_MS = 75_000;

export interface BuiltServer {
  readonly app: FastifyInstance;
  readonly open: OpenStreams;
  readonly admission: Admission;
}

/** The HTTP edge over a gateway, not yet listening. */
export function buildServer(gateway: LiveGateway, reload: AskReload): BuiltServer {
  const app = openApp(gateway);
  const open = new OpenStreams(() => gateway.settings.limits.streams);
  const admission = admissionTo(app, gateway, open);
  readBodies(app, gateway);
  receiveRequests(app, gateway);
  for (const chat of CHAT_PATHS) addChatSurface(app, gateway, admission, chat);
  addResponsesSurface(app, gateway);
  addConversationsSurface(app, gateway);
  addJobsSurface(app, gateway, admission);
  addFeedbackSurface(app, gateway);
  addModelsSurface(app, gateway, Math.floor(gateway.engine.clock.wallNow() / 1000));
  addHealthSurface(app, gateway, admission, open);
  addAdminSurface(app, gateway);
  addAdminReload(app, gateway, reload);
  return { app, open, admission };
}

function openApp(gateway: LiveGateway): FastifyInstance {
  const { limits } = gateway.settings;
  const framing = new BrokenFraming(gateway.engine.dialects);
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.bodyTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_ID_CHARS },
    schemaController: { compilersFactory: NO_COMPILERS },
    forceCloseConnections: 'idle',
    clientErrorHandler: framing.answer,
    frameworkErrors: (error, request, reply) => answerError(gateway, error, request.raw, reply),
    http: {
      // Node exchanges the two where the part has more time than the whole.
      headersTimeout: Math.min(limits.headersTimeoutMs, limits.bodyTimeoutMs),
      connectionsCheckingInterval: LATE_CHECK_MS,
      maxHeaderSize: limits.headerBytes,
      // No Host header, or two, is refused by our own guard, in the caller's dialect.
      requireHostHeader: false,
    },
  });
  framing.watch(app.server);
  app.server.maxConnections = limits.connections;
  // Some releases of Node drop what is over this silently, others refuse it without a path: the guard counts, and
  // the limit of bytes bounds what it can be given.
  app.server.maxHeadersCount = 0;
  return app;
}

function admissionTo(app: FastifyInstance, gateway: LiveGateway, open: OpenStreams): Admission {
  const connections = new Connections(() => gateway.settings.limits);
  connections.watch(app.server);
  const admission = new Admission({
    open,
    connections,
    limits: () => gateway.settings.limits,
    random: () => gateway.engine.chance.next(),
    onMove: gateway.onShedding,
  });
  const endSampling = sampleLoad((sample) => admission.measured(sample));
  app.addHook('onClose', (_, done) => {
    endSampling();
    done();
  });
  return admission;
}

function readBodies(app: FastifyInstance, gateway: LiveGateway): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer, gateway.settings.limits.depth));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** What every request has and goes through, whatever its path, and what those get that no path is for. */
function receiveRequests(app: FastifyInstance, gateway: LiveGateway): void {
  app.decorateRequest('startedAt', 0);
  app.decorateRequest('caller', undefined);
  app.decorateRequest('place', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = gateway.engine.clock.now();
    guardRawRequest(request.raw, gateway.settings.limits.headers);
    done();
  });
  app.setErrorHandler((error, request, reply) => answerError(gateway, error, request.raw, reply));
  app.setNotFoundHandler(({ method, raw }, reply) => {
    const known = CHAT_PATHS.filter(({ counts }) => !counts)
      .map(({ path }) => `POST ${path.replace(/(models\/)?\*$/, 'models/{model}:generateContent')}`)
      .join(', ');
    const message = `there is no ${method} ${pathOf(raw)} here; chat is at ${known}`;
    answerError(gateway, new HttpFailure(404, 'not_found', message), raw, reply);
  });
}

function addChatSurface(app: FastifyInstance, live: LiveGateway, admission: Admission, chat: ChatPath): void {
  // Before the body is read: whoever has no key does not get to fill memory, or to learn what a body may hold.
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    chat.guard?.(request.raw);
    request.caller = live.keys.authenticate(request.raw.headers);
    if (letIn(request, reply, admission, live)) done();
  };
  app.post<{ Params: { '*'?: string } }>(chat.path, { onRequest }, async (request, reply) => {
    const { place } = request;
    if (!place) throw new Error('served without having been let in');
    const address = chat.readAddress?.(request.params['*'] ?? '', request.raw);
    const body = (request.body ?? missingBody()) as JsonObject;
    const incoming = {
      raw: request.raw,
      response: reply.raw,
      body: address ? { ...body, ...address.fields } : body,
      dialectName: chat.dialect,
      framing: address?.framing ?? eventStream,
      caller: request.caller,
      startedAt: request.startedAt,
      place,
    };
    reply.hijack();
    place.served = true;
    const generation = live.hold();
    try {
      const serve = (address?.counts ?? chat.counts) ? serveCount : serveChat;
      await serve(incoming, generation.gateway, admission);
    } catch (error) {
      answerError(live, error, request.raw, reply);
    } finally {
      admission.leave(place);
      generation.release();
    }
  });
}

function missingBody(): never {
  throw new HttpFailure(400, 'invalid_request', 'the body is empty; a JSON object is expected', { field: 'body' });
}

/** One error, in the dialect of the path that was called. */
function answerError(gateway: Gateway, error: unknown, raw: IncomingMessage, reply: FastifyReply): void {
  const requestId = newRequestId();
  const { failure, close } = failureOf(error);
  if (failure.status >= 500 && !(error instanceof HttpFailure)) gateway.onInternalError(error, requestId);
  if (!reply.sent) reply.hijack();
  sendFailure(
    reply.raw,
    gateway.engine.dialects.caller(dialectOf(raw)),
    { ...failure, requestId },
    { ...echoedHeaders(raw), ...(close && { connection: 'close' }) },
  );
}

function refuseSchemas(): never {
  throw new Error('no path has a schema');
}
