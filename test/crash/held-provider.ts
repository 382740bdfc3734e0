import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const completion = (text: string) => ({
  id: 'chatcmpl-held',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'held',
  choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 5, completion_tokens: 5, total_tokens: 10 },
});
const chunk = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-held',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'held',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`;
const OPENING = chunk({ role: 'assistant', content: 'A giraffe is ' }, null);
const CLOSING = `${chunk({ content: 'tall.' }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`;

/**
 * A provider of the OpenAI dialect that begins streams and ends nothing until it is told to: a test can then have as many
 * requests open at once as it wants, however slow the machine is. Streams of the model `endless` end never.
 */
export class HeldProvider {
  readonly #server: Server;
  readonly #held = new Map<ServerResponse, () => void>();
  #open = 0;
  #released = false;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => {
        body += text;
      });
      request.once('end', () => this.#answer(JSON.parse(body), response));
    });
  }

  static async start(): Promise<HeldProvider> {
    const provider = new HeldProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Requests being answered. */
  get open(): number {
    return this.#open;
  }

  /** Ends what is held, and from now on everything at once. */
  release(): void {
    this.#released = true;
    for (const end of this.#held.values()) end();
    this.#held.clear();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer({ model, stream }: { model: string; stream?: boolean }, response: ServerResponse): void {
    this.#open += 1;
    response.once('close', () => {
      this.#open -= 1;
      this.#held.delete(response);
    });
    response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
    if (stream) response.write(OPENING);
    else response.flushHeaders();
    if (model === 'endless') return;
    const end = () => response.end(stream ? CLOSING : JSON.stringify(completion('A giraffe is tall.')));
    if (this.#released) end();
    else this.#held.set(response, end);
  }
}
