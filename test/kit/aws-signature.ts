import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as a server received it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Percent-encoding of everything but the unreserved characters of RFC 3986. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Checks a signature of version 4 by the documented steps, and by nothing of the vendor's library. Gives what is wrong;
 * undefined where it is right.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signatureFlaw(
  request: SignedRequest,
  secretAccessKey: string,
  expected: { readonly accessKeyId: string; readonly region: string; readonly service: string },
): string | undefined {
  const header = request.headers.authorization ?? '';
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (!parts) return `the header is no signature: ${header.slice(0, 40)}`;
  const [, accessKeyId = '', day = '', region = '', service = '', signed = '', signature = ''] = parts;
  const given = { accessKeyId, region, service };
  if (JSON.stringify(given) !== JSON.stringify(expected)) return `signed for ${JSON.stringify(given)}`;
  const names = signed.split(';');
  for (const must of ['host', 'x-amz-date', 'content-type']) if (!names.includes(must)) return `${must} is not signed`;
  if (request.headers['x-amz-security-token'] !== undefined && !names.includes('x-amz-security-token'))
    return 'the session token is not signed';
  const canonical = [
    request.method,
    ...canonicalTarget(request.url),
    ...names.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    signed,
    hash(request.body),
  ].join('\n');
  const date = String(request.headers['x-amz-date']);
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/${service}/aws4_request`, hash(canonical)].join('\n');
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), service), 'aws4_request');
  return hmac(key, toSign).toString('hex') === signature ? undefined : 'the signature is wrong';
}

/** The path with each segment encoded once more, and the query in order of its names. */
function canonicalTarget(url: string): string[] {
  const [path = '', query = ''] = url.split('?', 2);
  const parameters = [...new URLSearchParams(query)]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  return [path.split('/').map(encoded).join('/'), parameters];
}
