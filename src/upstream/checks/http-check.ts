import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { CheckVerdict } from '../../engine/answer-checks.ts';
import { abortSignalOf, type StopSignal } from '../../model/stop-signal.ts';
import { EgressRefused, guardedLookup, isForbiddenAddress } from '../egress-guard.ts';
import { PACKAGE_VERSION } from '../package-version.ts';
import { readVerdict } from './read-verdict.ts';

/** Longest verdict, in bytes. */
const MAX_VERDICT_BYTES = 65_536;
/** Connections to one check; what comes beyond waits for one of them, within its own time. */
const MAX_CONNECTIONS = 64;

/** A check at an address: it is posted the question and answers with JSON. Redirects are not followed. */
export class HttpCheck {
  readonly #at: URL;
  readonly #agent: HttpAgent;

  constructor(at: URL) {
    this.#at = at;
    const kept = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
    this.#agent = at.protocol === 'https:' ? new HttpsAgent(kept) : new HttpAgent(kept);
  }

  async ask(question: string, stop: StopSignal): Promise<CheckVerdict> {
    try {
      const response = await this.#post(question, abortSignalOf(stop));
      const { statusCode = 0 } = response;
      if (statusCode !== 200) {
        response.destroy();
        return { kind: 'failed', why: `it answered with HTTP ${statusCode}` };
      }
      return readVerdict(JSON.parse(await textOf(response)));
    } catch (error) {
      return { kind: 'failed', why: whyOf(error) };
    }
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  #post(question: string, signal: AbortSignal): Promise<IncomingMessage> {
    const send = this.#at.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(question)),
        'user-agent': `understudy/${PACKAGE_VERSION}`,
      };
      const lookup = guardedLookup();
      const outgoing = send(this.#at, { method: 'POST', headers, lookup, signal, agent: this.#agent }, resolve);
      outgoing.on('socket', (socket) => {
        const refuse = () => {
          if (isForbiddenAddress(socket.remoteAddress ?? '')) outgoing.destroy(new EgressRefused());
        };
        if (socket.connecting) socket.once('connect', refuse);
      });
      outgoing.on('error', reject);
      outgoing.end(question);
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response) {
    const buffer = Buffer.from(piece);
    bytes += buffer.length;
    if (bytes > MAX_VERDICT_BYTES) throw new Error(`its verdict has more than ${MAX_VERDICT_BYTES} bytes`);
    pieces.push(buffer);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function whyOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its verdict is not JSON';
  const { code, message } = error as { code?: unknown; message?: string };
  return typeof code === 'string' ? `it could not be reached: ${code}` : (message ?? 'it could not be reached');
}
