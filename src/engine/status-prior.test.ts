import { describe, expect, test } from 'vitest';
import { engine, routeTarget, target } from '../../test/kit/engine-kit.ts';
import type { StatusNote } from './ports.ts';
import {
  contradicts,
  noteAgainst,
  STATUS_CONTRADICTED_MS,
  STATUS_PROBE_MS,
  STATUS_STALE_MS,
  StatusPrior,
} from './status-prior.ts';

const FAULT = { kind: 'server-error', status: 503, message: 'scripted' } as const;
const note = (state: StatusNote['state'], readAt = 0) => ({ of: (): StatusNote => ({ state, readAt }) });
const lane = () => engine({}).deps.lanes.of(routeTarget('alpha/one'), 0);
const pass = { kind: 'pass', admittedAt: 0 } as const;

test.each(['partial', 'outage'] as const)('%s speaks against a target', (state) => {
  expect(noteAgainst(target('alpha/one'), note(state), 0)).toMatchObject({ state });
});

test.each(['operational', 'degraded', 'maintenance', 'unknown'] as const)('%s changes nothing', (state) => {
  expect(noteAgainst(target('alpha/one'), note(state), 0)).toBeUndefined();
});

test('a page that nobody reads changes nothing', () => {
  expect(noteAgainst(target('alpha/one'), { of: () => undefined }, 0)).toBeUndefined();
});

test('a note that is too old changes nothing', () => {
  expect(noteAgainst(target('alpha/one'), note('outage'), STATUS_STALE_MS)).toBeDefined();
  expect(noteAgainst(target('alpha/one'), note('outage'), STATUS_STALE_MS + 1)).toBeUndefined();
});

describe('a page is contradicted', () => {
  test('by an answer of the last minute', () => {
    const one = lane();
    expect(contradicts(one, 0)).toBe(false);
    one.succeeded(1_000, pass);
    expect(contradicts(one, 1_000 + STATUS_CONTRADICTED_MS)).toBe(true);
    expect(contradicts(one, 1_001 + STATUS_CONTRADICTED_MS)).toBe(false);
  });

  test('not where a fault came after the answer', () => {
    const one = lane();
    one.succeeded(1_000, pass);
    one.faulted(1_001, pass, FAULT, { random: 0.5, committed: false });
    expect(contradicts(one, 1_002)).toBe(false);
    one.succeeded(1_003, pass);
    expect(contradicts(one, 1_004)).toBe(true);
  });

  test('by a fault that says nothing of its health no less', () => {
    const one = lane();
    one.succeeded(1_000, pass);
    const fault = { kind: 'invalid-request', status: 400, message: 'scripted' } as const;
    one.faulted(1_001, pass, fault, { random: 0.5, committed: false });
    expect(contradicts(one, 1_002)).toBe(true);
  });
});

test('one request in half a minute asks it all the same, the first of an incident not', () => {
  const prior = new StatusPrior();
  const one = lane();
  const asks = [0, 1, STATUS_PROBE_MS - 1, STATUS_PROBE_MS, STATUS_PROBE_MS + 1, 3 * STATUS_PROBE_MS];
  expect(asks.map((now) => prior.asksAllTheSame(one, now))).toEqual([false, false, false, true, false, true]);
});
