import { expect, test } from 'vitest';
import type { Gateway } from './gateway.ts';
import { Generation, LiveGateway } from './live-gateway.ts';

/** Told apart by what a raw target's route would be. */
function gateway(name: string): Gateway {
  return { settings: { strictCompat: name === 'second' }, ledgerLost: () => name.length } as unknown as Gateway;
}

test('whoever holds a generation keeps it; everybody else meets the one that took its place', () => {
  const live = new LiveGateway(new Generation(1, gateway('first')));
  const held = live.hold();
  const before = live.replace(new Generation(2, gateway('second')));
  expect(before).toBe(held);
  expect(held.gateway.settings.strictCompat).toBe(false);
  expect(live.settings.strictCompat).toBe(true);
  expect(live.ledgerLost()).toBe('second'.length);
  expect(live.generation).toBe(2);
});

test('a generation that was replaced is over with its last user, or at once where it has none', () => {
  const live = new LiveGateway(new Generation(1, gateway('first')));
  const users = [live.hold(), live.hold()];
  let over = 0;
  live.replace(new Generation(2, gateway('second'))).retire(() => {
    over += 1;
  });
  users[0]?.release();
  expect(over).toBe(0);
  users[1]?.release();
  expect(over).toBe(1);
  live.replace(new Generation(3, gateway('third'))).retire(() => {
    over += 1;
  });
  expect(over).toBe(2);
});
