import { expect, test } from 'vitest';
import { SharedParts } from './shared-parts.ts';

function part(closed: string[], name: string) {
  return { name, close: async () => void closed.push(name) };
}

test('what two take under one key is one part, closed when both have let go, once', async () => {
  const shared = new SharedParts();
  const closed: string[] = [];
  const one = shared.take('a', () => part(closed, 'first'));
  const other = shared.take('a', () => part(closed, 'second'));
  expect(other.part).toBe(one.part);
  await one.release();
  await one.release();
  expect(closed).toEqual([]);
  await other.release();
  expect(closed).toEqual(['first']);
  expect(shared.size).toBe(0);
});

test('whoever comes after the last has left gets a new one, and a part that cannot be made leaves nothing', async () => {
  const shared = new SharedParts();
  const closed: string[] = [];
  await shared.take('a', () => part(closed, 'first')).release();
  expect(shared.take('a', () => part(closed, 'second')).part.name).toBe('second');
  expect(() =>
    shared.take('b', (): { close(): Promise<void> } => {
      throw new Error('no such address');
    }),
  ).toThrow('no such address');
  expect(shared.size).toBe(1);
});
