import type { Blob, FileData, Part } from '@google/genai';
import type { MediaSource } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import { wire } from './wire.ts';

/** A part, or why the bytes cannot reach this target. */
export type EncodedMedia =
  | { readonly ok: true; readonly part: JsonObject }
  | { readonly ok: false; readonly why: string };

const MEDIA_TYPES = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['aac', 'audio/aac'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
]);

/**
 * Image, document or sound. The API fetches what is public on the web, and what lies in Google's own storage; it wants to
 * be told what it is, and this gateway fetches nothing to find out.
 *
 * @see https://ai.google.dev/gemini-api/docs/file-input-methods
 */
export function encodeMedia(source: MediaSource): EncodedMedia {
  switch (source.kind) {
    case 'base64':
      return inline(source.mediaType, source.data);
    case 'url':
      if (isGoogleStorage(source.url)) return stored(source.url);
      if (!/^https:\/\//i.test(source.url)) return { ok: false, why: 'dropped: this target fetches over https alone' };
      if (mediaTypeOf(source.url) !== undefined) return stored(source.url);
      return { ok: false, why: 'dropped: its address does not tell what it is, and this target has to be told' };
    case 'provider-file':
      if (source.dialect === 'gemini-generate') return stored(source.id);
      return { ok: false, why: 'dropped: the file is held by another provider' };
  }
}

function inline(mimeType: string, data: string): EncodedMedia {
  if (data === '') return { ok: false, why: 'dropped: it is empty' };
  return { ok: true, part: wire<Part>({ inlineData: wire<Blob>({ mimeType, data }) }) };
}

function stored(fileUri: string): EncodedMedia {
  return { ok: true, part: wire<Part>({ fileData: wire<FileData>({ fileUri, mimeType: mediaTypeOf(fileUri) }) }) };
}

/** By the ending of the name; undefined where it has none that is known. */
export function mediaTypeOf(uri: string): string | undefined {
  const path = uri.split(/[?#]/, 1)[0] ?? '';
  return MEDIA_TYPES.get(path.slice(path.lastIndexOf('.') + 1).toLowerCase());
}

/** `gs://…`, or https at `googleapis.com` and below; never a host that only looks like it. */
function isGoogleStorage(url: string): boolean {
  if (url.startsWith('gs://')) return true;
  const host = /^https:\/\/([a-z0-9.-]+)(?=[/?#]|$)/i.exec(url)?.[1]?.toLowerCase();
  return host !== undefined && (host === 'googleapis.com' || host.endsWith('.googleapis.com'));
}
