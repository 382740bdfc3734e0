import type { ChatEvent } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import { type CitationsWebSearchResultLocation, stringOf } from './wire.ts';

/** Most citations read from one text block. */
export const maxCitations = 1024;

/** A citation of the API backs the whole text block in which it stands: the range from `start` to `end`. */
export function readCitation(value: JsonObject, start: number, end: number): ChatEvent {
  const url = stringOf(value.url) || addressIn(value.source);
  const title = stringOf(value.title) || stringOf(value.document_title);
  const quote = stringOf(value.cited_text);
  const citation: Citation = {
    ...(end > start && { start, end }),
    ...(url !== '' && { url }),
    ...(title !== '' && { title }),
    ...(quote !== '' && { quote }),
    native: { dialect: 'anthropic-messages', value },
  };
  return { type: 'citation', citation };
}

/** The source of a search result is whatever the caller calls it; often an address. */
function addressIn(source: JsonValue | undefined): string {
  const word = stringOf(source);
  return /^https?:\/\//.test(word) ? word : '';
}

/**
 * The API's form; undefined for what has no address: it cites documents by their number in the request. An empty
 * `encrypted_index` says that this vendor did not find it; a request that brings it back goes out without the citation.
 */
export function writeCitation({ url, title, quote, native }: Citation): JsonObject | undefined {
  if (native.dialect === 'anthropic-messages' && isJsonObject(native.value)) return native.value;
  if (url === undefined) return undefined;
  return {
    type: 'web_search_result_location',
    url,
    title: title ?? null,
    cited_text: quote ?? '',
    encrypted_index: '',
  } satisfies CitationsWebSearchResultLocation;
}

/** Takes out of a finished body the citations that the gateway wrote for what other providers found: the API refuses them. */
export function dropUnsealedCitations(body: JsonObject, losses: LossList): void {
  if (!Array.isArray(body.messages)) return;
  let dropped = 0;
  body.messages = body.messages.map((message) => {
    if (!isJsonObject(message) || !Array.isArray(message.content)) return message;
    const before = dropped;
    const content = message.content.map((block) => {
      if (!isJsonObject(block) || !Array.isArray(block.citations)) return block;
      const kept = block.citations.filter((citation) => !isUnsealed(citation));
      if (kept.length === block.citations.length) return block;
      dropped += block.citations.length - kept.length;
      const { citations: _, ...rest } = block;
      return kept.length > 0 ? { ...rest, citations: kept } : rest;
    });
    return dropped > before ? { ...message, content } : message;
  });
  if (dropped > 0)
    losses.slight('messages', `${dropped} citations of other providers were left out: this target did not find them`);
}

function isUnsealed(citation: JsonValue): boolean {
  const { type, encrypted_index: index } = isJsonObject(citation) ? citation : {};
  return type === 'web_search_result_location' && index === '';
}
