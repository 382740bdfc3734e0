import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordedResponse } from './recordings.ts';

/** A provider that gives recorded answers: the one that the asked model is named after. */
export interface ReplayProvider {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Size of the pieces of a stream whose own are not known, in bytes: no divisor of anything, so that it cuts anywhere. */
const SLICE_BYTES = 977;
const KEPT_HEADERS = ['content-type', 'retry-after', 'retry-after-ms', 'x-request-id', 'request-id'];

/** Listens. `answers` are found by the model of the request, in its body or, as Gemini has it, in its path. */
export async function startReplayProvider(answers: ReadonlyMap<string, RecordedResponse>): Promise<ReplayProvider> {
  const server = createServer((request, response) => {
    answer(answers, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  answers: ReadonlyMap<string, RecordedResponse>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const recorded = answers.get(await modelOf(request));
  if (!recorded) {
    response.writeHead(599, { 'content-type': 'text/plain' }).end('no such recording');
    return;
  }
  const bytes = bytesOf(recorded);
  response.writeHead(recorded.status, headersOf(recorded));
  let at = 0;
  for (const size of [...(recorded.chunk_bytes ?? []), ...restOf(recorded, bytes.length)]) {
    if (at >= bytes.length) break;
    response.write(bytes.subarray(at, at + size));
    at += size;
    // The next piece leaves with the next turn of the loop: a packet of its own.
    await new Promise((turn) => setImmediate(turn));
  }
  response.end();
}

async function modelOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const named = /\/models\/([^:]+):/.exec(request.url ?? '')?.[1];
  if (named !== undefined) return named;
  const { model }: { model?: string } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  return model ?? '';
}

function bytesOf(recorded: RecordedResponse): Buffer {
  if (recorded.sse !== undefined) return Buffer.from(recorded.sse);
  return Buffer.from(recorded.text ?? JSON.stringify(recorded.body));
}

function restOf(recorded: RecordedResponse, length: number): number[] {
  if (recorded.sse === undefined) return [length];
  return Array.from({ length: Math.ceil(length / SLICE_BYTES) }, () => SLICE_BYTES);
}

function headersOf(recorded: RecordedResponse): Record<string, string> {
  const type = recorded.sse === undefined ? 'application/json' : 'text/event-stream';
  const headers: Record<string, string> = { 'content-type': type };
  for (const [name, value] of Object.entries(recorded.headers)) {
    if (KEPT_HEADERS.includes(name.toLowerCase())) headers[name.toLowerCase()] = value;
  }
  return headers;
}
