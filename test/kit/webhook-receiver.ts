import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** One message as a receiver saw it, its signature already verified by the library of Standard Webhooks. */
export interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

export interface WebhookReceiver {
  readonly url: string;
  readonly received: Received[];
  /** Messages whose signature was not good. */
  readonly refused: string[];
  /** What the nth message is answered with, from 1; 204 unless told. `undefined`: no answer at all. */
  answer: (nth: number) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  close(): Promise<void>;
}

/** A key as Standard Webhooks have it. */
export const WEBHOOK_SECRET = `whsec_${Buffer.from('a key of thirty-two bytes, no more').toString('base64')}`;

export async function startReceiver(secret: string = WEBHOOK_SECRET): Promise<WebhookReceiver> {
  const webhook = new Webhook(secret);
  let seen = 0;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    try {
      const message = webhook.verify(body, request.headers as Record<string, string>) as Omit<
        Received,
        'id' | 'headers'
      >;
      receiver.received.push({ ...message, id: String(request.headers['webhook-id']), headers: request.headers });
    } catch (error) {
      receiver.refused.push(String(error));
    }
    seen += 1;
    const answer = receiver.answer(seen);
    if (answer) response.writeHead(answer.status, answer.headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ends`,
    received: [],
    refused: [],
    answer: () => ({ status: 204 }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}
