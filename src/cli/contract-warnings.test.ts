import { expect, test } from 'vitest';
import { route, routeTarget } from '../../test/kit/engine-kit.ts';
import { NO_DEMANDS } from '../engine/demands.ts';
import type { Route } from '../engine/route.ts';
import type { CustomCheck } from '../quality/contract-rules.ts';
import { contractOf } from '../quality/test-kit.ts';
import { contractWarnings } from './contract-warnings.ts';

const warnings = (over: Partial<Route>) => contractWarnings(route([routeTarget('alpha/one')], over), {});
const whole = { hold: { kind: 'whole-answer' } } as const;
const module = (path: string): CustomCheck => ({ kind: 'module', name: 'm', path, timeoutMs: 1, onFailure: 'pass' });
const address: CustomCheck = {
  kind: 'http',
  name: 'policy',
  url: 'https://checks.example.com',
  timeoutMs: 1,
  onFailure: 'break',
};

test('a route without a contract has no warnings, nor has one that holds its answers whole', () => {
  expect(warnings({})).toEqual([]);
  expect(warnings({ ...whole, contract: contractOf({ refusal: 'forbidden' }) })).toEqual([]);
});

test('a contract on streams that begin before it is judged', () => {
  const [warning, ...more] = warnings({ contract: contractOf({ refusal: 'forbidden' }) });
  expect(warning).toContain('hold: whole-answer');
  expect(more).toEqual([]);
});

test('a module that is not there', () => {
  expect(warnings({ ...whole, contract: contractOf({ checks: [module('package.json')] }) })).toEqual([]);
  expect(warnings({ ...whole, contract: contractOf({ checks: [module('not-there.mjs')] }) })[0]).toContain(
    'not-there.mjs is not there',
  );
});

test('a check in no region of its route', () => {
  const contract = contractOf({ checks: [address] });
  expect(warnings({ ...whole, contract, demands: { ...NO_DEMANDS, residency: ['eu'] } })[0]).toContain(
    'never asked: every answer is broken there',
  );
  expect(warnings({ ...whole, contract })).toEqual([]);
});
