import type { ChatRequest } from '../model/chat-request.ts';
import type { Message, OpaqueState, Part } from '../model/conversation.ts';
import type { Loss } from '../model/loss.ts';
import type { OpaqueMemory, TurnPiece } from './opaque-memory.ts';
import { Contexts, callKey } from './turn-keys.ts';

/** For whom a request is made ready. */
export interface StateReader {
  /** `stateOrigin` of the target. */
  readonly origin: string;
  /** The caller speaks its dialect, in which state comes back in its place. */
  readonly sameDialect: boolean;
  /** Name of the caller. */
  readonly caller: string;
  readonly memory: OpaqueMemory;
  /** By dialect, who is taken for the maker of state that a client brought and nobody remembers. */
  readonly presumed: ReadonlyMap<string, string>;
  readonly now: number;
}

export interface BoundRequest {
  readonly request: ChatRequest;
  readonly losses: readonly Loss[];
}

/**
 * The request as one target may see it: opaque state of all others is left out, and what is remembered of this one's own
 * stands where its maker put it. The request itself where there is nothing to change.
 */
export function bindState(request: ChatRequest, reader: StateReader): BoundRequest {
  const losses: Loss[] = [];
  const contexts = new Contexts(request.messages);
  let edited = false;
  const messages = request.messages.map((message, at) => {
    if (message.role !== 'assistant') return message;
    const stripped = stripForeign(message.parts, reader, (index) => {
      losses.push({
        field: `messages[${at}].content[${index}]`,
        why: 'state that another model made was left out: only its maker can read it',
        matters: false,
      });
    });
    const turn = reader.memory.turnAt(reader.caller, request.messages, at, reader.now, contexts);
    const parts = turn?.origin === reader.origin ? restored(stripped, turn.pieces, reader.sameDialect) : stripped;
    if (parts === message.parts) return message;
    edited = true;
    return { ...message, parts };
  });
  return { request: edited ? { ...request, messages, conversationEdited: true } : request, losses };
}

/** The request without any opaque state: for a target that has refused some. */
export function withoutState(request: ChatRequest): BoundRequest {
  const messages = request.messages.map((message): Message => {
    const parts = message.parts.flatMap(withoutOpaque);
    return { ...message, parts };
  });
  const why = 'signatures and encrypted items of earlier turns were left out: the target has refused them';
  const losses = [{ field: 'messages', why, matters: false }];
  return { request: { ...request, messages, conversationEdited: true }, losses };
}

/** Thinking with a text stays, without its seal: encoders say what becomes of it. */
function stripForeign(parts: readonly Part[], reader: StateReader, onLoss: (index: number) => void): readonly Part[] {
  let changed = false;
  const out = parts.flatMap((part, index) => {
    const opaque = opaqueOf(part);
    if (opaque === undefined || makerOf(opaque, reader) === reader.origin) return [part];
    changed = true;
    if (part.type === 'tool-call' || (part.type === 'reasoning' && part.text === '')) onLoss(index);
    return withoutOpaque(part);
  });
  return changed ? out : parts;
}

function makerOf(opaque: OpaqueState, { caller, memory, presumed, now }: StateReader): string | undefined {
  return opaque.origin ?? memory.originOf(caller, opaque, now) ?? presumed.get(opaque.dialect);
}

function opaqueOf(part: Part): OpaqueState | undefined {
  return part.type === 'tool-call' || part.type === 'reasoning' ? part.opaque : undefined;
}

function withoutOpaque(part: Part): Part[] {
  if (part.type !== 'tool-call' && part.type !== 'reasoning') return [part];
  const { opaque, ...rest } = part;
  if (opaque === undefined) return [part];
  return rest.type === 'reasoning' && rest.text === '' ? [] : [rest];
}

/**
 * The parts with what is remembered of their turn in the places where its maker had it; the same parts where that changes
 * nothing. In the maker's own dialect, what came back stands in its place already.
 */
function restored(parts: readonly Part[], pieces: readonly TurnPiece[], sameDialect: boolean): readonly Part[] {
  if (sameDialect && isComplete(parts, pieces)) return parts;
  const thinking = anchored(pieces);
  const isReplaced = thinking.size > 0;
  const out: Part[] = [];
  let said = false;
  for (const part of parts) {
    if (part.type === 'reasoning' && isReplaced) continue;
    if (part.type === 'tool-call') {
      out.push(...take(thinking, callKey(part.id)), { ...part, ...opaqueOfCall(pieces, part.id) });
      continue;
    }
    if (!said && (part.type === 'text' || part.type === 'refusal')) {
      out.push(...take(thinking, TEXT));
      said = true;
    }
    out.push(part);
  }
  // What stood before a part that the caller no longer shows, or at the end.
  out.push(...[...thinking.values()].flat());
  return JSON.stringify(out) === JSON.stringify(parts) ? parts : out;
}

/** All that is remembered came back. */
function isComplete(parts: readonly Part[], pieces: readonly TurnPiece[]): boolean {
  const brought = new Set(parts.map((part) => JSON.stringify(opaqueOf(part)?.value)));
  const has = (opaque: OpaqueState | undefined) => opaque === undefined || brought.has(JSON.stringify(opaque.value));
  return pieces.every((piece) => {
    if (piece.kind === 'text') return true;
    if (piece.kind === 'call') return has(piece.opaque);
    const { text, opaque } = piece.part;
    return opaque ? has(opaque) : parts.some((part) => part.type === 'reasoning' && part.text.includes(text));
  });
}

const TEXT = ' text';
const END = ' end';

/** Pieces of thinking by what they stand before: the first text, a call, or the end of the turn. */
function anchored(pieces: readonly TurnPiece[]): Map<string, Part[]> {
  const anchors = new Map<string, Part[]>();
  let waiting: Part[] = [];
  let said = false;
  const settle = (anchor: string) => {
    if (waiting.length > 0) anchors.set(anchor, waiting);
    waiting = [];
  };
  for (const piece of pieces) {
    if (piece.kind === 'reasoning') waiting.push(piece.part);
    else if (piece.kind === 'call') settle(piece.id);
    else if (!said) {
      settle(TEXT);
      said = true;
    }
  }
  settle(END);
  return anchors;
}

function take(anchors: Map<string, Part[]>, anchor: string): Part[] {
  const parts = anchors.get(anchor) ?? [];
  anchors.delete(anchor);
  return parts;
}

function opaqueOfCall(pieces: readonly TurnPiece[], id: string): { readonly opaque?: OpaqueState } {
  for (const piece of pieces) {
    if (piece.kind === 'call' && piece.id === callKey(id) && piece.opaque) return { opaque: piece.opaque };
  }
  return {};
}
