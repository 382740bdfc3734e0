import { type UpstreamAnswer, UpstreamFault, type UpstreamRequest } from '../../src/engine/ports.ts';
import type { Fault } from '../../src/model/fault.ts';
import { bodyOf, type VirtualAnswer } from './virtual-answer.ts';
import type { VirtualFault } from './virtual-incident.ts';
import type { VirtualProvider } from './virtual-provider.ts';
import { refusalOf } from './virtual-refusal.ts';
import { VirtualStream } from './virtual-stream.ts';

/** How one exchange ended, as the provider saw it. */
export interface ExchangeEnd {
  readonly target: string;
  /** The caller's `user` field. */
  readonly askedBy: string;
  readonly end: 'answered' | 'refused' | 'broken' | 'cancelled';
  readonly fault: VirtualFault | undefined;
  /** Tokens of input and output that the answer named, where it was read to its end. */
  readonly toldTokens: number;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** One request at one provider, from its arrival until one side ends it. */
export class Exchange {
  readonly #provider: VirtualProvider;
  readonly #request: UpstreamRequest;
  readonly #fault: VirtualFault | undefined;
  readonly #number: number;
  readonly #resolve: (answer: UpstreamAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #startedAt: number;
  #cancelTimer: () => void = () => undefined;
  #leave: (() => void) | undefined;
  #stream: VirtualStream | undefined;
  #over = false;
  #toldTokens = 0;
  readonly #onAbort = () => {
    const reason = this.#request.signal.reason;
    this.#end(this.#isHanging() ? 'broken' : 'cancelled');
    if (this.#stream) this.#stream.fail(reason);
    else this.#reject(reason);
  };

  constructor(
    provider: VirtualProvider,
    request: UpstreamRequest,
    how: {
      number: number;
      fault: VirtualFault | undefined;
      resolve: (answer: UpstreamAnswer) => void;
      reject: (reason: unknown) => void;
    },
  ) {
    this.#provider = provider;
    this.#request = request;
    this.#number = how.number;
    this.#fault = how.fault ?? provider.limited();
    this.#resolve = how.resolve;
    this.#reject = how.reject;
    this.#startedAt = provider.clock.now();
  }

  begin(): void {
    const fault = this.#fault;
    this.#request.signal.addEventListener('abort', this.#onAbort);
    switch (fault?.kind) {
      case 'black-hole':
        return;
      case 'refused-connection':
        return this.#after(CONNECT_MS, () => this.#fail(CONNECTION_REFUSED));
      case 'stale-socket':
        if (!this.#request.freshConnection) return this.#after(CONNECT_MS, () => this.#fail(STALE_SOCKET));
        break;
      case 'status':
      case 'rate-limit':
      case 'quota':
      case 'retired':
      case 'bad-credential':
      case 'garbage':
        return this.#refuse(fault);
      default:
        break;
    }
    const leave = this.#provider.enter(() => this.#work());
    if (leave === false) return this.#refuse({ kind: 'status', status: 503 });
    if (this.#over) leave();
    else this.#leave = leave;
  }

  #refuse(fault: VirtualFault): void {
    const afterMs = fault.kind === 'status' ? (fault.afterMs ?? REFUSAL_MS) : REFUSAL_MS;
    this.#after(afterMs, () => {
      const refusal = refusalOf(fault, this.#request.stream);
      this.#end('refused');
      if (refusal.kind === 'fault') this.#reject(new UpstreamFault(refusal.fault));
      else this.#resolve(refusal);
    });
  }

  #work(): void {
    const fault = this.#fault;
    const times = fault?.kind === 'slow' ? fault.times : 1;
    const answer = this.#provider.answer(this.#request, this.#number, fault?.kind === 'breaks-contract');
    const firstMs = this.#provider.firstContentMs() * times;
    const paceMs = this.#provider.paceMs() * times;
    if (!this.#request.stream) return this.#whole(answer, firstMs + answer.pieces.length * paceMs);
    const headersMs = this.#provider.headersFirst ? firstMs / 4 : firstMs;
    this.#after(headersMs, () => this.#streamed(answer, { firstMs: firstMs - headersMs, paceMs }));
  }

  #whole(answer: VirtualAnswer, afterMs: number): void {
    if (this.#fault?.kind === 'stall') return;
    this.#after(afterMs, () => {
      if (this.#fault?.kind === 'cut') return this.#fail(RESET);
      this.#told(answer);
      this.#end('answered');
      const value = bodyOf(answer, this.#request.target.model);
      this.#resolve({ kind: 'body', status: 200, headers: this.#provider.headers(), value });
    });
  }

  #streamed(answer: VirtualAnswer, pace: { firstMs: number; paceMs: number }): void {
    const breaks = this.#fault?.kind === 'cut' || this.#fault?.kind === 'stall' ? this.#fault : undefined;
    this.#stream = new VirtualStream(answer, {
      clock: this.#provider.clock,
      model: this.#request.target.model,
      ...pace,
      ...(breaks && { breaks }),
      onEnd: (end) => {
        if (end === 'answered') this.#told(answer);
        this.#end(end);
      },
    });
    const headers = this.#provider.headers();
    this.#resolve({ kind: 'stream', status: 200, headers, frames: this.#stream });
  }

  #told({ inputTokens, outputTokens }: VirtualAnswer): void {
    this.#toldTokens = inputTokens + outputTokens;
    this.#provider.meter.toldInputTokens += inputTokens;
    this.#provider.meter.toldOutputTokens += outputTokens;
  }

  #isHanging(): boolean {
    return this.#fault?.kind === 'black-hole' || this.#fault?.kind === 'stall';
  }

  #fail(fault: Fault): void {
    this.#end('broken');
    this.#reject(new UpstreamFault(fault));
  }

  #after(ms: number, task: () => void): void {
    this.#cancelTimer = this.#provider.clock.setTimer(ms, task);
  }

  #end(end: ExchangeEnd['end']): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelTimer();
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#leave?.();
    this.#provider.ended(this.#request, {
      end,
      fault: this.#fault,
      toldTokens: this.#toldTokens,
      startedAt: this.#startedAt,
    });
  }
}

const CONNECT_MS = 20;
const REFUSAL_MS = 60;
const CONNECTION_REFUSED: Fault = { kind: 'connection-failed', stage: 'refused', message: 'connection refused' };
const STALE_SOCKET: Fault = { kind: 'stale-connection', message: 'the pooled socket was closed' };
const RESET: Fault = { kind: 'bad-response', what: 'cut', message: 'the connection was reset' };
