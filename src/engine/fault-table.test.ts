import { expect, test } from 'vitest';
import type { FaultKind } from '../model/fault.ts';
import { FAULT_TABLE } from './fault-table.ts';

test('people are told of what people alone can cure, and of an answer that nobody expects', () => {
  const told = Object.entries(FAULT_TABLE).flatMap(([kind, { alert }]) => (alert ? [kind as FaultKind] : []));
  expect(told.sort()).toMatchInlineSnapshot(`
    [
      "credential-refused",
      "model-not-found",
      "quota-exhausted",
      "unknown",
      "unproven-model",
    ]
  `);
});

test('every row says what it means, and why it leads to what it does', () => {
  for (const { means, why } of Object.values(FAULT_TABLE)) {
    expect(means.length).toBeGreaterThan(10);
    expect(why.length).toBeGreaterThan(20);
  }
});
