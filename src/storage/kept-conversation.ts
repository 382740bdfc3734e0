/** One item of a conversation in the form of the Responses API. */
export interface KeptItem {
  /** As callers are told it. An item that came without an id has one here, and none in its text. */
  readonly id: string;
  /** JSON text of the item. */
  readonly json: string;
}

/** Where a response stands: after another one, in a conversation with a name, or at the beginning of its own. */
export type KeptPlace =
  | { readonly kind: 'first' }
  | { readonly kind: 'after'; readonly previous: string }
  | { readonly kind: 'in'; readonly conversation: string };

/** A response to be kept, with everything that it adds. Times in milliseconds since 1970. */
export interface KeptTurn {
  readonly id: string;
  readonly place: KeptPlace;
  readonly at: number;
  /** JSON text of the response object, without `output`. */
  readonly body: string;
  readonly input: readonly KeptItem[];
  readonly output: readonly KeptItem[];
  /** Ids of items of other conversations that the input refers to: those conversations are then in use as well. */
  readonly references: readonly string[];
}

/** One change to what is kept. Whatever it is about has to belong to the caller; otherwise nothing happens. */
export type ConversationOrder =
  | { readonly kind: 'keep-turn'; readonly turn: KeptTurn }
  | {
      readonly kind: 'create';
      readonly conversation: string;
      readonly at: number;
      readonly metadata: string;
      readonly items: readonly KeptItem[];
    }
  | { readonly kind: 'describe'; readonly conversation: string; readonly metadata: string }
  | {
      readonly kind: 'add-items';
      readonly conversation: string;
      readonly at: number;
      readonly items: readonly KeptItem[];
    }
  /** With its items, except where a conversation with a name holds them. */
  | { readonly kind: 'delete-response'; readonly response: string }
  /** With everything in it. */
  | { readonly kind: 'delete-conversation'; readonly conversation: string }
  | { readonly kind: 'delete-item'; readonly conversation: string; readonly item: string }
  /** Takes back a turn whose writing was not waited for. */
  | { readonly kind: 'forget-turn'; readonly response: string };
