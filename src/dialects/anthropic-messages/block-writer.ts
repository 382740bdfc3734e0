import type { ChatEvent } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { encodeToolCallId } from '../common/tool-call-ids.ts';
import { writeCitation } from './citations.ts';
import { signatureFor } from './thinking-signature.ts';
import {
  objectOf,
  type RawContentBlockDelta,
  type RawContentBlockDeltaEvent,
  type RawContentBlockStopEvent,
} from './wire.ts';

type Kind = 'text' | 'thinking' | 'other';

/**
 * Writes the content blocks of one stream and keeps their numbers, also of those it only sees forwarded, so that it
 * can go on behind them.
 *
 * Text and thinking come one block after the other. Tool blocks stay open until their end is told: some providers send
 * the arguments of parallel calls in turns, and a stopped block takes no more.
 */
export class BlockWriter {
  #next = 0;
  #open: { index: number; kind: Kind } | undefined;
  readonly #tools = new Map<number, number>();
  readonly #thinks: boolean;
  /** The open text block holds a citation. */
  #cited = false;
  calledTools = false;
  refused = false;

  /** `thinks`: the caller asked for thinking, so that a block of it is no surprise. */
  constructor(thinks: boolean) {
    this.#thinks = thinks;
  }

  /** A frame that was forwarded. */
  noteFrame(type: string): void {
    if (type === 'content_block_start') {
      this.#open = { index: this.#next, kind: 'other' };
      this.#next += 1;
    } else if (type === 'content_block_stop') this.#open = undefined;
  }

  /** What an event whose frame is forwarded tells of the open block. */
  noteEvent(event: ChatEvent): void {
    if (event.type === 'tool-call-start') this.calledTools = true;
    if (event.type === 'text' && this.#open) this.#open.kind = 'text';
  }

  write(event: ChatEvent): SseFrame[] {
    switch (event.type) {
      case 'refusal':
        this.refused = true;
        return this.#text(event.text);
      case 'text':
        return this.#text(event.text);
      case 'reasoning':
        return this.#reasoning(event);
      case 'tool-call-start':
        return this.#toolStart(event);
      case 'tool-call-delta': {
        const index = this.#tools.get(event.index);
        if (index === undefined || event.json === '') return [];
        return [delta(index, { type: 'input_json_delta', partial_json: event.json })];
      }
      case 'tool-call-end': {
        const index = this.#tools.get(event.index);
        this.#tools.delete(event.index);
        return index === undefined ? [] : [stop(index)];
      }
      case 'citation':
        return this.#cite(event.citation);
      case 'foreign':
        return this.#foreign(event);
      // The API tells no probabilities.
      case 'logprobs':
      case 'start':
      case 'usage':
      case 'finish':
      case 'fault':
      case 'switch':
      case 'note':
        return [];
    }
  }

  /** Text goes on in its block; anything else that is open cannot be completed by another target. */
  beginNextTarget(): SseFrame[] {
    return this.#open?.kind === 'text' ? this.#closeTools() : this.closeAll();
  }

  closeAll(): SseFrame[] {
    return [...this.#closeOpen(), ...this.#closeTools()];
  }

  #text(text: string): SseFrame[] {
    if (text === '') return [];
    const closed = this.#cited ? this.#closeOpen() : [];
    const { index, frames } = this.#into('text', { type: 'text', text: '' });
    return [...closed, ...frames, delta(index, { type: 'text_delta', text })];
  }

  /** A citation backs its whole block: what is said next is another one. */
  #cite(citation: Citation): SseFrame[] {
    const written = writeCitation(citation);
    if (this.#open?.kind !== 'text' || written === undefined) return [];
    this.#cited = true;
    return [
      frame({
        type: 'content_block_delta',
        index: this.#open.index,
        delta: { type: 'citations_delta', citation: written },
      }),
    ];
  }

  #reasoning(event: Extract<ChatEvent, { type: 'reasoning' }>): SseFrame[] {
    const own = event.opaque?.dialect === 'anthropic-messages' ? objectOf(event.opaque.value) : {};
    if (typeof own.redacted === 'string') {
      return [...this.#closeOpen(), ...this.#whole({ type: 'redacted_thinking', data: own.redacted })];
    }
    const hasWords = event.text !== '' || this.#open?.kind === 'thinking';
    const signature = signatureFor(hasWords, event.opaque, this.#thinks);
    if (event.text === '' && signature === '') return [];
    const { index, frames } = this.#into('thinking', { type: 'thinking', thinking: '', signature: '' });
    if (event.text !== '') frames.push(delta(index, { type: 'thinking_delta', thinking: event.text }));
    if (signature === '') return frames;
    // A signature completes its block.
    frames.push(delta(index, { type: 'signature_delta', signature }), ...this.#closeOpen());
    return frames;
  }

  #toolStart(event: Extract<ChatEvent, { type: 'tool-call-start' }>): SseFrame[] {
    this.calledTools = true;
    const frames = this.#closeOpen();
    const index = this.#next;
    this.#next += 1;
    this.#tools.set(event.index, index);
    const id = encodeToolCallId(event.id, 'anthropic');
    return [...frames, start(index, { type: 'tool_use', id, name: event.name, input: {} })];
  }

  #foreign({ part }: Extract<ChatEvent, { type: 'foreign' }>): SseFrame[] {
    if (part.dialect !== 'anthropic-messages' || !isJsonObject(part.value)) return [];
    return [...this.#closeOpen(), ...this.#whole(part.value)];
  }

  #whole(block: JsonObject): SseFrame[] {
    const index = this.#next;
    this.#next += 1;
    return [start(index, block), stop(index)];
  }

  /** Makes a block of this kind the open one. */
  #into(kind: Kind, block: JsonObject): { index: number; frames: SseFrame[] } {
    if (this.#open?.kind === kind) return { index: this.#open.index, frames: [] };
    const frames = this.#closeOpen();
    const index = this.#next;
    this.#next += 1;
    this.#open = { index, kind };
    return { index, frames: [...frames, start(index, block)] };
  }

  #closeOpen(): SseFrame[] {
    const open = this.#open;
    this.#open = undefined;
    this.#cited = false;
    return open ? [stop(open.index)] : [];
  }

  #closeTools(): SseFrame[] {
    const frames = [...this.#tools.values()].map(stop);
    this.#tools.clear();
    return frames;
  }
}

function frame(event: JsonObject & { readonly type: string }): SseFrame {
  return { kind: 'sse', event: event.type, data: JSON.stringify(event) };
}

function start(index: number, block: JsonObject): SseFrame {
  return frame({ type: 'content_block_start', index, content_block: block });
}

function delta(index: number, given: Exclude<RawContentBlockDelta, { type: 'citations_delta' }>): SseFrame {
  const event = { type: 'content_block_delta' as const, index, delta: { ...given } };
  event satisfies RawContentBlockDeltaEvent;
  return frame(event);
}

function stop(index: number): SseFrame {
  const event = { type: 'content_block_stop' as const, index };
  event satisfies RawContentBlockStopEvent;
  return frame(event);
}
