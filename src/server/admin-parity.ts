import type { FastifyInstance } from 'fastify';
import type { ParityGrid } from '../engine/parity-grid.ts';
import type { RefusedReceipt } from '../rehearsal/receipts/receipt-files.ts';
import { invalid } from './admin-query.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';

const MAX_REASON_CHARS = 500;

/** The evidence of a gateway, as operators see it and end it. */
export interface ParityDesk {
  grid(): ParityGrid;
  /** Files in the folder of the receipts that are none, or none to be believed. */
  refused(): readonly RefusedReceipt[];
  /** `subject`: `prompt:name` or `route:name`. False where there is no receipt of it that still counts. */
  revoke(subject: string, target: string, why: string): boolean;
}

/** `GET /admin/parity` and `POST /admin/parity/revoke`: what evidence there is, and its end. */
export function addAdminParity(app: FastifyInstance, gateway: Gateway): void {
  app.get('/admin/parity', async (request) => {
    gateway.keys.authenticateAdmin(request.headers);
    return { ...gateway.parity.grid(), refused: gateway.parity.refused() };
  });
  app.post('/admin/parity/revoke', {
    onRequest: async ({ headers }) => gateway.keys.authenticateAdmin(headers),
    handler: async (request) => {
      const { subject, target, reason } = bodyOf(request.body);
      if (gateway.parity.revoke(subject, target, `by an operator: ${reason}`)) return { revoked: { subject, target } };
      throw new HttpFailure(404, 'not_found', `${target} has no receipt of ${subject} that still counts`, {
        field: 'target',
      });
    },
  });
}

interface Revocation {
  readonly subject: string;
  readonly target: string;
  readonly reason: string;
}

function bodyOf(body: unknown): Revocation {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: 'subject' | 'target' | 'reason', most: number): string => {
    const value = given[name];
    if (typeof value === 'string' && value !== '' && value.length <= most) return value;
    throw invalid(name, `${name} must be a text of 1 to ${most} characters`);
  };
  const subject = text('subject', 600);
  if (!/^(prompt|route):./.test(subject)) throw invalid('subject', 'subject must be prompt:name or route:name');
  return { subject, target: text('target', 512), reason: text('reason', MAX_REASON_CHARS) };
}
