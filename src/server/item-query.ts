import type { FastifyRequest } from 'fastify';
import type { JsonObject } from '../model/json.ts';
import type { ItemPage, ItemQuery } from '../storage/conversation-reader.ts';
import { HttpFailure } from './http-failure.ts';
import { absent } from './keeping.ts';

const DEFAULT_ITEMS = 20;
const MAX_ITEMS = 100;

/** `limit`, `order` and `after`, with the defaults of the API. What else is asked for is shown anyway, or not there. */
export function readItemQuery(request: FastifyRequest): ItemQuery {
  const limit = Number(queryOf(request, 'limit') ?? DEFAULT_ITEMS);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_ITEMS) {
    throw invalid('limit', `limit must be a whole number from 1 to ${MAX_ITEMS}`);
  }
  const order = queryOf(request, 'order') ?? 'desc';
  if (order !== 'asc' && order !== 'desc') throw invalid('order', 'order must be asc or desc');
  const after = queryOf(request, 'after');
  return { limit, order, ...(after !== undefined && { after }) };
}

/** One value of the address; an empty one counts as none. */
export function queryOf(request: FastifyRequest, name: string): string | undefined {
  const value = (request.query as Record<string, string | string[] | undefined>)[name];
  if (Array.isArray(value)) throw invalid(name, `${name} is given twice`);
  return value === '' ? undefined : value;
}

/** A page as the API lists items. */
export function itemList(page: ItemPage, about: { readonly what: string; readonly id: string }): JsonObject {
  switch (page.kind) {
    case 'page':
      return listOf(page.items, page.more);
    case 'absent':
      throw absent('id', about.what, about.id);
    case 'incomplete': {
      const message = `the items of ${about.id} are no longer all kept: ${page.missing} is not`;
      throw new HttpFailure(404, 'not_found', message, { field: 'id' });
    }
    case 'unknown-cursor':
      throw invalid('after', 'after must be the id of one of these items');
  }
}

export function listOf(items: readonly JsonObject[], more: boolean): JsonObject {
  return {
    object: 'list',
    data: [...items],
    first_id: items[0]?.id ?? null,
    last_id: items.at(-1)?.id ?? null,
    has_more: more,
  };
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
