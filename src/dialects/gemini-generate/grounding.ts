import type {
  CitationMetadata,
  GroundingChunk,
  GroundingMetadata,
  GroundingSupport,
  Segment,
  Citation as WireCitation,
} from '@google/genai';
import type { Citation } from '../../model/citation.ts';
import type { CitedText } from '../../model/cited-text.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { listOf, objectOf, type Raw, textOf, wire } from './wire.ts';

/** Most citations read from one alternative. */
export const maxCitations = 1024;

type Range = Pick<Citation, 'start' | 'end'>;

/**
 * `groundingMetadata`: sources in one list, and the passages that they back in another. A source that backs no passage
 * is a citation of no words in particular.
 *
 * @see https://ai.google.dev/gemini-api/docs/google-search#attributing_sources_with_inline_citations
 */
export function readGrounding(value: JsonValue | undefined, text: CitedText): Citation[] {
  const metadata: Raw<GroundingMetadata> = objectOf(value);
  const chunks = listOf(metadata.groundingChunks);
  const used = new Set<number>();
  const backed = listOf(metadata.groundingSupports).flatMap((given): Citation[] => {
    const support: Raw<GroundingSupport> = objectOf(given);
    const range = rangeOf(objectOf(support.segment), text);
    return listOf(support.groundingChunkIndices).flatMap((index) => {
      if (typeof index !== 'number') return [];
      used.add(index);
      return sourceOf(chunks[index], range);
    });
  });
  const others = chunks.flatMap((chunk, index) => (used.has(index) ? [] : sourceOf(chunk, {})));
  return [...backed, ...others].slice(0, maxCitations);
}

/** `citationMetadata`: passages that stand like this elsewhere. REST calls the list `citationSources`, Vertex `citations`. */
export function readCitations(value: JsonValue | undefined, text: CitedText): Citation[] {
  const { citations, citationSources } = objectOf(value) as Raw<CitationMetadata> & JsonObject;
  const cited = listOf(citations ?? citationSources)
    .filter(isJsonObject)
    .slice(0, maxCitations);
  return cited.map((source: Raw<WireCitation> & JsonObject) => {
    const url = textOf(source.uri);
    const title = textOf(source.title);
    return {
      ...rangeOf(source, text),
      ...(url !== undefined && { url }),
      ...(title !== undefined && { title }),
      native: { dialect: 'gemini-generate', value: source },
    };
  });
}

/** Indexes count bytes; a start of 0 is left out on the wire. Where the words are told, they say whether the count is right. */
function rangeOf(segment: Raw<Segment>, text: CitedText): Range {
  const { startIndex = 0, endIndex } = segment;
  if (typeof startIndex !== 'number' || typeof endIndex !== 'number' || endIndex <= startIndex) return {};
  const range = { start: text.atBytes(startIndex), end: text.atBytes(endIndex) };
  const words = textOf(segment.text);
  if (words === undefined || text.text.slice(range.start, range.end) === words) return range;
  const start = text.text.indexOf(words);
  return start < 0 ? {} : { start, end: start + words.length };
}

function sourceOf(value: JsonValue | undefined, range: Range): Citation[] {
  if (!isJsonObject(value)) return [];
  const chunk: Raw<GroundingChunk> = value;
  const source = objectOf(chunk.web ?? chunk.retrievedContext ?? chunk.maps);
  const url = textOf(source.uri);
  const title = textOf(source.title);
  const quote = textOf(source.text);
  const citation = {
    ...range,
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(quote !== undefined && { quote }),
  };
  return [{ ...citation, native: { dialect: 'gemini-generate', value } }];
}

/** Undefined where nothing is cited. Each source stands once. */
export function writeGrounding(citations: readonly Citation[], text: CitedText): JsonObject | undefined {
  const sources = new Map<string, { readonly index: number; readonly chunk: JsonObject }>();
  const supports = citations.flatMap((citation) => {
    const chunk = chunkOf(citation);
    const key = JSON.stringify(chunk);
    const { index } = sources.get(key) ?? { index: sources.size };
    sources.set(key, { index, chunk });
    const segment = segmentOf(citation, text);
    return segment ? [wire<GroundingSupport>({ segment, groundingChunkIndices: [index] })] : [];
  });
  if (sources.size === 0) return undefined;
  return wire<GroundingMetadata>({
    groundingChunks: [...sources.values()].map(({ chunk }) => chunk),
    groundingSupports: supports.length > 0 ? supports : undefined,
  });
}

function chunkOf({ url, title, quote, native }: Citation): JsonObject {
  if (native.dialect === 'gemini-generate' && isJsonObject(native.value)) return native.value;
  return url === undefined
    ? { retrievedContext: { ...(title !== undefined && { title }), ...(quote !== undefined && { text: quote }) } }
    : { web: { uri: url, title: title ?? url } };
}

function segmentOf({ start, end }: Citation, text: CitedText): JsonObject | undefined {
  if (start === undefined || end === undefined) return undefined;
  return wire<Segment>({
    startIndex: text.bytes(start),
    endIndex: text.bytes(end),
    text: text.text.slice(start, end),
  });
}
