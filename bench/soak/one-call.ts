import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { type Call, wireOf } from './calls.ts';
import { type Outcome, outcomeOf, type Seen } from './outcome.ts';

export interface Caller {
  readonly url: string;
  readonly key: string;
  readonly agent: Agent;
}

export function callerOf(url: string, key: string): Caller {
  // Shorter than the gateway keeps a connection: a caller that closes second would meet a socket that is going.
  return { url, key, agent: new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY, timeout: 20_000 }) };
}

export interface Result {
  readonly outcome: Outcome;
  readonly odd?: string;
}

/** Longest wait for an answer; every route has given up long before. */
const MAX_WAIT_MS = 120_000;
/** How long a slow reader looks away after each piece. */
const SIP_MS = 150;
/** Just over the default limit of bodies. */
const OVERSIZE_BYTES = 20 * 2 ** 20 + 1;

/** Makes a call and waits for its end. `tag` finds its row in the ledger. Never rejects. */
export function makeCall(caller: Caller, call: Call, tag: string): Promise<Result> {
  const { manner } = call;
  if (manner.is === 'half-sender') return sendHalf(caller, call, tag);
  return new Promise((resolve) => {
    const wire = wireOf(call);
    const body = manner.is === 'mistaken' && manner.how === 'broken-json' ? wire.body.slice(0, -1) : wire.body;
    const oversized = manner.is === 'mistaken' && manner.how === 'oversized';
    const outgoing = request(caller.url + wire.path, {
      method: 'POST',
      agent: caller.agent,
      timeout: MAX_WAIT_MS,
      headers: headersOf(caller, call, { tag, length: oversized ? OVERSIZE_BYTES : Buffer.byteLength(body) }),
    });
    const seen: { -readonly [K in keyof Seen]: Seen[K] } = { text: '', ended: false };
    let leaving: NodeJS.Timeout | undefined;
    const settle = (result: Result) => {
      clearTimeout(leaving);
      resolve(result);
    };
    if (manner.is === 'leaver') {
      leaving = setTimeout(() => {
        settle({ outcome: 'left' });
        outgoing.destroy();
      }, manner.afterMs);
    }
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${MAX_WAIT_MS} ms`)));
    outgoing.on('error', (error) => {
      // Whoever is refused before it has sent everything may find its socket closed; it has its answer by then.
      if (seen.status === undefined) settle(outcomeOf(call, { ...seen, error: String(error) }));
    });
    outgoing.on('response', (response) => {
      seen.status = response.statusCode ?? 0;
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        seen.text += text;
        if (manner.is !== 'slow-reader') return;
        // Not the response: Node throws away what a paused one has not given yet when its socket closes.
        const { socket } = response;
        socket.pause();
        setTimeout(() => socket.resume(), SIP_MS);
      });
      response.on('end', () => {
        seen.ended = true;
      });
      response.on('error', () => {});
      response.on('close', () => {
        settle(outcomeOf(call, seen));
        if (oversized) outgoing.destroy();
      });
    });
    if (oversized) outgoing.write(body);
    else outgoing.end(body);
  });
}

function headersOf(caller: Caller, call: Call, { tag, length }: { tag: string; length: number }) {
  const { manner, dialect } = call;
  const mistake = manner.is === 'mistaken' ? manner.how : undefined;
  return {
    'content-type': 'application/json',
    ...(mistake === 'wrong-type' && { 'content-encoding': 'gzip' }),
    'content-length': length,
    authorization: `Bearer ${mistake === 'wrong-key' ? 'nobody' : caller.key}`,
    ...(dialect === 'anthropic-messages' && { 'anthropic-version': '2023-06-01' }),
    'x-understudy-tags': tag,
  };
}

/** Sends the head and half of the body, and goes. */
function sendHalf(caller: Caller, call: Call, tag: string): Promise<Result> {
  const { hostname, port } = new URL(caller.url);
  const { path, body } = wireOf(call);
  const length = Buffer.byteLength(body);
  const lines = Object.entries(headersOf(caller, call, { tag, length })).map(([name, value]) => `${name}: ${value}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => {});
    socket.on('close', () => resolve({ outcome: 'left' }));
    const head = `POST ${path} HTTP/1.1\r\nhost: soak\r\n${lines.join('\r\n')}\r\n\r\n`;
    socket.write(head + body.slice(0, body.length / 2), () => socket.destroy());
  });
}
