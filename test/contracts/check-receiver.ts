import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a check over HTTP was asked. */
export interface Question {
  readonly answer: { readonly text: string; readonly target: string };
  readonly request: { readonly route: string; readonly messages: readonly { readonly text: string }[] };
}

export interface CheckReceiver {
  readonly url: string;
  readonly questions: Question[];
  close(): Promise<void>;
}

/** Listens as a check; `verdict` is what it answers with, `undefined` nothing at all. */
export async function startCheckReceiver(verdict: (asked: Question) => unknown): Promise<CheckReceiver> {
  const questions: Question[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += String(piece);
    const asked = JSON.parse(body) as Question;
    questions.push(asked);
    const said = verdict(asked);
    if (said === undefined) return;
    if (typeof said === 'number') response.writeHead(said, { location: '/elsewhere' }).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(said));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`,
    questions,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
