import type { AudioPart, FilePart, ForeignPart, ImagePart, MediaSource } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { fieldPath, optionalString, readString } from '../common/fields.ts';
import { mediaTypeOf } from './encode-media.ts';
import { camelFields } from './proto-fields.ts';

type MediaPart = ImagePart | FilePart | AudioPart | ForeignPart;

/** `inlineData`: bytes in base64. `part` is the whole part, for what no other dialect has. */
export function decodeInlineData(value: JsonObject, part: JsonObject, path: string): MediaPart {
  const blob = camelFields(value);
  const mediaType = baseType(readString(blob, 'mimeType', path));
  const source: MediaSource = { kind: 'base64', mediaType, data: readString(blob, 'data', path) };
  return mediaPart(source, mediaType, part, optionalString(blob, 'displayName', path));
}

/** `fileData`: a file of the vendor's own storage, or an address on the web. */
export function decodeFileData(value: JsonObject, part: JsonObject, path: string): MediaPart {
  const file = camelFields(value);
  const uri = readString(file, 'fileUri', path);
  const mediaType = optionalString(file, 'mimeType', path) ?? mediaTypeOf(uri) ?? '';
  const source: MediaSource = isHeld(uri)
    ? { kind: 'provider-file', id: uri, dialect: 'gemini-generate' }
    : { kind: 'url', url: uri };
  if (isVideoPage(uri)) return foreign(part, fieldPath('fileData', 'video'));
  return mediaPart(source, baseType(mediaType), part, optionalString(file, 'displayName', path));
}

function mediaPart(source: MediaSource, mediaType: string, part: JsonObject, name: string | undefined): MediaPart {
  if (mediaType.startsWith('image/')) return { type: 'image', source };
  if (mediaType.startsWith('audio/')) return { type: 'audio', source };
  if (mediaType.startsWith('video/')) return foreign(part, 'video');
  return { type: 'file', source, ...(name !== undefined && { name }) };
}

function foreign(part: JsonObject, kind: string): ForeignPart {
  return { type: 'foreign', dialect: 'gemini-generate', kind, value: part };
}

/** `Text/Plain; charset=utf-8` → `text/plain`. */
function baseType(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** Readable with the credential of this provider alone: the Files API, Google storage. */
function isHeld(uri: string): boolean {
  return /^gs:\/\/|^https:\/\/generativelanguage\.googleapis\.com\/|^files\//i.test(uri);
}

function isVideoPage(uri: string): boolean {
  return /^https?:\/\/(www\.|m\.)?(youtube\.com|youtu\.be)\//i.test(uri);
}
