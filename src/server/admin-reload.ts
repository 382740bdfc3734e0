import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import { invalid } from './admin-query.ts';
import type { Gateway } from './gateway.ts';
import type { AskReload, ReloadOutcome } from './reload-outcome.ts';

/**
 * `POST /admin/reload`: reads the configuration again and takes it, or with `{"check": true}` only tells what that would
 * change. 200 with what changed; 400 with what is wrong with it; 409 where it cannot be taken by a gateway that runs.
 */
export function addAdminReload(app: FastifyInstance, gateway: Gateway, reload: AskReload): void {
  app.post('/admin/reload', {
    onRequest: async ({ headers }) => gateway.keys.authenticateAdmin(headers),
    handler: async (request, reply) => {
      const check = checkOf((request.body ?? {}) as JsonObject);
      const outcome = await reload({ cause: 'admin', check });
      return reply.code(statusOf(outcome)).send(outcome);
    },
  });
}

function checkOf({ check = false, ...rest }: JsonObject): boolean {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(unknown.slice(0, 40), 'known fields are check');
  if (typeof check !== 'boolean') throw invalid('check', 'check must be true or false');
  return check;
}

function statusOf(outcome: ReloadOutcome): number {
  if (outcome.outcome !== 'refused') return 200;
  return outcome.because === 'invalid' ? 400 : 409;
}
