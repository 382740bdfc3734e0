import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

const BETA = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const MAX_BETAS = 50;

/**
 * Anthropic's callers name beta features in a header, Bedrock's and Vertex's in the body field `anthropic_beta`.
 * The dialect knows the field; a header is only ever read here, and never forwarded as it came.
 */
export function withBetas(body: JsonObject, headers: IncomingHttpHeaders): JsonObject {
  const given = headers['anthropic-beta'];
  if (given === undefined || body.anthropic_beta !== undefined) return body;
  const names = String(given)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length > MAX_BETAS || !names.every((name) => BETA.test(name))) {
    throw new HttpFailure(400, 'invalid_request', 'anthropic-beta must be a comma-separated list of feature names', {
      field: 'anthropic-beta',
    });
  }
  return names.length === 0 ? body : { ...body, anthropic_beta: names };
}
