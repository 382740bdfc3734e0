import type { Route } from '../../engine/route.ts';
import type { EngineDeps } from '../../engine/run-state.ts';
import type { Target } from '../../model/target.ts';
import type { AnswerStore } from './answer-store.ts';

/** What evals are run with: the real engine, and where answers that were paid for are kept. */
export interface EvalHouse {
  readonly engine: EngineDeps;
  /** The same without effect: no row is written, no lane learns, nothing is spent. New each time. */
  replaying(): EngineDeps;
  readonly answers: AnswerStore;
  route(name: string): Route | undefined;
  /** The first route that is bound to a prompt. */
  routeBoundTo(prompt: string): Route | undefined;
  /** A target alone, with the defaults of an interactive route; undefined where its provider is not configured. */
  rawRoute(target: string): Route | undefined;
  /** Where a target is reached: the same name at another address is somebody else. */
  addressOf(target: Target): string;
  newRequestId(): string;
  /** Of this program. */
  readonly version: string;
}
