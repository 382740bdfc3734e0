import type { FilePart, ImagePart, MediaSource } from '../../model/conversation.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from '../common/losses.ts';
import type { DocumentBlockParam, ImageBlockParam } from './wire.ts';

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;

/** An image block; undefined, with a loss, for what the API does not take. */
export function encodeImage(part: ImagePart, field: string, losses: LossList): JsonObject | undefined {
  const { source } = part;
  if (source.kind !== 'base64') {
    const reference = encodeReference(source, field, losses);
    return reference && { type: 'image', source: reference };
  }
  const mediaType = IMAGE_TYPES.find((known) => known === source.mediaType.toLowerCase());
  if (mediaType === undefined) {
    losses.add(field, `images of type ${source.mediaType.slice(0, 60)} are not taken by this target`, true);
    return undefined;
  }
  const block = {
    type: 'image' as const,
    source: { type: 'base64' as const, media_type: mediaType, data: source.data },
  };
  return block satisfies ImageBlockParam;
}

/** A document block; undefined, with a loss, for what is neither a PDF nor text. */
export function encodeFile(part: FilePart, field: string, losses: LossList): JsonObject | undefined {
  const { source } = part;
  const title = part.name;
  if (source.kind !== 'base64') {
    const reference = encodeReference(source, field, losses);
    return reference && { type: 'document', source: reference, ...(title !== undefined && { title }) };
  }
  const mediaType = source.mediaType.toLowerCase();
  if (mediaType === 'application/pdf') {
    const pdf = { type: 'base64' as const, media_type: 'application/pdf' as const, data: source.data };
    return {
      type: 'document' as const,
      source: pdf,
      ...(title !== undefined && { title }),
    } satisfies DocumentBlockParam;
  }
  const text = mediaType.startsWith('text/') ? decodeText(source.data) : undefined;
  if (text !== undefined) {
    const plain = { type: 'text' as const, media_type: 'text/plain' as const, data: text };
    return {
      type: 'document' as const,
      source: plain,
      ...(title !== undefined && { title }),
    } satisfies DocumentBlockParam;
  }
  losses.add(field, `files of type ${source.mediaType.slice(0, 60)} are not taken by this target`, true);
  return undefined;
}

function encodeReference(
  source: Exclude<MediaSource, { kind: 'base64' }>,
  field: string,
  losses: LossList,
): JsonObject | undefined {
  if (source.kind === 'url') {
    if (/^https?:\/\//i.test(source.url)) return { type: 'url', url: source.url };
    losses.add(field, 'only http and https addresses are taken by this target', true);
    return undefined;
  }
  if (source.dialect === 'anthropic-messages') return { type: 'file', file_id: source.id };
  losses.add(field, `a file held by a ${source.dialect} provider cannot be read by this target`, true);
  return undefined;
}

/** UTF-8 text out of base64; undefined where it is not. */
function decodeText(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
