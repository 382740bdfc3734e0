import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { WebhookAnswer, WebhookMessage, WebhookSender } from '../engine/job-store.ts';
import { EgressRefused, guardedLookup, isForbiddenAddress, parseBaseUrl } from './egress-guard.ts';
import { PACKAGE_VERSION } from './package-version.ts';
import type { Secret } from './secret.ts';

/** Time that a receiver has to answer. What takes longer it does after it has answered. */
const answerLimitMs = 15_000;
/** Length of a key in bytes, as the specification has it. */
const keyBytes = { min: 24, max: 64 };

/** An endpoint as configured; its secret is read for each message, so that it can be replaced. */
export interface WebhookEndpoint {
  readonly url: string;
  secret(): Promise<Secret>;
}

/**
 * Posts messages to the configured endpoints and to nobody else: every address that a name stands for is looked at, and
 * redirects are not followed. Throws a `TypeError` for an address that must not be called.
 */
export function createWebhookSender(endpoints: ReadonlyMap<string, WebhookEndpoint>): WebhookSender {
  const known = new Map(
    [...endpoints].map(([name, endpoint]) => [
      name,
      { ...endpoint, at: parseBaseUrl(`webhooks.${name}.url`, endpoint.url) },
    ]),
  );
  return {
    async send(message) {
      const endpoint = known.get(message.webhook);
      if (!endpoint) return { kind: 'unknown-endpoint' };
      try {
        const headers = signed(message, webhookKey(message.webhook, await endpoint.secret()));
        return await post(endpoint.at, { headers, body: message.body, signal: message.signal });
      } catch (error) {
        return { kind: 'unreachable', why: whyOf(error) };
      }
    },
  };
}

/** The key behind `whsec_…`. Throws a `TypeError` that names the endpoint, and nothing of the secret. */
export function webhookKey(name: string, secret: Secret): Buffer {
  const [, text] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret.reveal().trim()) ?? [];
  const key = text === undefined ? undefined : Buffer.from(text, 'base64');
  if (key && key.length >= keyBytes.min && key.length <= keyBytes.max) return key;
  throw new TypeError(`webhooks.${name}.secret must be whsec_ and ${keyBytes.min} to ${keyBytes.max} bytes in base64`);
}

/**
 * The headers of a message: HMAC-SHA256 over id, time and body.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
function signed({ id, timestamp, body }: WebhookMessage, key: Buffer): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': `understudy/${PACKAGE_VERSION}`,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}

interface Post {
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly signal: AbortSignal;
}

function post(at: URL, { headers, body, signal }: Post): Promise<WebhookAnswer> {
  const send = at.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      at,
      {
        method: 'POST',
        headers,
        lookup: guardedLookup(),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]),
        // A receiver that is called once an hour has closed an idle connection long ago.
        agent: false,
      },
      (response) => {
        resolve(answerOf(response));
        // What a receiver says beside its status is nobody's business here.
        response.on('error', () => {});
        response.destroy();
      },
    );
    outgoing.on('socket', (socket) => {
      socket.on('connect', () => {
        if (socket.remoteAddress !== undefined && isForbiddenAddress(socket.remoteAddress)) {
          outgoing.destroy(new EgressRefused());
        }
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function answerOf({ statusCode, headers }: IncomingMessage): WebhookAnswer {
  const seconds = Number(headers['retry-after'] ?? Number.NaN);
  return {
    kind: 'answered',
    status: statusCode ?? 0,
    ...(Number.isFinite(seconds) && seconds > 0 && { retryAfterMs: seconds * 1000 }),
  };
}

function whyOf(error: unknown): string {
  const { code, name, message } = error as { code?: unknown; name?: string; message?: string };
  if (name === 'TimeoutError') return `it did not answer within ${answerLimitMs} ms`;
  return typeof code === 'string' ? code : (message ?? 'it could not be reached');
}
