import type { Message, OpaqueState, Part, ReasoningPart } from '../model/conversation.ts';
import type { StateMemoryLimits } from './ports.ts';
import type { SharedTurn, Sharing } from './sharing.ts';
import { Contexts, callKey, stateKey, turnKeys } from './turn-keys.ts';

/** What is remembered of a turn, in the order in which the model gave it. */
export type TurnPiece =
  | { readonly kind: 'reasoning'; readonly part: ReasoningPart }
  | { readonly kind: 'text' }
  /** `id` as `callKey` gives it. */
  | { readonly kind: 'call'; readonly id: string; readonly opaque?: OpaqueState };

export interface RememberedTurn {
  /** Who gave it, as `stateOrigin` names targets. */
  readonly origin: string;
  readonly pieces: readonly TurnPiece[];
}

/** An answer that a caller was given. */
export interface ServedTurn {
  /** The caller's name; what one caller was given is never looked up for another. */
  readonly caller: string;
  readonly origin: string;
  /** The conversation that it answered. */
  readonly before: readonly Message[];
  readonly parts: readonly Part[];
  /** Its maker wants thinking back that bears no seal as well. */
  readonly withPlainThinking: boolean;
}

interface Entry extends RememberedTurn {
  readonly id: number;
  readonly keys: readonly string[];
  /** Hash of the conversation before it, where its keys alone may mean another turn as well. */
  readonly context: string | undefined;
  readonly bytes: number;
  usedAt: number;
}

/** Largest share of all bytes that one turn may take: a single answer must not push out all others. */
const LARGEST_SHARE = 1 / 16;

/** Turns under one key, e.g. of the text `Done.`: the more there are, the less likely it is that one is asked for again. */
const MAX_NAMESAKES = 16;

/**
 * The opaque state of the answers that callers were given: most callers' dialects have no field for the state of other
 * providers, and many client libraries drop the fields that there are. Processes that serve together tell each other; what was forgotten
 * is dropped from the conversation, as on every switch.
 */
export class OpaqueMemory {
  #limits: StateMemoryLimits;
  /** Oldest use first. */
  readonly #entries = new Map<number, Entry>();
  readonly #index = new Map<string, Entry[]>();
  #bytes = 0;
  #nextId = 0;
  /** Absent where this process serves alone. */
  readonly #sharing: Sharing | undefined;

  constructor(limits: StateMemoryLimits, sharing?: Sharing) {
    this.#sharing = sharing;
    this.#limits = checked(limits);
  }

  /** Other limits from now on; what is over them is forgotten, oldest use first. */
  resize(limits: StateMemoryLimits, now: number): void {
    this.#limits = checked(limits);
    this.#shrink(now);
  }

  /** Turns that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  /** Of all turns together, keys included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps what of a served answer its caller may not be able to give back. Answers without thinking or state cost nothing. */
  remember(turn: ServedTurn, now: number): void {
    const kept = turn.parts.filter((part) => part.type !== 'reasoning' || part.opaque || turn.withPlainThinking);
    const pieces = kept.flatMap(pieceOf);
    const states = pieces.flatMap(statesOf);
    if (states.length === 0 && !pieces.some((piece) => piece.kind === 'reasoning')) return;
    const found = turnKeys(turn.caller, turn.parts);
    const anywhere = found.length > 0 && found.every((key) => key.anywhere);
    const context = anywhere ? undefined : new Contexts(turn.before).before(turn.before.length);
    const keys = [...found.map(({ key }) => key), ...states.map((state) => stateKey(turn.caller, state))];
    const bytes = sizeOf(pieces) + keys.reduce((sum, key) => sum + 2 * key.length, 0);
    if (keys.length === 0 || bytes > this.#limits.bytes * LARGEST_SHARE) return;
    const shared = { origin: turn.origin, pieces, keys, ...(context !== undefined && { context }), bytes };
    this.#keep(shared, now);
    this.#sharing?.tell({ about: 'turn', turn: shared }, true);
  }

  /** A turn that another process has served. */
  rememberElsewhere(turn: SharedTurn, now: number): void {
    if (turn.bytes <= this.#limits.bytes * LARGEST_SHARE) this.#keep(turn, now);
  }

  /** The turns that were used last, of so many bytes together, oldest first: for a process that begins to serve beside this one. */
  standing(maxBytes: number): SharedTurn[] {
    const found: SharedTurn[] = [];
    let left = maxBytes;
    for (const { origin, pieces, keys, context, bytes } of [...this.#entries.values()].reverse()) {
      left -= bytes;
      if (left < 0) break;
      found.push({ origin, pieces, keys, ...(context !== undefined && { context }), bytes });
    }
    return found.reverse();
  }

  /** The same as `distrust` of another process. */
  distrustElsewhere(keys: readonly string[], origin: string): void {
    for (const key of keys) {
      for (const entry of this.#index.get(key) ?? []) if (entry.origin === origin) this.#forget(entry);
    }
  }

  #keep(turn: SharedTurn, now: number): void {
    this.#nextId += 1;
    const entry: Entry = { context: undefined, ...turn, id: this.#nextId, usedAt: now };
    this.#replaceTwin(entry);
    this.#entries.set(entry.id, entry);
    this.#bytes += entry.bytes;
    for (const key of new Set(entry.keys)) this.#list(key, entry);
    this.#shrink(now);
  }

  /** What is remembered of the message at `at`, a turn of the assistant. */
  turnAt(
    caller: string,
    messages: readonly Message[],
    at: number,
    now: number,
    contexts: Contexts,
  ): RememberedTurn | undefined {
    const parts = messages[at]?.parts;
    if (parts === undefined || this.#entries.size === 0) return undefined;
    for (const { key } of turnKeys(caller, parts)) {
      for (const entry of this.#index.get(key) ?? []) {
        if (entry.context !== undefined && entry.context !== contexts.before(at)) continue;
        if (this.#use(entry, now)) return entry;
      }
    }
    return undefined;
  }

  /** Who made a piece of state that a caller brought; undefined where nobody remembers. */
  originOf(caller: string, state: OpaqueState, now: number): string | undefined {
    if (this.#entries.size === 0) return undefined;
    const entry = this.#index.get(stateKey(caller, state))?.at(-1);
    return entry && this.#use(entry, now) ? entry.origin : undefined;
  }

  /** Forgets what one origin gave in a conversation: it has refused it. */
  distrust(caller: string, messages: readonly Message[], origin: string): void {
    const keys = messages.flatMap(({ parts }) => turnKeys(caller, parts).map(({ key }) => key));
    this.distrustElsewhere(keys, origin);
    this.#sharing?.tell({ about: 'distrusted', keys, origin }, true);
  }

  #list(key: string, entry: Entry): void {
    const listed = this.#index.get(key);
    if (listed === undefined) this.#index.set(key, [entry]);
    else if (listed.push(entry) > MAX_NAMESAKES && listed[0]) this.#forget(listed[0]);
  }

  /** False for one that is too old. */
  #use(entry: Entry, now: number): boolean {
    if (now - entry.usedAt > this.#limits.keepMs) {
      this.#forget(entry);
      return false;
    }
    entry.usedAt = now;
    this.#entries.delete(entry.id);
    this.#entries.set(entry.id, entry);
    return true;
  }

  /** The same turn of the same conversation, given again: a caller that asked twice shows the second answer. */
  #replaceTwin(entry: Entry): void {
    const [first] = entry.keys;
    const twin =
      first === undefined ? undefined : this.#index.get(first)?.find((other) => other.context === entry.context);
    if (twin) this.#forget(twin);
  }

  #shrink(now: number): void {
    for (const entry of this.#entries.values()) {
      const over = this.#entries.size > this.#limits.turns || this.#bytes > this.#limits.bytes;
      if (!over && now - entry.usedAt <= this.#limits.keepMs) return;
      this.#forget(entry);
    }
  }

  #forget(entry: Entry): void {
    if (!this.#entries.delete(entry.id)) return;
    this.#bytes -= entry.bytes;
    for (const key of new Set(entry.keys)) {
      const others = (this.#index.get(key) ?? []).filter((other) => other !== entry);
      if (others.length > 0) this.#index.set(key, others);
      else this.#index.delete(key);
    }
  }
}

function checked(limits: StateMemoryLimits): StateMemoryLimits {
  for (const [name, limit] of Object.entries(limits)) {
    if (!(limit >= 0)) throw new RangeError(`${name} must not be negative, got ${limit}`);
  }
  return limits;
}

/** Without its origin, which is the turn's: restored, it is what the caller would have brought. */
function pieceOf(part: Part): TurnPiece[] {
  switch (part.type) {
    case 'reasoning':
      return [{ kind: 'reasoning', part: { ...part, ...bare(part.opaque) } }];
    case 'tool-call':
      return [{ kind: 'call', id: callKey(part.id), ...bare(part.opaque) }];
    case 'text':
    case 'refusal':
      return [{ kind: 'text' }];
    case 'image':
    case 'file':
    case 'audio':
    case 'tool-result':
    case 'foreign':
      return [];
  }
}

function bare(opaque: OpaqueState | undefined): { readonly opaque?: OpaqueState } {
  return opaque ? { opaque: { dialect: opaque.dialect, value: opaque.value } } : {};
}

function statesOf(piece: TurnPiece): OpaqueState[] {
  const opaque = piece.kind === 'text' ? undefined : piece.kind === 'call' ? piece.opaque : piece.part.opaque;
  return opaque ? [opaque] : [];
}

/** In bytes: a character of a string takes up to two. */
function sizeOf(pieces: readonly TurnPiece[]): number {
  return 2 * JSON.stringify(pieces).length;
}
