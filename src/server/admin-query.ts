import type { FastifyRequest } from 'fastify';
import { HttpFailure } from './http-failure.ts';

/** The query of an admin call: every parameter known, each at most once, an empty one the same as none. */
export function queryOf<Name extends string>(
  request: FastifyRequest,
  known: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const query = request.query as Record<string, string | string[] | undefined>;
  const found: Partial<Record<Name, string>> = {};
  for (const [given, value] of Object.entries(query)) {
    const name = known.find((candidate) => candidate === given);
    if (name === undefined) {
      const clipped = given.slice(0, 40);
      throw invalid(clipped, `unknown query parameter ${clipped}; known are ${known.join(', ')}`);
    }
    if (Array.isArray(value)) throw invalid(name, `${name} is given twice`);
    if (value !== undefined && value !== '') found[name] = value;
  }
  return found;
}

/** From 1 to `max`. */
export function wholeNumber(name: string, value: string, max: number): number {
  const parsed = Number(value);
  if (Number.isInteger(parsed) && parsed >= 1 && parsed <= max) return parsed;
  throw invalid(name, `${name} must be a whole number from 1 to ${max}`);
}

/** A parameter or a body's field is wrong; the message says how. */
export function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
