import type { BreakerState } from '../../src/engine/lane.ts';
import type { FaultKind } from '../../src/model/fault.ts';
import type { Script } from '../../src/simulator/index.ts';
import type { Surface } from '../kit/sdk-caller.ts';

/** The simulated providers: `alpha` speaks openai-chat, `beta` anthropic-messages, `gamma` gemini-generate. */
export type ProviderName = 'alpha' | 'beta' | 'gamma';

/** What the caller has in the end. */
export type Ending =
  | { readonly by: 'primary' | 'secondary' }
  /** One error: HTTP status and the gateway's own code. */
  | { readonly status: number; readonly code: string };

/** One way to meet a row of the fault table, and everything that has to follow from it. */
export interface FaultCase {
  readonly kind: FaultKind;
  readonly name: string;
  /** What the primary does, one script a request; the last one repeats. */
  readonly script: readonly Script[];
  /** Dialects of the primary, all three unless told. */
  readonly primaries?: readonly ProviderName[];
  readonly modes?: readonly ('stream' | 'whole')[];
  readonly failover?: Readonly<Record<string, unknown>>;
  /** Clocks of the primary alone. */
  readonly timeouts?: Readonly<Record<string, string>>;
  /** Leaves the secondary out of the route. */
  readonly alone?: true;
  /** Facts of the secondary's model, as configured. */
  readonly secondary?: Readonly<Record<string, unknown>>;
  /** More fields of the request, in the words of each surface. */
  readonly extra?: (surface: Surface) => Readonly<Record<string, unknown>>;
  /** The verdict on each failed attempt at the primary. */
  readonly verdicts: readonly (string | RegExp)[];
  /** More of the fault than its kind. */
  readonly fault?: Readonly<Record<string, unknown>>;
  readonly ending: Ending;
  readonly lane: {
    readonly breaker: BreakerState;
    /** Failures that the breaker has counted. */
    readonly failed: number;
    readonly held?: string;
    readonly learnedWindow?: number;
  };
  readonly alert?: true;
  /** What a second request finds at the primary: the reason why it is not asked, or that it is. */
  readonly again?: 'asked' | 'lane-held' | 'breaker-open' | 'context-window';
}
