import { expect, it } from 'vitest';
import { newRequestId } from './chat-surface.ts';

it('ids of requests are unlike each other, and sort by the time at which they were made', () => {
  const from = Date.now();
  const ids = Array.from({ length: 1_000 }, newRequestId);
  expect(new Set(ids).size).toBe(1_000);
  for (const id of ids) {
    expect(id).toMatch(/^req_[0-9a-f]{32}$/);
    const madeAt = Number.parseInt(id.slice(4, 16), 16);
    expect(madeAt).toBeGreaterThanOrEqual(from);
    expect(madeAt).toBeLessThanOrEqual(Date.now());
  }
});
