import type { Citation } from '../../model/citation.ts';
import type { CitedText } from '../../model/cited-text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { word } from './tool-call-reader.ts';
import type { WireUrlCitation } from './wire.ts';

/** Most annotations read from one part. */
export const maxAnnotations = 1024;

/**
 * The annotations of a part whose text is all that stands behind `offset` in `text`. Files are cited by names and ids;
 * the ids mean nothing elsewhere.
 */
export function readAnnotations(list: JsonValue | undefined, text: CitedText, offset: number): Citation[] {
  if (!Array.isArray(list)) return [];
  return list
    .filter(isJsonObject)
    .slice(0, maxAnnotations)
    .map((annotation) => readAnnotation(annotation, text, offset));
}

export function readAnnotation(annotation: JsonObject, text: CitedText, offset: number): Citation {
  const { start_index: start, end_index: end } = annotation;
  const before = text.points(offset);
  const ranged = typeof start === 'number' && typeof end === 'number' && end > start && start >= 0;
  const url = word(annotation.url);
  const title = word(annotation.title) || word(annotation.filename);
  return {
    ...(ranged && { start: text.atPoints(before + start), end: text.atPoints(before + end) }),
    ...(url !== '' && { url }),
    ...(title !== '' && { title }),
    native: { dialect: 'openai-responses', value: annotation },
  };
}

/**
 * The annotation of a part that begins at `offset` and ends with the text; undefined for what has no address, which this
 * dialect cites by ids that OpenAI gives. A citation of no words in particular is one of an empty range.
 */
export function writeAnnotation(citation: Citation, text: CitedText, offset: number): JsonObject | undefined {
  const { url, title, start, end, native } = citation;
  if (native.dialect === 'openai-responses' && isJsonObject(native.value)) return native.value;
  if (url === undefined) return undefined;
  const before = text.points(offset);
  const inPart = start !== undefined && end !== undefined && end > offset;
  const [from, to] = inPart ? [text.points(Math.max(start, offset)) - before, text.points(end) - before] : [0, 0];
  return { type: 'url_citation', start_index: from, end_index: to, title: title ?? url, url } satisfies WireUrlCitation;
}
