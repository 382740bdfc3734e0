import { UpstreamFault, type UpstreamRequest } from '../engine/ports.ts';
import type { Envelope } from '../model/envelope.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';

/** What goes on the wire, but for the credential. */
export interface Wrapped {
  /** Path and query below the provider's base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

/**
 * Puts a dialect's request into a provider's envelope. Throws `UpstreamFault` (`provider-rejected`) for what the
 * provider has no place for.
 */
export function wrap(envelope: Envelope, request: UpstreamRequest): Wrapped {
  switch (envelope.kind) {
    case 'plain':
      return request;
    case 'azure':
      return azure(envelope, request);
    case 'vertex':
      return vertex(request);
    case 'bedrock':
      return bedrock(request);
  }
}

/** Paths that stand below a deployment in the dated versions; the Responses API never did. */
const DEPLOYED = new Set(['/chat/completions', '/embeddings']);

/** @see https://learn.microsoft.com/azure/ai-services/openai/reference */
function azure(envelope: Extract<Envelope, { kind: 'azure' }>, request: UpstreamRequest): Wrapped {
  const { target, path, headers } = request;
  const named = Object.hasOwn(envelope.deployments, target.model) ? envelope.deployments[target.model] : undefined;
  const deployment = named ?? target.model;
  const body = { ...request.body, model: deployment };
  if (envelope.apiVersion === undefined) return { path, headers, body };
  const below = DEPLOYED.has(path) ? `/deployments/${encodeURIComponent(deployment)}${path}` : path;
  return { path: withQuery(below, `api-version=${encodeURIComponent(envelope.apiVersion)}`), headers, body };
}

const VERTEX_ANTHROPIC_VERSION = 'vertex-2023-10-16';

/**
 * Below `/projects/{project}/locations/{location}`: Google's own models, Claude, and the models that are served in
 * OpenAI's dialect.
 *
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude
 */
function vertex(request: UpstreamRequest): Wrapped {
  const { target, path, headers, body, stream } = request;
  switch (target.dialect) {
    case 'gemini-generate':
      return { path: `/publishers/google${path}`, headers, body: path.endsWith(':countTokens') ? bare(body) : body };
    case 'openai-chat':
      return { path: `/endpoints/openapi${path}`, headers, body };
    case 'anthropic-messages': {
      const { 'anthropic-version': _version, ...rest } = headers;
      if (path === '/messages/count_tokens') {
        const counted = { anthropic_version: VERTEX_ANTHROPIC_VERSION, ...body };
        return { path: '/publishers/anthropic/models/count-tokens:rawPredict', headers: rest, body: counted };
      }
      if (path !== '/messages') throw noPlace(request);
      const { model: _model, ...said } = body;
      const method = stream ? 'streamRawPredict' : 'rawPredict';
      return {
        path: `/publishers/anthropic/models/${encodeURIComponent(target.model)}:${method}`,
        headers: rest,
        body: { anthropic_version: VERTEX_ANTHROPIC_VERSION, ...said },
      };
    }
    case 'openai-responses':
    case 'openai-embeddings':
    case 'bedrock-converse':
      throw noPlace(request);
  }
}

/** Vertex wants the request that is to be counted as it is, without the field that the Gemini API puts around it. */
function bare(body: JsonObject): JsonObject {
  const { generateContentRequest: request } = body;
  if (!isJsonObject(request)) return body;
  const { model: _model, ...rest } = request;
  return rest;
}

const BEDROCK_ANTHROPIC_VERSION = 'bedrock-2023-05-31';

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html */
function bedrock(request: UpstreamRequest): Wrapped {
  const { target, path, headers, body, stream } = request;
  const model = `/model/${encodeURIComponent(target.model)}`;
  switch (target.dialect) {
    // Its kit knows the paths: nobody else speaks it.
    case 'bedrock-converse':
      return request;
    case 'anthropic-messages': {
      if (path !== '/messages') throw noPlace(request);
      const { 'anthropic-version': _version, 'anthropic-beta': betas, ...rest } = headers;
      const { model: _model, stream: _stream, ...said } = body;
      return {
        path: `${model}/${stream ? 'invoke-with-response-stream' : 'invoke'}`,
        headers: rest,
        body: {
          anthropic_version: BEDROCK_ANTHROPIC_VERSION,
          ...(betas !== undefined && { anthropic_beta: betas.split(',').map((beta) => beta.trim()) }),
          ...said,
        },
      };
    }
    case 'openai-chat':
    case 'openai-responses':
    case 'openai-embeddings':
    case 'gemini-generate':
      throw noPlace(request);
  }
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

function noPlace({ target, path }: UpstreamRequest): UpstreamFault {
  const message = `provider ${target.provider} has no place for ${target.dialect} requests to ${path.slice(0, 100)}`;
  return new UpstreamFault({ kind: 'provider-rejected', message });
}
