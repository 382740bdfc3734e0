import type { JsonObject } from './json.ts';

/** One event of a server-sent event stream, `data` joined and without its framing. */
export interface SseFrame {
  readonly kind: 'sse';
  readonly event?: string;
  readonly data: string;
}

/** A whole JSON answer. */
export interface BodyFrame {
  readonly kind: 'body';
  readonly value: JsonObject;
}

/** What a provider sent, kept so that a caller of the same dialect receives exactly that. */
export type WireFrame = SseFrame | BodyFrame;
