import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/** An item by its place; its text is read apart. */
export interface ItemPlace {
  readonly key: number;
  readonly id: string;
  readonly bytes: number;
}

export interface ResponseRow {
  readonly id: string;
  readonly conversation: string;
  readonly named: number;
  readonly previous: string | null;
  readonly last_input: number | null;
  readonly body: string;
}

export interface ConversationRow {
  readonly id: string;
  readonly created_at: number;
  readonly metadata: string;
}

/** The statements that read what callers have kept. Each is served by an index; ownership is part of each first look. */
export class ConversationQueries {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  response(caller: string, id: string): ResponseRow | undefined {
    return this.#rows<ResponseRow>(
      `select r.id, r.conversation, c.named, r.previous, r.last_input, r.body
       from responses r join conversations c on c.id = r.conversation where r.id = ? and c.caller = ?`,
      [id, caller],
    )[0];
  }

  /** Responses whose metadata holds a value under a name, the newest first, whoever they belong to. */
  marked(name: string, value: string, limit: number): readonly { readonly id: string; readonly caller: string }[] {
    return this.#rows(
      `select r.id, c.caller from responses r join conversations c on c.id = r.conversation
       where json_extract(r.body, ?) = ? order by r.created_at desc, r.rowid desc limit ?`,
      [`$.metadata."${name.replaceAll('"', '')}"`, value, limit],
    );
  }

  /** One that callers know by its name. */
  conversation(caller: string, id: string): ConversationRow | undefined {
    return this.#rows<ConversationRow>(
      'select id, created_at, metadata from conversations where id = ? and caller = ? and named = 1',
      [id, caller],
    )[0];
  }

  /** A response and those before it, itself first, at most `limit` of them. */
  chain(id: string, limit: number): readonly { readonly id: string; readonly previous: string | null }[] {
    return this.#rows(
      `with recursive chain(id, previous, depth) as (
         select id, previous, 1 from responses where id = ?
         union all
         select r.id, r.previous, c.depth + 1 from chain c join responses r on r.id = c.previous where c.depth < ?
       ) select id, previous from chain order by depth`,
      [id, limit],
    );
  }

  /** Items that came with a response. */
  itemsOf(response: string, side?: 'input' | 'output'): readonly ItemPlace[] {
    if (side === undefined) {
      return this.#rows('select key, id, bytes from items where response = ? order by key', [response]);
    }
    return this.#rows('select key, id, bytes from items where response = ? and side = ? order by key', [
      response,
      side,
    ]);
  }

  /** Items of a conversation, as far as `lastKey`. */
  itemsIn(conversation: string, lastKey = Number.MAX_SAFE_INTEGER): readonly ItemPlace[] {
    return this.#rows('select key, id, bytes from items where conversation = ? and key <= ? order by key', [
      conversation,
      lastKey,
    ]);
  }

  /** Texts of items, in the order of their places. */
  bodies(places: readonly ItemPlace[]): readonly string[] {
    const keys = JSON.stringify(places.map(({ key }) => key));
    const rows = this.#rows<{ key: number; body: string }>(
      'select key, body from items where key in (select value from json_each(?))',
      [keys],
    );
    const byKey = new Map(rows.map(({ key, body }) => [key, body]));
    return places.flatMap(({ key }) => byKey.get(key) ?? []);
  }

  /** The different texts of one item of a caller's, at most two: what models made first, else what the caller sent last. */
  byId(caller: string, id: string): readonly string[] {
    const mine = `from items i join conversations c on c.id = i.conversation
      where i.id = ? and c.caller = ? and json_extract(i.body, '$.type') is not 'item_reference'`;
    const made = this.#rows<{ body: string }>(`select distinct i.body ${mine} and i.side = 'output' limit 2`, [
      id,
      caller,
    ]);
    if (made.length > 0) return made.map(({ body }) => body);
    const sent = this.#rows<{ body: string }>(`select i.body ${mine} order by i.key desc limit 1`, [id, caller]);
    return sent.map(({ body }) => body);
  }

  close(): void {
    this.#connection.close();
  }

  #rows<Row>(sql: string, parameters: readonly SqlValue[]): readonly Row[] {
    return this.#connection.prepare(sql).all([...parameters]) as Row[];
  }
}
