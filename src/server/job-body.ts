import type { FastifyRequest } from 'fastify';
import type { CallerDialectName } from '../model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { withBetas } from './anthropic-betas.ts';
import type { CallerKey } from './caller-keys.ts';
import { decodeCaller, guardSize } from './chat-surface.ts';
import { readTurn } from './conversation-turn.ts';
import {
  checkKey,
  type Deferring,
  guardDeferrable,
  guardSubmission,
  guardUnkept,
  idempotencyKeyIn,
  type Submission,
} from './deferral.ts';
import { embeddingsRoute } from './embeddings-surface.ts';
import { findRoute } from './find-route.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { ownerOf } from './keeping.ts';
import { guardPrompt } from './prompt-guard.ts';
import { takeRequestOptions } from './request-options.ts';

const DIALECTS: Readonly<Record<CallerDialectName, true>> = {
  'openai-chat': true,
  'openai-responses': true,
  'anthropic-messages': true,
  'gemini-generate': true,
  'openai-embeddings': true,
};
/** Where the SDKs call: whoever has a request of theirs at hand has its path too. */
const PATHS: Readonly<Record<string, CallerDialectName>> = {
  '/v1/chat/completions': 'openai-chat',
  '/v1/responses': 'openai-responses',
  '/v1/messages': 'anthropic-messages',
  '/v1/embeddings': 'openai-embeddings',
};
const GEMINI_PATH = /^\/v1(?:beta)?\/models\/(.{1,256}):generateContent$/;
const FIELDS = ['request', 'dialect', 'path', 'idempotency_key', 'deadline_ms', 'webhook'] as const;
const MIN_DEADLINE_MS = 1_000;

/** The body of `POST /v1/jobs`, as far as it can be read without knowing the dialect. */
export interface JobBody {
  readonly request: JsonObject;
  readonly dialect: CallerDialectName;
  readonly idempotencyKey: string | undefined;
  readonly deadlineMs: number | undefined;
  readonly webhook: string | undefined;
}

/** Throws `HttpFailure` that names the field. */
export function readJobBody({ body, headers }: FastifyRequest): JobBody {
  if (!isJsonObject(body)) throw invalid('body', 'the body must be a JSON object with `request` and `dialect`');
  for (const name of Object.keys(body)) {
    if (!(FIELDS as readonly string[]).includes(name)) {
      throw invalid(name.slice(0, 40), `${name.slice(0, 40)} is not known here; known are ${FIELDS.join(', ')}`);
    }
  }
  const { request, idempotency_key: key, deadline_ms: deadline, webhook } = body;
  if (!isJsonObject(request)) throw invalid('request', 'request must be the body of a request, as its dialect has it');
  const place = placeOf(body);
  return {
    request: place.model === undefined ? request : { ...request, model: place.model },
    dialect: place.dialect,
    idempotencyKey:
      key === undefined ? idempotencyKeyIn(headers) : checkKey(textIn(key, 'idempotency_key'), 'idempotency_key'),
    deadlineMs: deadline === undefined ? undefined : deadlineIn(deadline),
    webhook: webhook === undefined ? undefined : textIn(webhook, 'webhook'),
  };
}

function placeOf({ dialect, path }: JsonObject): { dialect: CallerDialectName; model?: string } {
  if ((dialect === undefined) === (path === undefined)) {
    throw invalid('dialect', 'dialect or path must say what the request is written in, and only one of them');
  }
  if (dialect !== undefined) {
    if (typeof dialect === 'string' && Object.hasOwn(DIALECTS, dialect))
      return { dialect: dialect as CallerDialectName };
    throw invalid('dialect', `dialect must be one of ${Object.keys(DIALECTS).join(', ')}`);
  }
  const text = textIn(path ?? null, 'path');
  const known = Object.hasOwn(PATHS, text) ? PATHS[text] : undefined;
  if (known) return { dialect: known };
  const model = GEMINI_PATH.exec(text)?.[1];
  if (model !== undefined) return { dialect: 'gemini-generate', model: decodeURIComponent(model) };
  const paths = [...Object.keys(PATHS), '/v1beta/models/{route}:generateContent'];
  throw invalid('path', `path must be one of ${paths.join(', ')}`);
}

function deadlineIn(value: JsonValue): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= MIN_DEADLINE_MS) return value;
  throw invalid('deadline_ms', `deadline_ms must be a whole number of milliseconds from ${MIN_DEADLINE_MS}`);
}

function textIn(value: JsonValue, field: string): string {
  if (typeof value === 'string' && value !== '' && value.length <= 512) return value;
  throw invalid(field, `${field} must be a text of 1 to 512 characters`);
}

interface Submitting {
  readonly request: FastifyRequest;
  readonly caller: CallerKey | undefined;
  readonly deferring: Deferring;
}

/** Everything that a surface looks at in a request before it is served. Throws `HttpFailure`. */
export function submissionOf(read: JobBody, submitting: Submitting, gateway: Gateway): Submission {
  const { request, caller, deferring } = submitting;
  const { body, options } = takeRequestOptions(read.request, {});
  if (options.defer !== undefined || options.webhook !== undefined || options.deadlineMs !== undefined) {
    throw invalid(
      'request.understudy',
      'request.understudy: defer, webhook and deadline_ms stand beside `request` here',
    );
  }
  const spoken = spokenBody(read.dialect, body, { request, caller }, gateway);
  const decoded = decodeCaller(gateway.engine.dialects.caller(read.dialect), spoken, options);
  guardSize(decoded, gateway);
  const found = findRoute(gateway, decoded.model, caller);
  const route = read.dialect === 'openai-embeddings' ? embeddingsRoute(found) : found;
  guardDeferrable(route, decoded);
  guardPrompt(decoded, route, gateway);
  const submission: Submission = {
    owner: ownerOf(caller),
    route,
    dialect: read.dialect,
    body: spoken,
    options: { ...options, ...(read.webhook !== undefined && { webhook: read.webhook }) },
    idempotencyKey: read.idempotencyKey,
    deadlineMs: read.deadlineMs,
  };
  guardSubmission(deferring, submission);
  return submission;
}

function spokenBody(
  dialect: CallerDialectName,
  body: JsonObject,
  { request, caller }: Pick<Submitting, 'request' | 'caller'>,
  gateway: Gateway,
): JsonObject {
  switch (dialect) {
    case 'anthropic-messages':
      return withBetas(body, request.headers);
    case 'gemini-generate':
      return { ...body, stream: false };
    case 'openai-responses': {
      guardUnkept(body);
      // What it goes on from is put before its own input now: it may be gone when the job runs.
      const turn = readTurn({ ...body, store: false }, caller, gateway);
      turn.release();
      return turn.body;
    }
    case 'openai-chat':
    case 'openai-embeddings':
      return body;
  }
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
