import type { ClientTools, RequestSeen } from './world.ts';

/** Where the retries above the gateway happen. */
export interface ClientLayers {
  /** Tries of the vendor's SDK; 1: it does not retry. */
  readonly sdkTries: number;
  /** Tries of the application's own loop around it. */
  readonly appTries: number;
  /** Whether the gateway's `x-should-retry` reaches the SDK. */
  readonly header: boolean;
}

/** Backoff of the official OpenAI and Anthropic SDKs: 0.5 s doubling to 8 s, less up to a quarter of it. */
const SDK_BASE_MS = 500;
const SDK_CAP_MS = 8_000;
const SDK_JITTER = 0.25;
/** They wait as long as an answer says, where that is a minute or less. */
const SDK_LONGEST_NAMED_MS = 60_000;
/** Of the usual retry decorators: a second, doubling. They see an exception and no header. */
const APP_BASE_MS = 1_000;

type Ask = (nth: number) => Promise<RequestSeen>;

/** A caller with an SDK, and perhaps a loop of its own around it. Gives the last answer, dated from the first try. */
export async function withRetries(layers: ClientLayers, ask: Ask, tools: ClientTools): Promise<RequestSeen> {
  let asked = 0;
  const at = tools.clock.now();
  for (let tries = 1; ; tries += 1) {
    const seen = await sdkCall(layers, () => ask(++asked), tools);
    const done = seen.outcome !== 'failed' || tries >= layers.appTries;
    if (done) return { ...seen, at, requests: asked };
    await sleep(tools, APP_BASE_MS * 2 ** (tries - 1));
  }
}

async function sdkCall(
  layers: ClientLayers,
  ask: () => Promise<RequestSeen>,
  tools: ClientTools,
): Promise<RequestSeen> {
  for (let tries = 1; ; tries += 1) {
    const seen = await ask();
    if (tries >= layers.sdkTries || !sdkRetries(seen, layers.header)) return seen;
    await sleep(tools, sdkWaitMs(seen, tries, tools));
  }
}

function sdkRetries({ outcome, status, shouldRetry, firstContentMs }: RequestSeen, header: boolean): boolean {
  // Whoever has part of a stream has an exception in the middle of reading it: no SDK starts over by itself.
  if (outcome !== 'failed' || status === undefined || firstContentMs !== undefined) return false;
  if (header) return shouldRetry;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

function sdkWaitMs({ retryAfterMs }: RequestSeen, tries: number, { draw }: ClientTools): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0 && retryAfterMs <= SDK_LONGEST_NAMED_MS) return retryAfterMs;
  return Math.min(SDK_CAP_MS, SDK_BASE_MS * 2 ** (tries - 1)) * (1 - SDK_JITTER * draw());
}

function sleep({ clock }: ClientTools, ms: number): Promise<void> {
  return new Promise((resolve) => clock.setTimer(ms, () => resolve()));
}
