import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A provider whose every byte the test writes: for what no simulated vendor does. */
export interface HandmadeProvider {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  requests(): number;
  stop(): Promise<void>;
}

/** Listens; `answer` is called once the request is read. `model`: the one asked for, in the body or in Gemini's path. */
export async function startHandmadeProvider(
  answer: (response: ServerResponse, model: string) => void,
): Promise<HandmadeProvider> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.once('end', () => {
      const inPath = /\/models\/([^:]+):/.exec(request.url ?? '')?.[1];
      answer(response, inPath ?? /"model":"([^"]*)"/.exec(body)?.[1] ?? '');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** `http://127.0.0.1:PORT` of a port on which nobody listens. */
export async function closedPort(): Promise<string> {
  const gone = await startHandmadeProvider((response) => response.end());
  await gone.stop();
  return gone.url;
}
