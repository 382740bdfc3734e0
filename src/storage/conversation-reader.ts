import { isJsonObject, type JsonObject } from '../model/json.ts';
import { ConversationQueries, type ConversationRow, type ItemPlace, type ResponseRow } from './conversation-queries.ts';
import { LedgerError } from './ledger-error.ts';
import { ledgerPath } from './ledger-path.ts';
import { openForReading } from './reading-connection.ts';
import { toLedgerError } from './sqlite-fault.ts';

/** Most that one request may have put before its own input. */
export interface ContextLimits {
  readonly items: number;
  readonly bytes: number;
}

/** What a request goes on from. */
export type ContextSource = { readonly response: string } | { readonly conversation: string };

export type Context =
  | { readonly kind: 'found'; readonly items: readonly JsonObject[] }
  /** Nothing of that id belongs to this caller. */
  | { readonly kind: 'absent' }
  /** The response was made inside a conversation with a name, which is how to go on with it. */
  | { readonly kind: 'inside'; readonly conversation: string }
  /** A response or an item that it was made from has been deleted, or cannot be told from another. */
  | { readonly kind: 'incomplete'; readonly missing: string }
  | { readonly kind: 'too-large'; readonly items: number; readonly bytes: number };

export interface KeptResponse {
  /** The response object, without its output. */
  readonly body: JsonObject;
  readonly output: readonly JsonObject[];
}

/** A response that its caller marked in `metadata`. */
export interface MarkedResponse extends KeptResponse {
  readonly id: string;
  /** What it was made from, the items before it included. */
  readonly input: readonly JsonObject[];
}

export interface KeptConversation {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly metadata: JsonObject;
}

export interface ItemQuery {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  /** Id of the item before the first one of the page. */
  readonly after?: string;
}

export type ItemPage =
  | { readonly kind: 'page'; readonly items: readonly JsonObject[]; readonly more: boolean }
  | { readonly kind: 'absent' }
  | { readonly kind: 'incomplete'; readonly missing: string }
  /** `after` names none of these items. */
  | { readonly kind: 'unknown-cursor' };

/** An item that a caller refers to by its id. `ambiguous`: the id stands for two that differ. */
export type FoundItem = JsonObject | 'absent' | 'ambiguous';

/** A response has one item at least, so that no readable chain is longer; this bounds what a broken limit could ask for. */
const maxChain = 100_000;

/** Reads what callers have kept, on the main thread and beside the thread that writes it. */
export class ConversationReader {
  readonly #file: string;
  readonly #queries: ConversationQueries;
  #closed = false;

  /** @throws LedgerError like the reader of the ledger */
  constructor(file: string) {
    this.#file = ledgerPath(file);
    this.#queries = new ConversationQueries(openForReading(this.#file));
  }

  context(caller: string, source: ContextSource, limits: ContextLimits): Context {
    return this.#read(() => {
      const places =
        'conversation' in source ? this.#whole(caller, source.conversation) : this.#after(caller, source.response);
      if (!('length' in places)) return places;
      const bytes = places.reduce((sum, place) => sum + place.bytes, 0);
      if (places.length > limits.items || bytes > limits.bytes) {
        return { kind: 'too-large', items: places.length, bytes };
      }
      return this.#resolved(caller, places);
    });
  }

  response(caller: string, id: string): KeptResponse | undefined {
    return this.#read(() => {
      const row = this.#queries.response(caller, id);
      if (!row) return undefined;
      return { body: this.#parse(row.body), output: this.#listed(this.#queries.itemsOf(id, 'output')) };
    });
  }

  /** Kept responses that their callers marked, the newest first, each with everything that it was made from. */
  marked(mark: { readonly name: string; readonly value: string }, limit: number): readonly MarkedResponse[] {
    return this.#read(() =>
      this.#queries.marked(mark.name, mark.value, limit).flatMap(({ id, caller }) => {
        const row = this.#queries.response(caller, id);
        const places = row && this.#inputOf(row);
        const found = places && 'length' in places ? this.#resolved(caller, places) : undefined;
        if (!row || found?.kind !== 'found') return [];
        const output = this.#listed(this.#queries.itemsOf(id, 'output'));
        return [{ id, body: this.#parse(row.body), input: found.items, output }];
      }),
    );
  }

  /** The items that a response was made from; undefined where there is no such response. */
  inputItems(caller: string, id: string, query: ItemQuery): ItemPage {
    return this.#read(() => {
      const row = this.#queries.response(caller, id);
      if (!row) return { kind: 'absent' };
      const places = this.#inputOf(row);
      return 'length' in places ? this.#page(caller, places, query) : places;
    });
  }

  conversation(caller: string, id: string): KeptConversation | undefined {
    return this.#read(() => {
      const row = this.#queries.conversation(caller, id);
      return row && this.#described(row);
    });
  }

  conversationItems(caller: string, id: string, query: ItemQuery): ItemPage {
    return this.#read(() => {
      if (!this.#queries.conversation(caller, id)) return { kind: 'absent' };
      return this.#page(caller, this.#queries.itemsIn(id), query);
    });
  }

  /** How much a conversation holds. */
  size(conversation: string): ContextLimits {
    return this.#read(() => {
      const places = this.#queries.itemsIn(conversation);
      return { items: places.length, bytes: places.reduce((sum, place) => sum + place.bytes, 0) };
    });
  }

  /** One item of a conversation, the last of that id. */
  conversationItem(caller: string, conversation: string, id: string): JsonObject | undefined {
    return this.#read(() => {
      if (!this.#queries.conversation(caller, conversation)) return undefined;
      const place = this.#queries.itemsIn(conversation).findLast((item) => item.id === id);
      return place && this.#listed([place])[0];
    });
  }

  item(caller: string, id: string): FoundItem {
    return this.#read(() => this.#item(caller, id));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#queries.close();
  }

  #item(caller: string, id: string): FoundItem {
    const [body, other] = this.#queries.byId(caller, id);
    if (body === undefined) return 'absent';
    return other === undefined ? this.#parse(body) : 'ambiguous';
  }

  #whole(caller: string, conversation: string): readonly ItemPlace[] | Context {
    const found = this.#queries.conversation(caller, conversation);
    return found ? this.#queries.itemsIn(conversation) : { kind: 'absent' };
  }

  #after(caller: string, id: string): readonly ItemPlace[] | Context {
    const row = this.#queries.response(caller, id);
    if (!row) return { kind: 'absent' };
    if (row.named === 1) return { kind: 'inside', conversation: row.conversation };
    const chain = this.#chain(id);
    return 'missing' in chain ? chain : chain.flatMap((each) => this.#queries.itemsOf(each));
  }

  #inputOf(row: ResponseRow): readonly ItemPlace[] | { kind: 'incomplete'; missing: string } {
    if (row.last_input !== null) return this.#queries.itemsIn(row.conversation, row.last_input);
    const chain = this.#chain(row.id);
    if ('missing' in chain) return chain;
    return chain.flatMap((each) => this.#queries.itemsOf(each, ...(each === row.id ? (['input'] as const) : [])));
  }

  /** Ids, the oldest first. */
  #chain(id: string): readonly string[] | { kind: 'incomplete'; missing: string } {
    const chain = this.#queries.chain(id, maxChain);
    const missing = chain.at(-1)?.previous ?? undefined;
    if (missing !== undefined) return { kind: 'incomplete', missing };
    return chain.map((each) => each.id).reverse();
  }

  #page(caller: string, all: readonly ItemPlace[], { limit, order, after }: ItemQuery): ItemPage {
    const places = order === 'asc' ? all : [...all].reverse();
    const at = after === undefined ? -1 : places.findIndex(({ id }) => id === after);
    if (after !== undefined && at < 0) return { kind: 'unknown-cursor' };
    const wanted = places.slice(at + 1, at + 1 + limit);
    const found = this.#resolved(caller, wanted);
    if (found.kind !== 'found') return found;
    return { kind: 'page', items: named(found.items, wanted), more: places.length > at + 1 + limit };
  }

  /** Items with what they refer to in the place of the references. */
  #resolved(
    caller: string,
    places: readonly ItemPlace[],
  ): Extract<Context, { kind: 'found' }> | Extract<Context, { kind: 'incomplete' }> {
    const items: JsonObject[] = [];
    for (const item of this.#parseAll(places)) {
      const found = item.type === 'item_reference' ? this.#item(caller, String(item.id)) : item;
      if (typeof found === 'string') return { kind: 'incomplete', missing: String(item.id) };
      items.push(found);
    }
    return { kind: 'found', items };
  }

  #described({ id, created_at: createdAt, metadata }: ConversationRow): KeptConversation {
    return { id, createdAt, metadata: this.#parse(metadata) };
  }

  #listed(places: readonly ItemPlace[]): readonly JsonObject[] {
    return named(this.#parseAll(places), places);
  }

  #parseAll(places: readonly ItemPlace[]): readonly JsonObject[] {
    return this.#queries.bodies(places).map((body) => this.#parse(body));
  }

  #parse(json: string): JsonObject {
    const value: unknown = JSON.parse(json);
    if (!isJsonObject(value)) throw new LedgerError('damaged', `${this.#file}: what a caller kept is no object.`);
    return value;
  }

  #read<T>(task: () => T): T {
    if (this.#closed) throw new LedgerError('closed', 'The ledger is closed.');
    try {
      return task();
    } catch (error) {
      throw toLedgerError(this.#file, error);
    }
  }
}

/** Items as callers are told them: each with an id. */
function named(items: readonly JsonObject[], places: readonly ItemPlace[]): readonly JsonObject[] {
  return items.map((item, at) => ({ id: places[at]?.id ?? '', ...item }));
}
