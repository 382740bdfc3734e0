import { expect, test } from 'vitest';
import { MIN_ATTEMPT_MS } from './engine-defaults.ts';
import { judge, type Situation } from './verdict.ts';

const situation: Situation = {
  fault: { kind: 'rate-limited', message: 'slow down', retryAfterMs: 1_000 },
  tries: 1,
  timesSeen: 1,
  maxTries: 3,
  budgetLeftMs: 60_000,
  laneOpen: true,
  repairAllowed: false,
  onContentPolicy: 'stop',
  random: 0.5,
  takeRetry: () => true,
};

test('a wait that leaves exactly the shortest attempt is waited, one millisecond less is not', () => {
  expect(judge({ ...situation, budgetLeftMs: 1_000 + MIN_ATTEMPT_MS })).toMatchObject({ kind: 'retry-same' });
  expect(judge({ ...situation, budgetLeftMs: 999 + MIN_ATTEMPT_MS })).toMatchObject({ kind: 'next' });
});

test('a rate limit that names no wait leads to the next target at once', () => {
  expect(judge({ ...situation, fault: { kind: 'rate-limited', message: 'slow down' } })).toMatchObject({
    kind: 'next',
  });
});

test('after the content policy of one provider any other will do, whatever its window', () => {
  const fault = { kind: 'content-policy', message: 'no' } as const;
  expect(judge({ ...situation, fault, onContentPolicy: 'next' })).toEqual({
    kind: 'next',
    why: 'route says next',
    onlyLargerWindow: false,
  });
});

test('state that a provider refused is left out once, and only where it was the state', () => {
  const refused = { kind: 'provider-rejected', about: 'opaque-state', message: 'whose is it' } as const;
  expect(judge({ ...situation, fault: refused })).toMatchObject({ kind: 'retry-same', withoutState: true, waitMs: 0 });
  expect(judge({ ...situation, fault: refused, timesSeen: 2 })).toMatchObject({ kind: 'next' });
  const other = { kind: 'provider-rejected', message: 'no such option' } as const;
  expect(judge({ ...situation, fault: other })).toMatchObject({ kind: 'next' });
});

test('every retry says what it waits for', () => {
  const waits = [
    [situation.fault, 'retry-after'],
    [{ kind: 'server-error', message: 'down' }, 'backoff'],
    [{ kind: 'server-error', message: 'down', retryAfterMs: 30_000 }, 'retry-after'],
    [{ kind: 'connection-failed', stage: 'reset', message: 'reset' }, 'none'],
    [{ kind: 'stale-connection', message: 'closed' }, 'none'],
  ] as const;
  for (const [fault, wait] of waits) expect(judge({ ...situation, fault })).toMatchObject({ kind: 'retry-same', wait });
});
