import { LedgerError } from './ledger-error.ts';
import type { FromThread } from './ledger-messages.ts';

type Reply = Extract<FromThread, { type: 'answered' | 'not-answered' }>;

/** Most text that questions on their way to the writer thread may hold together, in characters. */
const maxPendingChars = 64 * 1024 * 1024;

interface Waiting {
  readonly chars: number;
  resolve(result: number): void;
  reject(error: LedgerError): void;
}

/** Questions that the writer thread has been asked and has not answered. */
export class PendingQuestions {
  readonly #waiting = new Map<number, Waiting>();
  #chars = 0;
  #lastId = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** `ask` sends the question and gives false where no thread is ready; `chars` is about how much text it holds. */
  begin(chars: number, ask: (id: number) => boolean): Promise<number> {
    if (this.#chars + chars > maxPendingChars) {
      const message = `More than ${maxPendingChars} characters are waiting to be written.`;
      return Promise.reject(new LedgerError('queue-full', message));
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { chars, resolve, reject });
      this.#chars += chars;
      const why = refusal(() => ask(id));
      if (why === undefined) return;
      this.#take(id);
      reject(new LedgerError('write-failed', why));
    });
  }

  answered(reply: Reply): void {
    const waiting = this.#take(reply.question);
    if (reply.type === 'answered') waiting?.resolve(reply.result);
    else waiting?.reject(new LedgerError('write-failed', reply.message));
  }

  rejectAll(why: string): void {
    for (const { reject } of this.#waiting.values()) reject(new LedgerError('write-failed', why));
    this.#waiting.clear();
    this.#chars = 0;
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (this.#waiting.delete(id)) this.#chars -= waiting?.chars ?? 0;
    return waiting;
  }
}

/** Why a question could not be sent; undefined where it was. A thread that cannot be started must not stop the gateway. */
function refusal(ask: () => boolean): string | undefined {
  try {
    return ask() ? undefined : 'The writer thread is being restarted; try again later.';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
