import type { ConversationReader } from './conversation-reader.ts';
import type { ConversationOrder } from './kept-conversation.ts';
import type { LedgerWriter } from './ledger-writer.ts';

/** What callers of the Responses API have the gateway keep: read at once, written by the writer thread. */
export interface Conversations {
  readonly reader: Omit<ConversationReader, 'close'>;
  /**
   * Resolves once the change would survive `kill -9`; false where what it is about is not there, or not the caller's.
   * Rejects with a LedgerError where it could not be written.
   */
  change(caller: string, order: ConversationOrder): Promise<boolean>;
}

export function conversationsOver(writer: LedgerWriter, reader: ConversationReader): Conversations {
  return {
    reader,
    change: async (caller, order) => (await writer.ask({ kind: 'order', caller, order }, charsOf(order))) > 0,
  };
}

function charsOf(order: ConversationOrder): number {
  switch (order.kind) {
    case 'keep-turn': {
      const { body, input, output } = order.turn;
      return [...input, ...output].reduce((sum, { json }) => sum + json.length, body.length);
    }
    case 'create':
    case 'add-items':
      return order.items.reduce((sum, { json }) => sum + json.length, 0);
    default:
      return 0;
  }
}
