import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import type { OddFrames, Stamp, StreamedAnswer } from '../dialect-kit.ts';
import { splitPieces } from '../pieces.ts';
import type { Reply } from '../reply.ts';
import { endOf, isRefusal, openResponse, outputItems, responseObject } from './whole.ts';

function frame(event: JsonObject & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The events of an answer: every item opened, told piece by piece, and closed before the next one. */
export function responsesStreamed(reply: Reply, ask: Ask, stamp: Stamp): StreamedAnswer {
  const items = outputItems(reply, ask, stamp);
  const writer = new EventWriter();
  const open = openResponse(ask, stamp);
  const opening =
    writer.write('response.created', { response: open }) + writer.write('response.in_progress', { response: open });
  const pieces: string[] = [];
  let owed = '';
  for (const [index, item] of items.entries()) {
    const told = tellItem(writer, item, index, isRefusal(reply, ask));
    const [first, ...rest] = told.pieces;
    if (first === undefined) owed += told.before + told.after;
    else {
      pieces.push(owed + told.before + first, ...rest);
      owed = told.after;
    }
  }
  const response = responseObject(reply, ask, stamp, items);
  return { opening, pieces, closing: owed + writer.write(`response.${endOf(reply).status}`, { response }) };
}

/** Numbers the events in the order in which they are written. */
class EventWriter {
  #sequence = 0;

  write(type: string, fields: JsonObject): string {
    const event = { type, ...fields, sequence_number: this.#sequence };
    this.#sequence += 1;
    return frame(event);
  }
}

interface ToldItem {
  readonly before: string;
  readonly pieces: readonly string[];
  readonly after: string;
}

function tellItem(writer: EventWriter, item: JsonObject, index: number, refused: boolean): ToldItem {
  const at = { item_id: item.id ?? '', output_index: index };
  const done = () => writer.write('response.output_item.done', { output_index: index, item });
  switch (item.type) {
    case 'reasoning': {
      const [summary] = Array.isArray(item.summary) ? item.summary : [];
      const text = isJsonObject(summary) ? String(summary.text) : '';
      const added = { ...item, summary: [] };
      let before = writer.write('response.output_item.added', { output_index: index, item: added });
      if (text === '') return { before, pieces: [], after: done() };
      const part = { ...at, summary_index: 0 };
      before += writer.write('response.reasoning_summary_part.added', {
        ...part,
        part: { type: 'summary_text', text: '' },
      });
      const pieces = splitPieces(text).map((delta) =>
        writer.write('response.reasoning_summary_text.delta', { ...part, delta }),
      );
      const after =
        writer.write('response.reasoning_summary_text.done', { ...part, text }) +
        writer.write('response.reasoning_summary_part.done', { ...part, part: { type: 'summary_text', text } });
      return { before, pieces, after: after + done() };
    }
    case 'function_call': {
      const added = { ...item, arguments: '', status: 'in_progress' };
      const before = writer.write('response.output_item.added', { output_index: index, item: added });
      const json = String(item.arguments);
      const pieces = splitPieces(json).map((delta) =>
        writer.write('response.function_call_arguments.delta', { ...at, delta }),
      );
      const after = writer.write('response.function_call_arguments.done', { ...at, arguments: json });
      return { before, pieces, after: after + done() };
    }
    case 'custom_tool_call': {
      const added = { ...item, input: '', status: 'in_progress' };
      const before = writer.write('response.output_item.added', { output_index: index, item: added });
      const input = String(item.input);
      const pieces = splitPieces(input).map((delta) =>
        writer.write('response.custom_tool_call_input.delta', { ...at, delta }),
      );
      const after = writer.write('response.custom_tool_call_input.done', { ...at, input });
      return { before, pieces, after: after + done() };
    }
    default:
      return tellMessage(writer, item, index, refused);
  }
}

function tellMessage(writer: EventWriter, item: JsonObject, index: number, refused: boolean): ToldItem {
  const at = { item_id: item.id ?? '', output_index: index, content_index: 0 };
  const [part] = Array.isArray(item.content) ? item.content : [];
  const kind = refused ? 'refusal' : 'output_text';
  const field = refused ? 'refusal' : 'text';
  const text = isJsonObject(part) ? String(part[field]) : '';
  const empty = isJsonObject(part) ? { ...part, [field]: '' } : {};
  const added = { ...item, status: 'in_progress', content: [] };
  const before =
    writer.write('response.output_item.added', { output_index: index, item: added }) +
    writer.write('response.content_part.added', { ...at, part: empty });
  const pieces = splitPieces(text).map((delta) => writer.write(`response.${kind}.delta`, { ...at, delta }));
  const after =
    writer.write(`response.${kind}.done`, { ...at, [field]: text }) +
    writer.write('response.content_part.done', { ...at, part: part ?? {} }) +
    writer.write('response.output_item.done', { output_index: index, item });
  return { before, pieces, after };
}

export function responsesOdd(_stamp: Stamp): OddFrames {
  return {
    contentType: 'text/event-stream; charset=utf-8',
    ping: frame({ type: 'keepalive', sequence_number: 3 }),
    malformed: 'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":" brok\n\n',
    wrongShape: 'data: {"result":"ok","items":[1,2,3]}\n\n',
  };
}
