import type { FastifyInstance } from 'fastify';
import type { Gateway } from './gateway.ts';
import type { OpenStreams } from './open-streams.ts';

/** Liveness, readiness and metrics: no key, no prompt, no secret, and no token spent. */
export function addHealthSurface(app: FastifyInstance, gateway: Gateway, open: OpenStreams): void {
  for (const path of ['/health/live', '/healthz']) app.get(path, async () => ({ status: 'ok' }));
  for (const path of ['/health/ready', '/readyz']) {
    app.get(path, async (_, reply) => {
      if (open.draining) return reply.code(503).send({ status: 'draining', open: open.count });
      return { status: 'ok', open: open.count, ledger: gateway.ledgerLost() === 0 ? 'ok' : 'losing rows' };
    });
  }
  app.get('/metrics', async (_, reply) => {
    const metrics = await gateway.metrics();
    if (!metrics) return reply.code(404).send({ status: 'metrics are off (telemetry.metrics)' });
    return reply.header('content-type', metrics.contentType).send(metrics.text);
  });
}
