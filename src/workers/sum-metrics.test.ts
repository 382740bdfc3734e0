import fc from 'fast-check';
import { Counter, Gauge, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { MetricsBook } from './keeper-books.ts';
import { addFamilies, readFamilies, writeFamilies } from './sum-metrics.ts';

const REQUESTS = 'understudy_requests_total';
const FIGURES = { configured: 2, serving: 2, restarts: 0 };
const page = (text: string) => ({ contentType: 'text/plain', text });
const requests = (value: number) =>
  page(`# HELP ${REQUESTS} Requests by outcome.\n# TYPE ${REQUESTS} counter\n${REQUESTS}{route="a"} ${value}\n`);

function told(text: string, sample: string): number | undefined {
  for (const { samples } of readFamilies(text).values()) if (samples.has(sample)) return samples.get(sample);
  return undefined;
}

describe('metrics of several workers', () => {
  it('what prom-client writes comes back as it was, whatever the labels hold', async () => {
    const label = fc.stringMatching(/^[ -~\n]{0,20}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(label, fc.double({ noNaN: true, min: 0, max: 1e12 })), { maxLength: 8 }),
        async (rows) => {
          const registry = new Registry();
          const counter = new Counter({
            name: 'a_total',
            help: 'A {thing} "it" counts.',
            labelNames: ['of'],
            registers: [registry],
          });
          new Gauge({ name: 'b', help: 'b', registers: [registry] }).set(-1.5);
          for (const [of, value] of rows) counter.inc({ of }, value);
          const before = readFamilies(await registry.metrics());
          expect(readFamilies(writeFamilies(before))).toEqual(before);
          expect(before.get('a_total')?.samples.size).toBe(new Set(rows.map(([of]) => of)).size);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('counters, histograms and most gauges are summed; a breaker is told as the worst that somebody sees', () => {
    const one = readFamilies(
      '# TYPE t histogram\nt_bucket{le="+Inf"} 2\nt_sum 1.5\nt_count 2\n# TYPE understudy_breaker_state gauge\nunderstudy_breaker_state{lane="a"} 3\n# TYPE g gauge\ng 4\n',
    );
    const other = readFamilies(
      '# TYPE t histogram\nt_bucket{le="+Inf"} 1\nt_sum 1\nt_count 1\n# TYPE understudy_breaker_state gauge\nunderstudy_breaker_state{lane="a"} 0\n# TYPE g gauge\ng 5\n',
    );
    addFamilies(one, other);
    const text = writeFamilies(one);
    expect(text).toContain('t_bucket{le="+Inf"} 3\nt_sum 2.5\nt_count 3\n');
    expect(text).toContain('understudy_breaker_state{lane="a"} 3\n');
    expect(text).toContain('g 9\n');
  });

  it('a sum never falls, although a worker dies and its successor begins at nothing', () => {
    const book = new MetricsBook();
    const sum = (...of: readonly (readonly [number, number])[]) =>
      told(
        book.sum(new Map(of.map(([index, value]) => [index, requests(value)])), FIGURES).text,
        `${REQUESTS}{route="a"}`,
      );
    expect(sum([0, 10], [1, 5])).toBe(15);
    book.died(1);
    expect(sum([0, 10])).toBe(15);
    expect(sum([0, 11], [1, 2])).toBe(18);
    // One that does not answer in time has what it had.
    expect(sum([0, 12])).toBe(19);
  });

  it('says how many workers serve, and how many were replaced', () => {
    const { text } = new MetricsBook().sum(new Map(), { configured: 4, serving: 3, restarts: 7 });
    expect(told(text, 'understudy_workers')).toBe(3);
    expect(told(text, 'understudy_workers_configured')).toBe(4);
    expect(told(text, 'understudy_worker_restarts_total')).toBe(7);
  });
});
