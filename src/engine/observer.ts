import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import type { Target } from '../model/target.ts';
import type { BreakerMoved } from './lane.ts';
import type { QualityMoved } from './quality-watch.ts';
import type { AttemptEnded, RequestEnded } from './record.ts';

/** An event that somebody has to act on. */
export interface Alert {
  readonly kind: Fault['kind'] | 'ledger-trouble' | 'parity-revoked' | 'quality-fell' | 'check-failed';
  /** `provider/model`, or the name of the check. */
  readonly target?: string;
  /** Where it concerns one route alone. */
  readonly route?: string;
  readonly message: string;
}

/** Who watches the engine: metrics, traces, logs, alerts. Must not throw and must not wait. */
export interface Observer {
  requestBegun(info: {
    readonly requestId: string;
    readonly route: string;
    readonly request: ChatRequest;
    readonly traceparent: string | undefined;
  }): void;
  attemptBegun(info: {
    readonly requestId: string;
    readonly seq: number;
    readonly route: string;
    readonly target: Target;
    readonly request: ChatRequest;
  }): void;
  attemptEnded(info: {
    readonly requestId: string;
    readonly route: string;
    readonly target: Target;
    readonly ended: AttemptEnded;
  }): void;
  requestEnded(info: { readonly route: string; readonly request: ChatRequest; readonly ended: RequestEnded }): void;
  breakerMoved(info: Parameters<BreakerMoved>[0]): void;
  /** Input tokens were asked for, of a vendor's counter or of the estimate in its place. */
  tokensCounted(info: {
    readonly requestId: string;
    readonly route: string;
    readonly target: Target;
    readonly caller?: string;
    readonly result: 'counted' | 'estimated' | 'refused';
    /** A caller wanted the count, or a window was near. */
    readonly for: 'caller' | 'window';
    readonly tokens?: number;
    readonly ms: number;
  }): void;
  /** Answers of a target got worse for a route, or are looked at again. */
  qualityMoved(info: QualityMoved): void;
  alert(alert: Alert): void;
}
