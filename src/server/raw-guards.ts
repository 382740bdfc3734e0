import type { IncomingMessage } from 'node:http';
import { HttpFailure } from './http-failure.ts';

/** Headers of which a second one would let two readers of the same request disagree about it. */
const SINGLE = [
  'host',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'content-type',
  'content-length',
  'transfer-encoding',
];
/** A bit for each of them: what was seen of one request is a number. */
const BITS = new Map(SINGLE.map((name, at) => [name, 1 << at]));

/**
 * Refuses what Node's parser lets through although two hops may read it differently: no Host, a second one or a second
 * Authorization, absolute-form targets, transfer encodings beside `chunked`, compressed bodies.
 */
export function guardRawRequest(request: IncomingMessage, maxHeaders: number): void {
  if (!request.url?.startsWith('/')) {
    throw new HttpFailure(400, 'invalid_request', 'the request target must be a path, not a whole address', {
      field: 'url',
      close: true,
    });
  }
  if (request.rawHeaders.length / 2 > maxHeaders) {
    throw new HttpFailure(431, 'invalid_request', `more than ${maxHeaders} headers`, { field: 'headers', close: true });
  }
  let seen = 0;
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]?.toLowerCase() ?? '';
    const bit = BITS.get(name) ?? 0;
    if ((seen & bit) !== 0)
      throw new HttpFailure(400, 'invalid_request', `the header ${name} is given twice`, { field: name, close: true });
    seen |= bit;
  }
  if (request.headers.host === undefined && request.httpVersion !== '1.0') {
    throw new HttpFailure(400, 'invalid_request', 'the header host is missing', { field: 'host', close: true });
  }
  const encoding = request.headers['transfer-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'chunked') {
    throw new HttpFailure(400, 'invalid_request', 'the only transfer encoding understood is `chunked`', {
      field: 'transfer-encoding',
      close: true,
    });
  }
  const compressed = request.headers['content-encoding'];
  if (compressed !== undefined && compressed.toLowerCase() !== 'identity') {
    throw new HttpFailure(415, 'unsupported_media_type', 'compressed request bodies are not accepted', {
      field: 'content-encoding',
      close: true,
    });
  }
}
