import type { Fault } from '../model/fault.ts';
import type { SocketUse } from './connection.ts';

/** How far an exchange had come when it broke. */
export type Progress =
  | { readonly phase: 'connecting' }
  | { readonly phase: 'sent'; readonly use: SocketUse; readonly elapsedMs: number }
  | { readonly phase: 'answering'; readonly status: number };

/** Node and OpenSSL names of a certificate or handshake that failed; they share no prefix. */
const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|PATH_LENGTH_|CRL_|HOSTNAME_MISMATCH|EPROTO)/;
const DNS_CODE = /^(ENOTFOUND|ENODATA|EAI_|ESERVFAIL|ENONAME|EREFUSED|EBADNAME|EBADRESP)/;

/** The other side, or somebody between, let go of the socket. */
const CLOSED_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', 'UND_ERR_CLOSED']);

/** The stable code of a Node or undici error. Happy Eyeballs gives an aggregate: its first error speaks for all. */
export function errorCode(error: unknown): string {
  const { code, errors, cause } = (error ?? {}) as { code?: unknown; errors?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  // undici 7 means to give these a code and leaves it undefined; its text is llhttp's reason.
  if (error instanceof Error && error.name === 'HTTPParserError') {
    return error.message.includes('Invalid EOF state') ? 'HPE_INVALID_EOF_STATE' : 'HPE_INVALID';
  }
  if (Array.isArray(errors) && errors.length > 0) return errorCode(errors[0]);
  return cause === undefined ? 'unknown' : errorCode(cause);
}

/** Names a broken exchange, in our words: the error's own text may quote hosts, addresses or headers. */
export function transportFault(
  provider: string,
  error: unknown,
  progress: Progress,
  limits: { readonly staleWithinMs: number },
): Fault {
  const code = errorCode(error);
  const say = (what: string) => `provider ${provider}: ${what} (${code})`;
  switch (progress.phase) {
    case 'connecting':
      return connectFault(code, say);
    case 'sent':
      return silentFault(code, say, progress, limits.staleWithinMs);
    case 'answering':
      return brokenFault(code, say, progress.status);
  }
}

type Say = (what: string) => string;

function connectFault(code: string, say: Say): Fault {
  const failed = (stage: 'refused' | 'dns' | 'tls' | 'reset' | 'other', what: string): Fault => ({
    kind: 'connection-failed',
    stage,
    message: say(what),
  });
  if (code === 'ECONNREFUSED') return failed('refused', 'connection refused');
  if (DNS_CODE.test(code)) return failed('dns', 'its name could not be resolved');
  if (TLS_CODE.test(code)) return failed('tls', 'no trusted TLS connection could be made');
  if (CLOSED_CODES.has(code)) return failed('reset', 'the connection was reset before it stood');
  if (code === 'UNDERSTUDY_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return { kind: 'timed-out', clock: 'connect', message: say('the connection did not stand in time') };
  }
  if (code === 'UNDERSTUDY_EGRESS_REFUSED') return failed('other', 'its address is that of a cloud metadata service');
  return failed('other', 'no connection could be made');
}

/** The request was written and no status line came back. */
function silentFault(code: string, say: Say, sent: Progress & { phase: 'sent' }, staleWithinMs: number): Fault {
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'bad-response', what: 'too-large', message: say('its response headers are over the limit') };
  }
  if (sent.use.answered()) {
    const what = code.startsWith('HPE_') ? 'malformed' : 'cut';
    return { kind: 'bad-response', what, message: say('its answer broke before the headers were complete') };
  }
  // A socket that was dead already says so within a round trip. One that dies later was alive, and may have been billed.
  if (sent.use.reused && CLOSED_CODES.has(code) && sent.elapsedMs <= staleWithinMs) {
    return { kind: 'stale-connection', message: say('a kept connection had been closed by the other side') };
  }
  const message = say('the connection was closed before any answer');
  return { kind: 'connection-failed', stage: CLOSED_CODES.has(code) ? 'reset' : 'other', message };
}

/** A header was there, the rest was not to be. */
function brokenFault(code: string, say: Say, status: number): Fault {
  // HPE_INVALID_EOF_STATE is llhttp's name for a chunked body without its last chunk.
  const malformed = code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
  const message = say(malformed ? 'its answer is not valid HTTP' : 'its answer was cut off');
  return { kind: 'bad-response', what: malformed ? 'malformed' : 'cut', status, message };
}
