import { expect, it } from 'vitest';
import { annotation } from './annotation.ts';

const served = { requestId: 'r', route: 'support', servedBy: 'p/m', attempts: 2, adapted: [], usage: {} };

it('an answer served as promised is told in five keys', () => {
  expect(annotation(served)).toEqual({
    request_id: 'r',
    route: 'support',
    served_by: 'p/m',
    attempts: 2,
    degraded: false,
  });
});

it('a degraded answer tells why, for whom, with what prompt, what was adapted and what it cost', () => {
  const told = annotation({
    ...served,
    degraded: {
      reason: 'lower-tier',
      cause: 'server-error',
      primary: 'q/n',
      severity: 'substantial',
      reasons: ['lower-tier', 'fallback'],
      parity: 'stale',
      notice: { language: 'de', text: 'Wir nutzen ein Ersatzmodell.', inText: true },
    },
    promptVersion: 'v3',
    adapted: [{ field: 'seed', why: 'unknown there', matters: true }],
    costUsd: 0,
    overheadMs: 1.5,
  });
  expect(told).toEqual({
    request_id: 'r',
    route: 'support',
    served_by: 'p/m',
    attempts: 2,
    degraded: true,
    degraded_reason: 'lower-tier',
    degraded_reasons: ['lower-tier', 'fallback'],
    degraded_severity: 'substantial',
    cause: 'server-error',
    primary: 'q/n',
    parity: 'stale',
    notice: { language: 'de', text: 'Wir nutzen ein Ersatzmodell.' },
    prompt_version: 'v3',
    adapted: [{ field: 'seed', why: 'unknown there' }],
    cost_usd: 0,
    overhead_ms: 1.5,
  });
});
