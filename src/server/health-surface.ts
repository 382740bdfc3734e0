import type { FastifyInstance } from 'fastify';
import type { Admission } from './admission.ts';
import type { Gateway } from './gateway.ts';
import type { OpenStreams } from './open-streams.ts';

/** Liveness, readiness and metrics: no key, no prompt, no secret, and no token spent. */
export function addHealthSurface(
  app: FastifyInstance,
  gateway: Gateway,
  admission: Admission,
  open: OpenStreams,
): void {
  for (const path of ['/health/live', '/healthz']) app.get(path, async () => ({ status: 'ok' }));
  for (const path of ['/health/ready', '/readyz']) {
    app.get(path, async (_, reply) => {
      if (open.draining) return reply.code(503).send({ status: 'draining', open: open.count });
      const load = { shedding: Number(admission.share.toFixed(2)), loopDelayMs: Math.round(admission.loopDelayMs) };
      if (admission.overloaded(performance.now())) {
        return reply.code(503).send({ status: 'overloaded', open: open.count, ...load });
      }
      const others = (await gateway.statesElsewhere?.()) ?? [];
      const all = others.reduce((sum, { openRequests }) => sum + openRequests, open.count);
      const lost = others.reduce((sum, { ledgerLost }) => sum + ledgerLost, gateway.ledgerLost());
      return { status: 'ok', open: all, ...load, ledger: lost === 0 ? 'ok' : 'losing rows' };
    });
  }
  app.get('/metrics', async (_, reply) => {
    const metrics = await gateway.metrics();
    if (!metrics) return reply.code(404).send({ status: 'metrics are off (telemetry.metrics)' });
    return reply.header('content-type', metrics.contentType).send(metrics.text);
  });
}
