import type { ChatEvent } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import type { CitedText } from '../../model/cited-text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { WireAnnotation } from './wire.ts';

/** Most annotations read from one message. */
export const maxAnnotations = 1024;

/** `url_citation`s as citations; whatever else stands in `annotations` is for callers of this dialect. */
export function readAnnotations(list: JsonValue | undefined, text: CitedText, out: ChatEvent[]): void {
  if (!Array.isArray(list)) return;
  for (const annotation of list.slice(0, maxAnnotations)) {
    if (!isJsonObject(annotation)) continue;
    const { type, url_citation: cited } = annotation;
    if (type === 'url_citation' && isJsonObject(cited))
      out.push({ type: 'citation', citation: citationOf(cited, annotation, text) });
    else
      out.push({
        type: 'foreign',
        part: { type: 'foreign', dialect: 'openai-chat', kind: 'annotations', value: [annotation] },
      });
  }
}

/** The end of the text, exclusive: where it is told as the last character, nothing stands behind it. */
function citationOf(cited: JsonObject, value: JsonObject, text: CitedText): Citation {
  const { start_index: start, end_index: end, url, title } = cited;
  const ranged = typeof start === 'number' && typeof end === 'number' && end > start && start >= 0;
  return {
    ...(ranged && { start: text.atPoints(start), end: text.atPoints(end) }),
    ...(typeof url === 'string' && url !== '' && { url }),
    ...(typeof title === 'string' && title !== '' && { title }),
    native: { dialect: 'openai-chat', value },
  };
}

/**
 * Perplexity's sources stand beside the choices: addresses in `citations`, with titles in `search_results`. Its text
 * refers to them by number. Keyed by address, because every chunk repeats them.
 */
export function readSources(body: JsonObject, sources: Map<string, ChatEvent>): void {
  const results = Array.isArray(body.search_results) ? body.search_results.filter(isJsonObject) : [];
  const urls = Array.isArray(body.citations) ? body.citations.filter((url) => typeof url === 'string') : [];
  for (const url of [...urls, ...results.flatMap((result) => (typeof result.url === 'string' ? [result.url] : []))]) {
    if (sources.has(url) || sources.size >= maxAnnotations) continue;
    const result = results.find((candidate) => candidate.url === url);
    const title = typeof result?.title === 'string' && result.title !== '' ? result.title : undefined;
    const native = { dialect: 'openai-chat' as const, value: result ?? url };
    sources.set(url, { type: 'citation', citation: { url, ...(title !== undefined && { title }), native } });
  }
}

/** The dialect knows citations of addresses alone. A citation of no words in particular is one of an empty range. */
export function writeAnnotations(citations: readonly Citation[], text: CitedText): WireAnnotation[] {
  return citations.flatMap((citation) => {
    const { url, title, start, end } = citation;
    if (url === undefined) return [];
    const [from, to] = start === undefined || end === undefined ? [0, 0] : [text.points(start), text.points(end)];
    return [{ type: 'url_citation', url_citation: { start_index: from, end_index: to, title: title ?? url, url } }];
  });
}
