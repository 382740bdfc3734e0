import type { ConversationOrder, KeptItem, KeptTurn } from './kept-conversation.ts';
import type { SqliteConnection, SqlValue } from './sqlite-driver.ts';

/**
 * The writing side of what callers have kept, on the connection of the writer thread. Every order is one transaction,
 * and looks by itself whether what it is about is there and the caller's: it may be gone since somebody last looked.
 */
export class ConversationTables {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** Gives false, and changes nothing, where what the order is about is not there. Throws the driver's errors. */
  execute(caller: string, order: ConversationOrder): boolean {
    this.#connection.exec('begin immediate');
    try {
      const done = this.#execute(caller, order);
      this.#connection.exec(done ? 'commit' : 'rollback');
      return done;
    } catch (error) {
      try {
        this.#connection.exec('rollback');
      } catch {
        // A full disk or a failing one has SQLite roll back by itself; there is no transaction left then.
      }
      throw error;
    }
  }

  /** Deletes at most `limit` conversations that nobody has gone on with since `beforeMs`; gives how many. */
  sweepStep(beforeMs: number, limit: number): number {
    return this.#run(
      'delete from conversations where id in (select id from conversations where touched_at < ? order by touched_at limit ?)',
      [beforeMs, limit],
    );
  }

  #execute(caller: string, order: ConversationOrder): boolean {
    switch (order.kind) {
      case 'keep-turn':
        return this.#keepTurn(caller, order.turn);
      case 'create':
        this.#create(caller, { id: order.conversation, named: 1, at: order.at, metadata: order.metadata });
        return this.#addItems(order.conversation, order.items);
      case 'describe':
        return this.#changed(`update conversations set metadata = ? where id = ? and caller = ? and named = 1`, [
          order.metadata,
          order.conversation,
          caller,
        ]);
      case 'add-items':
        return this.#touch(caller, order.conversation, order.at) && this.#addItems(order.conversation, order.items);
      case 'delete-response':
        return this.#deleteResponse(caller, order.response);
      case 'delete-conversation':
        return this.#changed('delete from conversations where id = ? and caller = ? and named = 1', [
          order.conversation,
          caller,
        ]);
      case 'delete-item':
        return this.#changed(
          `delete from items where id = ? and conversation in
           (select id from conversations where id = ? and caller = ? and named = 1)`,
          [order.item, order.conversation, caller],
        );
      case 'forget-turn':
        this.#run('delete from items where response = ?', [order.response]);
        return this.#deleteResponse(caller, order.response);
    }
  }

  #keepTurn(caller: string, turn: KeptTurn): boolean {
    const conversation = this.#conversationOf(caller, turn);
    if (conversation === undefined) return false;
    for (const item of turn.input) this.#addItem({ conversation, side: 'input', response: turn.id }, item);
    const lastInput = turn.place.kind === 'in' ? this.#lastKey(conversation) : null;
    for (const item of turn.output) this.#addItem({ conversation, side: 'output', response: turn.id }, item);
    const previous = turn.place.kind === 'after' ? turn.place.previous : null;
    this.#run(
      'insert into responses (id, conversation, previous, last_input, created_at, body) values (?, ?, ?, ?, ?, ?)',
      [turn.id, conversation, previous, lastInput, Math.round(turn.at), turn.body],
    );
    for (const id of turn.references) {
      this.#run(
        `update conversations set touched_at = max(touched_at, ?) where caller = ? and id in
         (select conversation from items where id = ?)`,
        [Math.round(turn.at), caller, id],
      );
    }
    return true;
  }

  /** The conversation that a turn belongs to, begun where it is the first; undefined where it is gone. */
  #conversationOf(caller: string, { id, place, at }: KeptTurn): string | undefined {
    if (place.kind === 'first') {
      this.#create(caller, { id, named: 0, at, metadata: '{}' });
      return id;
    }
    const found = place.kind === 'in' ? place.conversation : this.#conversationBehind(place.previous);
    return found !== undefined && this.#touch(caller, found, at) ? found : undefined;
  }

  #conversationBehind(response: string): string | undefined {
    const [row] = this.#connection.prepare('select conversation from responses where id = ?').all([response]) as {
      conversation: string;
    }[];
    return row?.conversation;
  }

  #create(caller: string, row: { id: string; named: number; at: number; metadata: string }): void {
    const at = Math.round(row.at);
    this.#run(
      'insert into conversations (id, caller, named, created_at, touched_at, metadata) values (?, ?, ?, ?, ?, ?)',
      [row.id, caller, row.named, at, at, row.metadata],
    );
  }

  #touch(caller: string, conversation: string, at: number): boolean {
    return this.#changed('update conversations set touched_at = max(touched_at, ?) where id = ? and caller = ?', [
      Math.round(at),
      conversation,
      caller,
    ]);
  }

  #addItems(conversation: string, items: readonly KeptItem[]): true {
    for (const item of items) this.#addItem({ conversation, side: 'input' }, item);
    return true;
  }

  #addItem(where: { conversation: string; side: 'input' | 'output'; response?: string }, item: KeptItem): void {
    this.#run('insert into items (conversation, response, side, id, bytes, body) values (?, ?, ?, ?, ?, ?)', [
      where.conversation,
      where.response ?? null,
      where.side,
      item.id,
      Buffer.byteLength(item.json),
      item.json,
    ]);
  }

  #lastKey(conversation: string): number {
    const [row] = this.#connection
      .prepare('select max(key) as last from items where conversation = ?')
      .all([conversation]) as { last: number | null }[];
    return row?.last ?? 0;
  }

  /** What a conversation without a name is there for are its responses: it goes with the last one. */
  #deleteResponse(caller: string, id: string): boolean {
    const [row] = this.#connection
      .prepare(
        `select conversations.id as id, conversations.named as named from responses
         join conversations on conversations.id = responses.conversation
         where responses.id = ? and conversations.caller = ?`,
      )
      .all([id, caller]) as { id: string; named: number }[];
    if (!row) return false;
    this.#run('delete from responses where id = ?', [id]);
    if (row.named === 1) return true;
    this.#run('delete from items where response = ?', [id]);
    this.#run(
      'delete from conversations where id = ? and not exists (select 1 from responses where conversation = ?)',
      [row.id, row.id],
    );
    return true;
  }

  #changed(sql: string, parameters: readonly SqlValue[]): boolean {
    return this.#run(sql, parameters) > 0;
  }

  #run(sql: string, parameters: readonly SqlValue[]): number {
    return Number(this.#connection.prepare(sql).run([...parameters]).changes);
  }
}
