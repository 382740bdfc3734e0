import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { DialectName } from '../model/dialect-name.ts';
import type { JsonObject } from '../model/json.ts';
import type { Gateway } from './gateway.ts';
import { GEMINI_METHODS, refuseKeyInUrl } from './gemini-surface.ts';
import { HttpFailure } from './http-failure.ts';
import { dialectOf } from './surface-dialect.ts';

/**
 * `GET /v1/models` and `/v1/models/{id}`: the routes, in OpenAI's shape, or in Anthropic's or Google's for callers that
 * send headers of theirs; at `/v1beta/models` always in Google's.
 */
export function addModelsSurface(app: FastifyInstance, gateway: Gateway, startedAtSeconds: number): void {
  for (const path of ['/v1/models', '/v1beta/models']) {
    app.get(path, async (request) => {
      const dialect = askedDialect(request.raw);
      const allowed = gateway.keys.authenticate(request.headers)?.routes;
      const names = [...gateway.routes.keys()].filter((name) => allowed === undefined || allowed.includes(name));
      const models = names.map((name) => describe(listed(gateway, name), dialect, startedAtSeconds));
      switch (dialect) {
        case 'gemini-generate':
          return { models };
        case 'anthropic-messages':
          return { data: models, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
        case 'openai-chat':
        case 'openai-responses':
          return { object: 'list', data: models };
      }
    });

    // A wildcard, because a raw target's id holds a slash.
    app.get<{ Params: { '*': string } }>(`${path}/*`, async (request) => {
      const dialect = askedDialect(request.raw);
      const allowed = gateway.keys.authenticate(request.headers)?.routes;
      const id = request.params['*'];
      const known = allowed
        ? allowed.includes(id) && gateway.routes.has(id)
        : gateway.routes.has(id) || gateway.rawRoute(id) !== undefined;
      if (known) return describe(listed(gateway, id), dialect, startedAtSeconds);
      throw new HttpFailure(404, 'unknown_model', `model "${id.slice(0, 100)}" is not known here`, { field: 'model' });
    });
  }
}

function askedDialect(raw: IncomingMessage): DialectName {
  const dialect = dialectOf(raw);
  if (dialect === 'gemini-generate') refuseKeyInUrl(raw);
  return dialect;
}

interface Listed {
  readonly id: string;
  /** The operator's words; OpenAI's shape has no place for them. */
  readonly description: string | undefined;
  /** Of the primary; where it fails, another may hold less. */
  readonly limits: { readonly input: number | undefined; readonly output: number | undefined };
}

function listed(gateway: Gateway, id: string): Listed {
  const primary = (gateway.routes.get(id) ?? gateway.rawRoute(id))?.targets[0]?.target;
  const { contextWindow, maxInputTokens, maxOutputTokens } = primary?.capabilities ?? {};
  return {
    id,
    description: gateway.descriptions.get(id),
    limits: { input: maxInputTokens ?? contextWindow, output: maxOutputTokens },
  };
}

/** Limits stand where the vendor's own lists have them, and nowhere else; what is not known is left out. */
function describe({ id, description, limits }: Listed, dialect: DialectName, startedAtSeconds: number): JsonObject {
  switch (dialect) {
    case 'gemini-generate':
      return {
        name: `models/${id}`,
        baseModelId: id,
        version: '1',
        displayName: id,
        ...(description !== undefined && { description }),
        ...(limits.input !== undefined && { inputTokenLimit: limits.input }),
        ...(limits.output !== undefined && { outputTokenLimit: limits.output }),
        supportedGenerationMethods: GEMINI_METHODS,
      };
    case 'anthropic-messages':
      return {
        type: 'model',
        id,
        display_name: description ?? id,
        ...(limits.input !== undefined && { max_input_tokens: limits.input }),
        ...(limits.output !== undefined && { max_tokens: limits.output }),
        created_at: new Date(startedAtSeconds * 1000).toISOString(),
      };
    case 'openai-chat':
    case 'openai-responses':
      return { id, object: 'model', created: startedAtSeconds, owned_by: 'understudy' };
  }
}
