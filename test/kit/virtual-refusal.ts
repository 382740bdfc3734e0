import type { UpstreamAnswer } from '../../src/engine/ports.ts';
import type { Fault } from '../../src/model/fault.ts';
import type { VirtualFault } from './virtual-incident.ts';

/** A fault that the upstream client itself would find, before any decoder saw the answer. */
export interface TransportFault {
  readonly kind: 'fault';
  readonly fault: Fault;
}

/** What comes back instead of an answer, in OpenAI's words. Throws for a fault that is none at the door. */
export function refusalOf(fault: VirtualFault, stream: boolean): UpstreamAnswer | TransportFault {
  switch (fault.kind) {
    case 'status':
      return refused(fault.status, 'the server had an error', { type: 'server_error' }, fault.retryAfterS);
    case 'rate-limit':
      return refused(429, 'rate limit reached', { code: 'rate_limit_exceeded' }, fault.retryAfterS);
    case 'quota':
      return refused(429, 'you exceeded your current quota', { code: 'insufficient_quota' });
    case 'retired':
      return refused(404, 'the model does not exist', { code: 'model_not_found' });
    case 'bad-credential':
      return refused(401, 'incorrect key', { code: 'invalid_api_key' });
    case 'garbage':
      return garbage(fault.what, stream);
    default:
      throw new RangeError(`${fault.kind} is no refusal`);
  }
}

function refused(
  status: number,
  message: string,
  error: { type?: string; code?: string },
  retryAfterS?: number,
): UpstreamAnswer {
  const headers: Record<string, string> = retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) };
  return { kind: 'refused', response: { status, headers, body: JSON.stringify({ error: { message, ...error } }) } };
}

function garbage(
  what: Extract<VirtualFault, { kind: 'garbage' }>['what'],
  stream: boolean,
): UpstreamAnswer | TransportFault {
  switch (what) {
    case 'html':
      return { kind: 'fault', fault: { kind: 'bad-response', what: 'html', message: 'a page instead of an answer' } };
    case 'not-json':
      return stream
        ? frames(['{"choices":[{"ind'])
        : { kind: 'fault', fault: { kind: 'bad-response', what: 'malformed', message: 'no JSON' } };
    case 'empty':
      return stream ? frames([]) : { kind: 'body', status: 200, headers: {}, value: {} };
    case 'error-body': {
      const value = { error: { message: 'The engine is currently overloaded', type: 'server_error' } };
      return stream ? frames([JSON.stringify(value)]) : { kind: 'body', status: 200, headers: {}, value };
    }
  }
}

function frames(data: readonly string[]): UpstreamAnswer {
  return {
    kind: 'stream',
    status: 200,
    headers: {},
    frames: (async function* () {
      if (data.length > 0) yield data.map((text) => ({ kind: 'sse' as const, data: text }));
    })(),
  };
}
