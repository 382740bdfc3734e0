import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { itemList, queryOf, readItemQuery } from './item-query.ts';
import { absent, type Keeping, keepsNothing, ownerOf } from './keeping.ts';

interface Asked {
  readonly keeping: Keeping;
  readonly owner: string;
}

type ById = { Params: { id: string } };

/** `/v1/responses/{id}`: what became of a response that its caller had kept. */
export function addResponsesSurface(app: FastifyInstance, gateway: Gateway): void {
  app.get<ById>('/v1/responses/:id', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    if (queryOf(request, 'stream') === 'true') {
      const message = 'stream: a response that has ended is given whole; leave `stream` out';
      throw new HttpFailure(400, 'invalid_request', message, { field: 'stream' });
    }
    const { id } = request.params;
    const found = keeping.store.reader.response(owner, id);
    if (!found) throw absent('id', 'response', id);
    return { ...found.body, output: found.output };
  });

  app.delete<ById>('/v1/responses/:id', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id } = request.params;
    const done = await keeping.store.change(owner, { kind: 'delete-response', response: id });
    if (!done) throw absent('id', 'response', id);
    return { id, object: 'response', deleted: true };
  });

  app.get<ById>('/v1/responses/:id/input_items', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id } = request.params;
    const page = keeping.store.reader.inputItems(owner, id, readItemQuery(request));
    return itemList(page, { what: 'response', id });
  });
}

/** Who asks, and where to look. Throws where the key is not known or nothing is kept. */
export function asked(gateway: Gateway, request: FastifyRequest): Asked {
  const caller = gateway.keys.authenticate(request.headers);
  if (!gateway.keeping) throw keepsNothing('id', 'send the whole conversation with each request');
  return { keeping: gateway.keeping, owner: ownerOf(caller) };
}
