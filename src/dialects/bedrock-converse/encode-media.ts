import type { FilePart, ImagePart, MediaSource } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import type { WireSource } from './wire.ts';

const IMAGE_FORMATS: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/png', 'png'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

const DOCUMENT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
]);

/** Longest name of a document, in characters. */
const maxNameChars = 200;

/** An image block; undefined, with a loss, for what the API does not take. */
export function encodeImage(part: ImagePart, field: string, losses: LossList): JsonObject | undefined {
  return encodeMedia('image', part.source, IMAGE_FORMATS, { field, losses });
}

/** A document block; undefined, with a loss, for what the API does not take. `number` makes its name unique. */
export function encodeDocument(
  part: FilePart,
  number: number,
  field: string,
  losses: LossList,
): JsonObject | undefined {
  const block = encodeMedia('document', part.source, DOCUMENT_FORMATS, { field, losses });
  if (!block) return undefined;
  const document = { ...(block.document as JsonObject), name: documentName(part.name, number) };
  return { document };
}

/** Letters, digits, blanks one at a time, hyphens, parentheses and brackets; no two documents of one name. */
function documentName(given: string | undefined, number: number): string {
  const clean = (given ?? 'document')
    .replace(/[^A-Za-z0-9()[\] -]+/g, '-')
    .replace(/\s+/g, ' ')
    .trim();
  const suffix = number === 0 ? '' : ` ${number + 1}`;
  return (clean === '' ? 'document' : clean).slice(0, maxNameChars - suffix.length) + suffix;
}

function encodeMedia(
  kind: 'image' | 'document',
  source: MediaSource,
  formats: ReadonlyMap<string, string>,
  { field, losses }: { readonly field: string; readonly losses: LossList },
): JsonObject | undefined {
  const refuse = (why: string): undefined => losses.add(field, why, true) as undefined;
  switch (source.kind) {
    case 'base64': {
      const format = formats.get(source.mediaType.toLowerCase().split(';', 1)[0]?.trim() ?? '');
      if (format === undefined) return refuse(`${source.mediaType.slice(0, 60)} is not taken by this target`);
      return { [kind]: { format, source: { bytes: source.data } satisfies WireSource } };
    }
    case 'url': {
      const format = formatOfPath(source.url, formats);
      if (!source.url.startsWith('s3://')) return refuse('this target fetches nothing: send the bytes themselves');
      if (format === undefined) return refuse('the name of the object does not tell its format');
      return { [kind]: { format, source: { s3Location: { uri: source.url } } satisfies WireSource } };
    }
    case 'provider-file':
      return refuse(`a file held by a ${source.dialect} provider cannot be read by this target`);
  }
}

function formatOfPath(url: string, formats: ReadonlyMap<string, string>): string | undefined {
  const ending = /\.([A-Za-z0-9]+)$/.exec(url)?.[1]?.toLowerCase();
  const format = ending === 'jpg' ? 'jpeg' : ending;
  return [...formats.values()].find((known) => known === format);
}
