import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, newKey, receiptOf } from '../../../test/kit/receipt-kit.ts';
import type { JsonValue } from '../../model/json.ts';
import { canonicalJson } from './canonical-json.ts';
import { comparedParameters, parametersOf } from './parameters.ts';
import { parseReceipt, type Receipt } from './receipt.ts';
import { type Circumstances, CLOCK_SKEW_MS, readyReceipt, staleness } from './standing.ts';

describe('one text for one value', () => {
  it('sorts members by their UTF-16 code units and writes numbers as ECMAScript does (examples of RFC 8785)', () => {
    const numbers = JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]') as number[];
    expect(canonicalJson({ numbers, literals: [null, true, false] })).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}',
    );
    const names = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(names)) as object)).toEqual([4, 2, 6, 7, 1, 5, 3]);
  });

  it('whatever the order of the members, and back to the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonicalJson(value as JsonValue);
        expect(canonicalJson(turned(value as JsonValue))).toBe(text);
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(text);
      }),
    );
  });

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('JSON cannot hold NaN');
  });
});

function turned(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, turned(member)]),
  );
}

describe('reading a receipt', () => {
  const good = receiptOf({}, newKey());
  it('gives what was written', () => {
    expect(parseReceipt(JSON.parse(JSON.stringify(good)))).toEqual({ receipt: good });
  });

  it.each<[string, unknown]>([
    ['format', { ...good, format: 'understudy-receipt/2' }],
    ['receipt: ', { ...good, comment: 'fine' }],
    ['id', { ...good, id: 'rcpt_1' }],
    ['suite.hash', { ...good, suite: { ...good.suite, hash: 'abc' } }],
    ['metrics', { ...good, metrics: [] }],
    ['metrics.0.difference', { ...good, metrics: [{ ...good.metrics[0], difference: 2 }] }],
    ['verdict', { ...good, verdict: 'inconclusive' }],
    ['n', { ...good, n: 0 }],
    ['expiresAt', { ...good, expiresAt: 'tomorrow' }],
    ['expiresAt', { ...good, expiresAt: good.measuredAt }],
    ['issuedAt', { ...good, issuedAt: '2020-01-01T00:00:00.000Z' }],
    ['signature.value', { ...good, signature: { keyId: 'k', value: 'short' } }],
    ['receipt', []],
  ])('names %s', (field, value) => {
    expect(parseReceipt(value)).toEqual({ problem: expect.stringContaining(field) });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void parseReceipt(value)));
  });
});

describe('whether a receipt still speaks of what is asked', () => {
  const receipt: Receipt = receiptOf({
    target: { promptVersion: 'short@1', parameters: { temperature: 0.2, maxOutputTokens: 100 } },
    primary: { promptVersion: 'short@2' },
    endedAt: Date.now() - DAY_MS,
  });
  const ready = readyReceipt(receipt);
  const now: Circumstances = {
    at: ready.issuedAt,
    primary: receipt.primary.target,
    promptVersion: 'short@1',
    primaryPromptVersion: 'short@2',
    parameters: '{"temperature":0.2}',
    suiteHash: receipt.suite.hash,
    seen: { model: 'steady-1', at: ready.issuedAt },
    primarySeen: { model: 'steady-1--status-503', at: ready.issuedAt },
    servedModel: 'steady-1',
  };

  it('it does while nothing has changed, and where nobody knows of a change', () => {
    expect(staleness(ready, now)).toBeUndefined();
    const { suiteHash: _, seen: _1, primarySeen: _2, servedModel: _3, parameters: _4, ...little } = now;
    expect(staleness(ready, little)).toBeUndefined();
  });

  it.each<[string, Partial<Circumstances>]>([
    [`its receipt ended at ${receipt.expiresAt}`, { at: ready.expiresAt }],
    ['which is yet to come', { at: ready.issuedAt - CLOCK_SKEW_MS - 1 }],
    ['its receipt was revoked', { revoked: { at: ready.measuredAt, why: 'bad answers' } }],
    ['suite answers has changed since', { suiteHash: 'b'.repeat(64) }],
    ['omega/one is the primary now', { primary: 'omega/one' }],
    ['was measured with prompt short@1 and is sent prompt short@3 now', { promptVersion: 'short@3' }],
    ['is sent no words of ours now', { promptVersion: undefined }],
    ['the primary was measured with prompt short@2', { primaryPromptVersion: 'short@3' }],
    ['and this request has {}', { parameters: '{}' }],
    ['it was measured as steady-1 and answers as steady-2 now', { servedModel: 'steady-2' }],
    [
      'it was measured as steady-1 and answers as steady-2 now',
      { seen: { model: 'steady-2', at: ready.measuredAt + 1 } },
    ],
    ['the primary was measured as', { primarySeen: { model: 'other', at: ready.measuredAt + 1 } }],
  ])('%s', (why, changed) => {
    expect(staleness(ready, { ...now, ...changed })).toContain(why);
  });

  it('what was seen, or revoked, before the measurement says nothing against it', () => {
    const before = ready.measuredAt - 1;
    const old = { seen: { model: 'steady-0', at: before }, primarySeen: { model: 'other', at: ready.measuredAt } };
    expect(staleness(ready, { ...now, ...old, revoked: { at: before, why: 'then' } })).toBeUndefined();
  });
});

describe('the parameters of a request', () => {
  it('are those that decide how good an answer is, in one order', () => {
    const sampling = { topP: 0.9, temperature: 1, seed: 4 };
    expect(parametersOf({ sampling, reasoning: { effort: 'low' }, maxOutputTokens: 50 })).toBe(
      '{"effort":"low","temperature":1,"topP":0.9}',
    );
    expect(comparedParameters({ temperature: 1, effort: 'low', stop: ['x'], topP: 0.9 })).toBe(
      '{"effort":"low","temperature":1,"topP":0.9}',
    );
    expect(parametersOf({ sampling: {} })).toBe(comparedParameters({}));
  });
});
