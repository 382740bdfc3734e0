import type { JsonObject } from '../../model/json.ts';
import type { SseFrame } from '../../model/wire-frame.ts';

/** Numbers the events and the items of one answer. */
export class ItemStream {
  #items: JsonObject[] = [];
  #sequence = 0;

  /** By `output_index`. */
  get items(): readonly JsonObject[] {
    return this.#items;
  }

  /** Goes on behind what another hand wrote; `sequence` is the next `sequence_number`. */
  adopt(items: readonly JsonObject[], sequence: number): void {
    this.#items = [...items];
    this.#sequence = sequence;
  }

  emit(type: string, fields: JsonObject, out: SseFrame[]): void {
    const data = JSON.stringify({ type, sequence_number: this.#sequence, ...fields });
    this.#sequence += 1;
    out.push({ kind: 'sse', event: type, data });
  }

  /** Takes the next `output_index`, and gives it. */
  add(item: JsonObject, out: SseFrame[]): number {
    const output_index = this.#items.push(item) - 1;
    this.emit('response.output_item.added', { output_index, item }, out);
    return output_index;
  }

  end(index: number, item: JsonObject, out: SseFrame[]): void {
    this.#items[index] = item;
    this.emit('response.output_item.done', { output_index: index, item }, out);
  }
}
