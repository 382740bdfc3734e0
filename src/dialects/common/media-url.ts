import type { MediaSource } from '../../model/conversation.ts';
import { RequestError } from '../../model/request-error.ts';

/** A `data:` URL becomes its bytes; parameters such as a charset stay with the media type. Throws `RequestError`. */
export function mediaAt(url: string, field: string): MediaSource {
  if (!/^data:/i.test(url)) {
    if (url.trim() === '') throw new RequestError(field, `${field} must not be empty.`);
    return { kind: 'url', url };
  }
  const comma = url.indexOf(',');
  const head = comma === -1 ? '' : url.slice(5, comma);
  if (!/;base64$/i.test(head)) throw new RequestError(field, `${field} must be a base64 data: URL or an address.`);
  const mediaType = head.slice(0, -';base64'.length).trim() || 'application/octet-stream';
  return { kind: 'base64', mediaType, data: url.slice(comma + 1) };
}
