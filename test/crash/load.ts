import { request } from 'node:http';

/** A request whose last byte its caller saw. */
export interface Finished {
  readonly requestId: string;
  readonly surface: Surface;
  readonly stream: boolean;
  /** As the headers said: all attempts of a whole answer, those until the commit point of a stream. */
  readonly attempts: number;
}

type Surface = 'openai-chat' | 'anthropic-messages';

const PATHS: Readonly<Record<Surface, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};
const TERMINATORS: Readonly<Record<Surface, string>> = {
  'openai-chat': 'data: [DONE]\n\n',
  'anthropic-messages': 'event: message_stop\n',
};

/** Callers of both surfaces, streaming and not, that ask again as soon as they are answered, until told to stop. */
export class Load {
  readonly finished: Finished[] = [];
  /** Requests of which at least the headers came. */
  begun = 0;
  /** Bodies of answers that were no success: none is expected. */
  readonly refused: string[] = [];
  readonly #url: string;
  readonly #callers: Promise<void>[] = [];
  #stopped = false;

  constructor(url: string, callersOfEachKind: number) {
    this.#url = url;
    for (let caller = 0; caller < callersOfEachKind; caller += 1) {
      for (const surface of ['openai-chat', 'anthropic-messages'] as const) {
        for (const stream of [true, false]) this.#callers.push(this.#askOn(surface, stream));
      }
    }
  }

  /** Ends when every caller has seen the end of its connection. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#callers);
  }

  async #askOn(surface: Surface, stream: boolean): Promise<void> {
    while (!this.#stopped) await this.#ask(surface, stream);
  }

  #ask(surface: Surface, stream: boolean): Promise<void> {
    const body = JSON.stringify({
      model: 'reply',
      stream,
      max_tokens: 500,
      messages: [{ role: 'user', content: 'How tall is a giraffe?' }],
    });
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
      const outgoing = request(`${this.#url}${PATHS[surface]}`, { method: 'POST', headers, agent: false });
      // The gateway is killed under its callers: an error is how most of them hear of it.
      outgoing.on('error', () => resolve());
      outgoing.on('response', (response) => {
        this.begun += 1;
        const wanted = Number(response.headers['content-length'] ?? Number.NaN);
        let text = '';
        let bytes = 0;
        let seen = false;
        response.on('data', (piece: Buffer) => {
          text += piece.toString('latin1');
          bytes += piece.length;
          if (seen || !(stream ? text.includes(TERMINATORS[surface]) : bytes === wanted)) return;
          seen = true;
          if (response.statusCode !== 200) this.refused.push(text);
          else {
            this.finished.push({
              requestId: String(response.headers['x-understudy-request-id']),
              surface,
              stream,
              attempts: Number(response.headers['x-understudy-attempts']),
            });
          }
        });
        response.on('error', () => resolve());
        response.on('close', () => resolve());
      });
      outgoing.end(body);
    });
  }
}
