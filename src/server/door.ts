import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from './admission.ts';
import { sendFailure } from './answer-writer.ts';
import { echoedHeaders, newRequestId } from './chat-surface.ts';
import type { Gateway } from './gateway.ts';
import { dialectOf } from './surface-dialect.ts';

/** A refused body longer than this is not read to its end: a new connection costs both sides less. */
const LARGEST_DRAINED_BYTES = 1_048_576;

/**
 * Lets a request in before its body is read: it gets a place, which is given back when the connection of its answer is
 * done with and nobody came to serve it. False where it is refused and answered already. Throws `HttpFailure` where the
 * gateway is going down.
 */
export function letIn(request: FastifyRequest, reply: FastifyReply, admission: Admission, gateway: Gateway): boolean {
  // Without keys an address is what tells callers apart.
  const party = request.caller?.name ?? request.raw.socket.remoteAddress ?? '';
  const reason = admission.refuses(party, request.raw.socket);
  if (reason !== undefined) {
    reply.hijack();
    const failure = { ...admission.failure(reason), requestId: newRequestId() };
    sendFailure(reply.raw, gateway.engine.dialects.caller(dialectOf(request.raw)), failure, {
      ...echoedHeaders(request.raw),
      ...((reason === 'connections' || isLong(request.raw)) && { connection: 'close' }),
    });
    return false;
  }
  const place = admission.enter(party);
  request.place = place;
  reply.raw.on('close', () => {
    if (!place.served) admission.leave(place);
  });
  return true;
}

/** A body without a length may go on for ever. */
function isLong({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : Number(length) > LARGEST_DRAINED_BYTES;
}
