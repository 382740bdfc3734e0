import type { Clock } from '../../engine/ports.ts';
import { type Conversation, type ConversationOrder, converse } from './conversation.ts';
import type { EvalHouse } from './house.ts';

/** Times that one conversation is begun after failures that say nothing of the model, and the longest wait between two. */
const MAX_TRIES = 3;
const MAX_WAIT_MS = 30_000;

/** Holds a conversation, and holds it again after a limit that names its end. */
export async function conversePatiently(order: ConversationOrder, house: EvalHouse): Promise<Conversation> {
  const { signal } = order;
  for (let tries = 1; ; tries += 1) {
    const found = await converse(order, house);
    const waitMs = found.error?.ours ? found.error.retryAfterMs : undefined;
    if (waitMs === undefined || tries >= MAX_TRIES || signal.aborted) return found;
    await waited(Math.min(waitMs, MAX_WAIT_MS), signal, house.engine.clock);
  }
}

/** Resolves early when aborted. */
function waited(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.setTimer(ms, done);
    signal.addEventListener('abort', done);
  });
}
