import { describe, expect, test } from 'vitest';
import { parseWireDate } from './wire-date.ts';

const NOW = Date.UTC(2026, 5, 1);
const at = (text: string) => parseWireDate(text, NOW);

test.each(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'])('%s', (month) => {
  const index = new Date(Date.parse(`1 ${month} 2026 00:00:00 GMT`)).getUTCMonth();
  expect(at(`Sun, 06 ${month} 2026 08:49:37 GMT`)).toBe(Date.UTC(2026, index, 6, 8, 49, 37));
  expect(at(`sun ${month.toUpperCase()}  6 08:49:37 2026`)).toBe(Date.UTC(2026, index, 6, 8, 49, 37));
});

describe('a field just within its range is read, and just outside it is not', () => {
  test.each([
    ['Thu, 01 Jan 2026 00:00:00 GMT', Date.UTC(2026, 0, 1)],
    ['Sat, 31 Jan 2026 00:00:00 GMT', Date.UTC(2026, 0, 31)],
    ['Thu, 01 Jan 2026 23:00:00 GMT', Date.UTC(2026, 0, 1, 23)],
    ['Thu, 01 Jan 2026 00:59:00 GMT', Date.UTC(2026, 0, 1, 0, 59)],
    ['Thu, 01 Jan 2026 00:00:60 GMT', Date.UTC(2026, 0, 1, 0, 1)],
  ])('%s', (text, ms) => {
    expect(at(text)).toBe(ms);
  });

  test.each([
    'Thu, 00 Jan 2026 00:00:00 GMT',
    'Thu, 32 Jan 2026 00:00:00 GMT',
    'Thu, 01 Jan 2026 24:00:00 GMT',
    'Thu, 01 Jan 2026 00:60:00 GMT',
    'Thu, 01 Jan 2026 00:00:61 GMT',
  ])('%s', (text) => {
    expect(at(text)).toBeUndefined();
  });
});

test.each([
  'x2026-01-02T03:04:35Z',
  '2026-01-02T03:04:35Z or so',
  '2026-01-02T03:04:35',
  'on Thu, 01 Jan 2026 00:00:00 GMT',
  'Thu, 01 Jan 2026 00:00:00 GMT, perhaps',
  '2026-02-30T25:00:00Z',
])('%j is no date', (text) => {
  expect(at(text)).toBeUndefined();
});

test.each([
  ['76', 2076],
  ['77', 1977],
  ['26', 2026],
])('the two digits %s mean %i', (digits, year) => {
  expect(at(`Sunday, 06-Nov-${digits} 08:49:37 GMT`)).toBe(Date.UTC(year, 10, 6, 8, 49, 37));
});
