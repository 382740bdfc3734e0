import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { SseFrame } from '../model/wire-frame.ts';

/** Events that carry the response object, and so what the gateway has to say of it. */
const CARRIES_RESPONSE = /^response\.(?:created|queued|in_progress|completed|incomplete|failed)$/;
const TYPE = /"type"\s*:\s*"(response\.[a-z_.]+)"/;
const ENDS = new Set(['response.completed', 'response.incomplete']);

/** Makes a response durable; false where that was not possible. `output` stands apart. */
export type KeepResponse = (response: JsonObject, output: readonly JsonObject[]) => Promise<boolean>;

/**
 * An answer on its way to a caller who goes on from what is kept, or wants it kept: says in each response object what
 * the gateway keeps, and lets the end out only when it is kept.
 */
export class KeptAnswer {
  readonly #owned: JsonObject;
  readonly #keep: KeepResponse | undefined;
  /** The items that were told whole, for providers that do not repeat them at the end. */
  readonly #done: SseFrame[] = [];

  /** `owned`: fields of the response object that are the gateway's, whoever made the answer. */
  constructor(owned: JsonObject, keep: KeepResponse | undefined) {
    this.#owned = owned;
    this.#keep = keep;
  }

  /** Frames before the end. */
  frames(frames: readonly SseFrame[]): SseFrame[] {
    return frames.map((frame) => {
      const type = typeOf(frame);
      if (type === 'response.output_item.done') this.#done.push(frame);
      return CARRIES_RESPONSE.test(type) ? withFields(frame, this.#owned) : frame;
    });
  }

  /** The last frames. Resolves once the response is kept. */
  async close(frames: readonly SseFrame[]): Promise<SseFrame[]> {
    const last = this.frames(frames);
    const at = last.findIndex((frame) => ENDS.has(typeOf(frame)));
    const end = last[at];
    const response = end && responseOf(end);
    if (!end || !response || (await this.#kept(response))) return last;
    last[at] = withFields(end, NOT_KEPT);
    return last;
  }

  /** A whole response object. Resolves once it is kept. */
  async whole(body: JsonObject): Promise<JsonObject> {
    const response = { ...body, ...this.#owned };
    return (await this.#kept(response)) ? response : { ...response, ...NOT_KEPT };
  }

  async #kept(response: JsonObject): Promise<boolean> {
    if (!this.#keep) return true;
    const { output, ...rest } = response;
    const told = Array.isArray(output) ? output.filter(isJsonObject) : [];
    return this.#keep(rest, told.length > 0 ? told : this.#toldItems());
  }

  #toldItems(): JsonObject[] {
    const items = this.#done.map((frame) => eventOf(frame));
    const place = (event: JsonObject) => (typeof event.output_index === 'number' ? event.output_index : 0);
    return items
      .sort((one, other) => place(one) - place(other))
      .flatMap(({ item }) => (isJsonObject(item) ? [item] : []));
  }
}

/** The conversation does not hold it either. */
const NOT_KEPT: JsonObject = { store: false, conversation: null };

function typeOf({ event, data }: SseFrame): string {
  return event !== undefined && event !== '' ? event : (TYPE.exec(data)?.[1] ?? '');
}

function eventOf(frame: SseFrame): JsonObject {
  try {
    const value: unknown = JSON.parse(frame.data);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function responseOf(frame: SseFrame): JsonObject | undefined {
  const { response } = eventOf(frame);
  return isJsonObject(response) ? response : undefined;
}

function withFields(frame: SseFrame, fields: JsonObject): SseFrame {
  const event = eventOf(frame);
  if (!isJsonObject(event.response)) return frame;
  return { ...frame, data: JSON.stringify({ ...event, response: { ...event.response, ...fields } }) };
}
