import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject, JsonValue } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

const BETA = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const MAX_BETAS = 50;

/**
 * Anthropic's callers name beta features in a header, Bedrock's and Vertex's in the body field `anthropic_beta`.
 * The dialect knows the field; a header is only ever read here, and never forwarded as it came. What the field holds
 * becomes a header upstream, so that only names may stand in it.
 */
export function withBetas(body: JsonObject, headers: IncomingHttpHeaders): JsonObject {
  const own = body.anthropic_beta;
  if (own !== undefined) {
    if (Array.isArray(own)) checkNames(own, 'anthropic_beta');
    return body;
  }
  const given = headers['anthropic-beta'];
  if (given === undefined) return body;
  const names = String(given)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  checkNames(names, 'anthropic-beta');
  return names.length === 0 ? body : { ...body, anthropic_beta: names };
}

function checkNames(names: readonly JsonValue[], field: string): void {
  if (names.length <= MAX_BETAS && names.every((name) => typeof name === 'string' && BETA.test(name))) return;
  throw new HttpFailure(400, 'invalid_request', `${field} must be a list of at most ${MAX_BETAS} feature names`, {
    field,
  });
}
