import { randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { isRequestError } from '../model/request-error.ts';
import type { KeptConversation } from '../storage/conversation-reader.ts';
import type { KeptItem } from '../storage/kept-conversation.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { itemList, listOf, readItemQuery } from './item-query.ts';
import { absent, type Keeping } from './keeping.ts';
import { inputItems, keptItem, referenceOf } from './kept-items.ts';
import { readMetadata } from './metadata.ts';
import { asked } from './responses-surface.ts';

/** As the API has it. */
const MAX_ITEMS_AT_ONCE = 20;

type ById = { Params: { id: string } };
type ByItem = { Params: { id: string; item: string } };

/** `/v1/conversations`: conversations with a name, that any number of responses are made in. */
export function addConversationsSurface(app: FastifyInstance, gateway: Gateway): void {
  app.post('/v1/conversations', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const body = bodyOf(request);
    const metadata = readMetadata(body.metadata);
    const items = readItems(body.items ?? [], gateway);
    const id = `conv_${randomUUID().replaceAll('-', '')}`;
    const at = gateway.engine.clock.wallNow();
    await keeping.store.change(owner, {
      kind: 'create',
      conversation: id,
      at,
      metadata: JSON.stringify(metadata),
      items,
    });
    return described({ id, createdAt: at, metadata });
  });

  app.get<ById>('/v1/conversations/:id', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    return described(found(keeping, owner, request.params.id));
  });

  app.post<ById>('/v1/conversations/:id', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const known = found(keeping, owner, request.params.id);
    const metadata = readMetadata(bodyOf(request).metadata);
    const order = { kind: 'describe', conversation: known.id, metadata: JSON.stringify(metadata) } as const;
    if (!(await keeping.store.change(owner, order))) throw unknown(known.id);
    return described({ ...known, metadata });
  });

  app.delete<ById>('/v1/conversations/:id', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id } = found(keeping, owner, request.params.id);
    await alone(keeping, id, () => keeping.store.change(owner, { kind: 'delete-conversation', conversation: id }));
    return { id, object: 'conversation.deleted', deleted: true };
  });
  addItemRoutes(app, gateway);
}

function addItemRoutes(app: FastifyInstance, gateway: Gateway): void {
  app.get<ById>('/v1/conversations/:id/items', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id } = request.params;
    const page = keeping.store.reader.conversationItems(owner, id, readItemQuery(request));
    return itemList(page, { what: 'conversation', id });
  });

  app.post<ById>('/v1/conversations/:id/items', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id } = found(keeping, owner, request.params.id);
    const items = readItems(bodyOf(request).items, gateway);
    guardRoom(keeping, id, items);
    const at = gateway.engine.clock.wallNow();
    const order = { kind: 'add-items', conversation: id, at, items } as const;
    if (!(await alone(keeping, id, () => keeping.store.change(owner, order)))) throw unknown(id);
    return listOf(items.map(told), false);
  });

  app.get<ByItem>('/v1/conversations/:id/items/:item', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id, item } = request.params;
    const one = keeping.store.reader.conversationItem(owner, found(keeping, owner, id).id, item);
    if (!one) throw absent('item_id', 'item', item);
    return one;
  });

  app.delete<ByItem>('/v1/conversations/:id/items/:item', async (request) => {
    const { keeping, owner } = asked(gateway, request);
    const { id, item } = request.params;
    const known = found(keeping, owner, id);
    const order = { kind: 'delete-item', conversation: id, item } as const;
    if (!(await alone(keeping, id, () => keeping.store.change(owner, order)))) throw absent('item_id', 'item', item);
    return described(known);
  });
}

function found({ store }: Keeping, owner: string, id: string): KeptConversation {
  const conversation = store.reader.conversation(owner, id);
  if (!conversation) throw unknown(id);
  return conversation;
}

function unknown(id: string): HttpFailure {
  return absent('conversation_id', 'conversation', id);
}

/** While an answer is being made from a conversation nobody changes what it holds. */
async function alone<T>({ locks }: Keeping, conversation: string, task: () => Promise<T>): Promise<T> {
  const release = await locks.take(conversation);
  try {
    return await task();
  } finally {
    release();
  }
}

function described({ id, createdAt, metadata }: KeptConversation): JsonObject {
  return { id, object: 'conversation', created_at: Math.floor(createdAt / 1000), metadata };
}

/** An item as callers are told it. */
function told({ id, json }: KeptItem): JsonObject {
  const item: unknown = JSON.parse(json);
  return { id, ...(isJsonObject(item) ? item : {}) };
}

/** A request without a body asks for nothing in particular. */
function bodyOf(request: FastifyRequest): JsonObject {
  return isJsonObject(request.body) ? request.body : {};
}

function readItems(value: JsonValue | undefined, gateway: Gateway): KeptItem[] {
  if (!Array.isArray(value)) throw invalid('items', 'items must be an array of items');
  if (value.length > MAX_ITEMS_AT_ONCE) {
    throw invalid('items', `items: ${value.length} are more than the ${MAX_ITEMS_AT_ONCE} that may be added at once`);
  }
  const at = value.findIndex((item) => referenceOf(item) !== undefined);
  if (at >= 0) throw invalid(`items[${at}]`, `items[${at}] refers to an item elsewhere: send the item itself`);
  const items = inputItems(value);
  if (items.length > 0) guardForm(items, gateway);
  return items.filter(isJsonObject).map(keptItem);
}

/** An item that no request could be made with is refused now, and not by every request after it. */
function guardForm(items: JsonValue[], gateway: Gateway): void {
  try {
    gateway.engine.dialects.caller('openai-responses').decodeRequest({ model: 'none', input: items, store: false }, {});
  } catch (error) {
    if (!isRequestError(error)) throw error;
    throw invalid(error.field.replace(/^input/, 'items'), error.message.replace(/^input/, 'items'));
  }
}

function guardRoom({ store, limits }: Keeping, conversation: string, items: readonly KeptItem[]): void {
  const size = store.reader.size(conversation);
  const bytes = items.reduce((sum, { json }) => sum + Buffer.byteLength(json), size.bytes);
  if (size.items + items.length <= limits.items && bytes <= limits.bytes) return;
  const message = `${conversation} would grow beyond ${limits.items} items or ${limits.bytes} bytes (\`conversations.items\`, \`conversations.size\`)`;
  throw invalid('items', message);
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
