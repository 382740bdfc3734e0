const JSON_TYPE = 'content-type: application/json';
/** A whole body in one chunk. */
const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/** One way to break the framing of a good request. */
export interface BrokenCase {
  readonly name: string;
  /** Lines after the request line; `LENGTH` is the body's. */
  readonly lines: readonly string[];
  readonly payload?: (text: string) => string;
  readonly status?: number;
  readonly field?: string;
  /** The request line could be read, so the error is in its dialect. */
  readonly pathKnown: boolean;
  /** Only the body was refused: the connection lives on. */
  readonly kept?: boolean;
}

const PLAIN = ['host: house', JSON_TYPE, 'content-length: LENGTH'];
/** Head lines of a good request whose body comes in chunks. */
export const CHUNKED = ['host: house', JSON_TYPE, 'transfer-encoding: chunked'];

export const BROKEN_CASES: readonly BrokenCase[] = [
  { name: 'no Host', lines: PLAIN.slice(1), field: 'host', pathKnown: true },
  { name: 'two Hosts', lines: [...PLAIN, 'host: other'], field: 'host', pathKnown: true },
  {
    name: 'two Authorizations',
    lines: [...PLAIN, 'authorization: Bearer a', 'Authorization: Bearer b'],
    field: 'authorization',
    pathKnown: true,
  },
  { name: 'two x-api-keys', lines: [...PLAIN, 'x-api-key: a', 'x-api-key: a'], field: 'x-api-key', pathKnown: true },
  { name: 'two content types', lines: [...PLAIN, 'content-type: text/html'], field: 'content-type', pathKnown: true },
  { name: 'two equal Content-Lengths', lines: [...PLAIN, 'content-length: LENGTH'], pathKnown: false },
  { name: 'two unequal Content-Lengths', lines: [...PLAIN, 'content-length: 3'], pathKnown: false },
  { name: 'a list as Content-Length', lines: [...PLAIN.slice(0, 2), 'content-length: 3, 3'], pathKnown: false },
  { name: 'a negative Content-Length', lines: [...PLAIN.slice(0, 2), 'content-length: -1'], pathKnown: false },
  { name: 'a signed Content-Length', lines: [...PLAIN.slice(0, 2), 'content-length: +3'], pathKnown: false },
  { name: 'a hexadecimal Content-Length', lines: [...PLAIN.slice(0, 2), 'content-length: 0x3'], pathKnown: false },
  {
    name: 'a Content-Length of 30 digits',
    lines: [...PLAIN.slice(0, 2), `content-length: ${'9'.repeat(30)}`],
    pathKnown: false,
  },
  { name: 'Content-Length and chunked', lines: [...PLAIN, 'transfer-encoding: chunked'], pathKnown: false },
  {
    name: '`Transfer-Encoding: identity, chunked`',
    lines: ['host: house', JSON_TYPE, 'transfer-encoding: identity, chunked'],
    payload: chunked,
    field: 'transfer-encoding',
    pathKnown: true,
  },
  {
    name: '`Transfer-Encoding: chunked, identity`',
    lines: ['host: house', JSON_TYPE, 'transfer-encoding: chunked, identity'],
    payload: chunked,
    pathKnown: false,
  },
  {
    name: '`Transfer-Encoding: gzip, chunked`',
    lines: ['host: house', JSON_TYPE, 'transfer-encoding: gzip, chunked'],
    payload: chunked,
    field: 'transfer-encoding',
    pathKnown: true,
  },
  {
    name: '`Transfer-Encoding: xchunked`',
    lines: ['host: house', JSON_TYPE, 'transfer-encoding: xchunked'],
    payload: chunked,
    pathKnown: true,
  },
  { name: 'chunked twice', lines: [...CHUNKED, 'transfer-encoding: chunked'], payload: chunked, pathKnown: false },
  { name: 'a folded header', lines: [...PLAIN, 'x-note: a\r\n b'], pathKnown: false },
  { name: 'a folded Authorization', lines: [...PLAIN, 'authorization: Bearer\r\n\ta'], pathKnown: false },
  { name: 'a NUL in a header', lines: [...PLAIN, 'x-note: a\0b'], pathKnown: false },
  { name: 'a NUL in a header name', lines: [...PLAIN, 'x-\0note: a'], pathKnown: false },
  { name: 'a lone carriage return in a header', lines: [...PLAIN, 'x-note: a\rx-evil: b'], pathKnown: false },
  { name: 'a bare line feed', lines: [`${PLAIN[0]}\n${JSON_TYPE}`, 'content-length: LENGTH'], pathKnown: false },
  { name: 'a space before the colon', lines: [...PLAIN, 'authorization : Bearer a'], pathKnown: false },
  { name: 'a header without a name', lines: [...PLAIN, ': a'], pathKnown: false },
  { name: 'a header without a colon', lines: [...PLAIN, 'note'], pathKnown: false },
  {
    name: 'a header of 17 KiB',
    lines: [...PLAIN, `x-note: ${'a'.repeat(17 * 1_024)}`],
    status: 431,
    field: 'headers',
    pathKnown: false,
  },
  {
    name: '101 headers',
    lines: [...PLAIN, ...Array.from({ length: 98 }, (_, at) => `x-${at}: a`)],
    status: 431,
    field: 'headers',
    pathKnown: true,
  },
  {
    name: '500 headers',
    lines: [...PLAIN, ...Array.from({ length: 497 }, (_, at) => `${at}: a`)],
    status: 431,
    field: 'headers',
    pathKnown: true,
  },
  { name: 'a chunk size that is no number', lines: CHUNKED, payload: (text) => `zz\r\n${text}\r\n`, pathKnown: true },
  { name: 'a chunk size with a prefix', lines: CHUNKED, payload: (text) => `0x${chunked(text)}`, pathKnown: true },
  { name: 'a negative chunk size', lines: CHUNKED, payload: (text) => `-${chunked(text)}`, pathKnown: true },
  {
    name: 'a chunk size of 20 digits',
    lines: CHUNKED,
    payload: (text) => `${'f'.repeat(20)}\r\n${text}`,
    pathKnown: true,
  },
  {
    name: 'a chunk that is longer than it says',
    lines: CHUNKED,
    payload: (text) => `5\r\n${text}\r\n0\r\n\r\n`,
    pathKnown: true,
  },
  {
    name: 'chunks that end with a bare line feed',
    lines: CHUNKED,
    payload: (text) => chunked(text).replaceAll('\r\n', '\n'),
    pathKnown: true,
  },
  {
    name: 'chunk extensions of 20 KiB',
    lines: CHUNKED,
    payload: (text) => chunked(text).replace('\r\n', `;a=${'b'.repeat(20 * 1_024)}\r\n`),
    status: 413,
    field: 'body',
    pathKnown: true,
  },
  {
    name: 'a gzip body',
    lines: [...PLAIN, 'content-encoding: gzip'],
    status: 415,
    field: 'content-encoding',
    pathKnown: true,
  },
  {
    name: 'a brotli body',
    lines: [...PLAIN, 'content-encoding: br'],
    status: 415,
    field: 'content-encoding',
    pathKnown: true,
  },
  {
    name: 'a body compressed twice',
    lines: [...PLAIN, 'content-encoding: identity', 'content-encoding: gzip'],
    status: 415,
    field: 'content-encoding',
    pathKnown: true,
  },
  ...['text/plain', 'application/xml', 'application/jsonx', 'application/json, text/plain', ';;;', '/'].map((type) => ({
    name: `the content type ${type}`,
    lines: ['host: house', `content-type: ${type}`, 'content-length: LENGTH'],
    status: 415,
    field: 'content-type',
    pathKnown: true,
    kept: true,
  })),
  {
    name: 'no content type',
    lines: ['host: house', 'content-length: LENGTH'],
    status: 415,
    field: 'content-type',
    pathKnown: true,
    kept: true,
  },
  { name: 'a foreign expectation', lines: [...PLAIN, 'expect: tea'], status: 417, field: 'expect', pathKnown: true },
];
