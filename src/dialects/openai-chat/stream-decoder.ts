import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { FrameFault, malformedFrame } from '../common/frame-fault.ts';
import { parseJson } from '../common/frame-json.ts';
import { isRewritten } from '../common/whole-answer.ts';
import { readSources } from './annotations.ts';
import { ChoiceReader } from './choice-reader.ts';
import { indexOf, readChoices, startOf, stopSequenceOf } from './decode-answer.ts';
import { answerFault } from './decode-fault.ts';
import { readUsage } from './usage.ts';
import { DONE } from './wire.ts';

export function streamDecoder(reading: ReadingContext): StreamDecoder {
  return new ChunkDecoder(reading);
}

/** Reads `chat.completion.chunk` frames. `[DONE]` and the end of the stream are both a legal end of a finished answer. */
class ChunkDecoder implements StreamDecoder {
  readonly #reading: ReadingContext;
  readonly #choices = new Map<number, ChoiceReader>();
  readonly #sources = new Map<string, ChatEvent>();
  #started = false;
  #over = false;

  constructor(reading: ReadingContext) {
    this.#reading = reading;
  }

  push(frame: SseFrame): ChatEvent[] {
    if (this.#over) return [];
    const out = this.#guarded((events) => {
      const data = frame.data.trim();
      if (data === '') return;
      if (data === DONE) this.#complete(events, true);
      else this.#read(objectOf(data), frame, events);
    });
    if (isRewritten(this.#reading)) return out;
    const [first] = out;
    if (first === undefined) return [{ type: 'note', frame }];
    out[0] = { ...first, frame };
    return out;
  }

  end(): ChatEvent[] {
    return this.#over ? [] : this.#guarded((events) => this.#complete(events, false));
  }

  #guarded(read: (out: ChatEvent[]) => void): ChatEvent[] {
    const out: ChatEvent[] = [];
    try {
      read(out);
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.#over = true;
      out.push({ type: 'fault', fault: error.fault });
    }
    return out;
  }

  #read(chunk: JsonObject, frame: SseFrame, out: ChatEvent[]): void {
    if (frame.event === 'error') throw new FrameFault(answerFault(chunk));
    const choices = readChoices(chunk);
    if (choices === undefined) {
      // Some chunks carry nothing but filter results or timings; an error has no choices either.
      if (chunk.error !== undefined && chunk.error !== null) throw new FrameFault(answerFault(chunk));
      if (chunk.object === 'error' || chunk.type === 'error' || failedBase(chunk))
        throw new FrameFault(answerFault(chunk));
    }
    this.#start(chunk, choices ?? [], out);
    for (const choice of choices ?? []) this.#readDelta(choice, out);
    readSources(chunk, this.#sources);
    const usage = readUsage(chunk);
    if (usage !== undefined) out.push({ type: 'usage', usage });
    for (const choice of choices ?? []) this.#readEnd(choice, out);
  }

  /** Azure opens with a chunk whose id and model are empty: the answer's own come later. */
  #start(chunk: JsonObject, choices: readonly JsonObject[], out: ChatEvent[]): void {
    if (this.#started) return;
    const start = startOf(chunk);
    const opened = choices.length > 0 || (start.type === 'start' && start.id !== undefined);
    if (!opened) return;
    this.#started = true;
    out.push(start);
  }

  #reader(choice: JsonObject): ChoiceReader {
    const index = indexOf(choice);
    const known = this.#choices.get(index);
    if (known !== undefined) return known;
    const reader = new ChoiceReader(index, this.#reading);
    this.#choices.set(index, reader);
    return reader;
  }

  /** Perplexity repeats the whole `message` beside the delta; alone it is the answer of a server that does not stream. */
  #readDelta(choice: JsonObject, out: ChatEvent[]): void {
    const reader = this.#reader(choice);
    const delta = choice.delta ?? (reader.spoke ? undefined : choice.message);
    if (delta !== undefined && delta !== null) {
      if (!isJsonObject(delta)) throw malformedFrame('delta is not an object');
      reader.read(delta, out);
    }
    reader.readLogprobs(choice.logprobs, out);
  }

  #readEnd(choice: JsonObject, out: ChatEvent[]): void {
    const native = choice.finish_reason;
    if (typeof native !== 'string' || native === '') return;
    this.#tellSources(out);
    this.#reader(choice).finish(native, stopSequenceOf(choice), out);
  }

  /** Before the first end, when all of them have come. */
  #tellSources(out: ChatEvent[]): void {
    if ([...this.#choices.values()].some((reader) => reader.finished)) return;
    out.push(...this.#sources.values());
  }

  /** `told`: the provider itself said that this is the end. LiteLLM then names the end of one choice out of several. */
  #complete(out: ChatEvent[], told: boolean): void {
    const readers = [...this.#choices.values()];
    const open = readers.filter((reader) => !reader.finished);
    const spoke = readers.some((reader) => reader.spoke);
    const mayBeUnnamed = (this.#reading.finishOptional && spoke) || (told && open.length < readers.length);
    if (readers.length === 0 || (open.length > 0 && !mayBeUnnamed)) {
      const message = spoke ? 'the stream ended before the answer did' : 'the stream ended without an answer';
      throw new FrameFault({ kind: 'bad-response', what: spoke ? 'cut' : 'empty', message });
    }
    this.#tellSources(out);
    for (const reader of open) reader.finishUnnamed(out);
    this.#over = true;
  }
}

/** MiniMax tells its errors beside `choices: null`; 0 is success. */
function failedBase({ base_resp: base }: JsonObject): boolean {
  return isJsonObject(base) && base.status_code !== 0;
}

function objectOf(data: string): JsonObject {
  const parsed = parseJson(data);
  if (!parsed.ok) throw malformedFrame('a frame of the stream is not JSON');
  if (!isJsonObject(parsed.value)) throw malformedFrame('a frame of the stream is not a JSON object');
  return parsed.value;
}
