import type { Act } from './scripted-upstream.ts';

/** A provider's account with a limit of requests, as `openai-chat` hosts tell it in their headers. */
export interface MeteredAccount {
  /** What it answers to one more request at this moment. */
  act(now: number, good: Act): Act;
  /** Requests that it had to refuse. */
  readonly refused: number;
  readonly granted: number;
}

/** So many requests a window, all of them back at once at its end. */
export function fixedWindow(limit: number, windowMs: number): MeteredAccount {
  let windowAt = 0;
  let used = 0;
  const count = { refused: 0, granted: 0 };
  return {
    get refused() {
      return count.refused;
    },
    get granted() {
      return count.granted;
    },
    act(now, good) {
      if (now - windowAt >= windowMs) {
        windowAt = now - ((now - windowAt) % windowMs);
        used = 0;
      }
      const resetMs = windowAt + windowMs - now;
      return answered(count, { limit, left: limit - used, reset: String(resetMs / 1000), resetMs }, good, () => {
        used += 1;
      });
    },
  };
}

/** So many requests at most, one of them back every `limit`th part of `fullMs`. */
export function bucket(limit: number, fullMs: number): MeteredAccount {
  let level = limit;
  let at = 0;
  const count = { refused: 0, granted: 0 };
  return {
    get refused() {
      return count.refused;
    },
    get granted() {
      return count.granted;
    },
    act(now, good) {
      level = Math.min(limit, level + ((now - at) * limit) / fullMs);
      at = now;
      const resetMs = ((limit - Math.max(0, level - 1)) * fullMs) / limit;
      return answered(
        count,
        { limit, left: Math.floor(level), reset: `${Math.ceil(resetMs)}ms`, resetMs },
        good,
        () => {
          level -= 1;
        },
      );
    },
  };
}

interface Standing {
  readonly limit: number;
  /** Before this request. */
  readonly left: number;
  readonly reset: string;
  readonly resetMs: number;
}

function answered(
  count: { refused: number; granted: number },
  { limit, left, reset, resetMs }: Standing,
  good: Act,
  take: () => void,
): Act {
  const headers = {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(Math.max(0, left - 1)),
    'x-ratelimit-reset-requests': reset,
  };
  if (left < 1) {
    count.refused += 1;
    return { kind: 'status', status: 429, headers: { ...headers, 'retry-after': String(Math.ceil(resetMs / 1000)) } };
  }
  count.granted += 1;
  take();
  return good.kind === 'answer' ? { ...good, headers } : good;
}
