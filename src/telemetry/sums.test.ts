import { describe, expect, it } from 'vitest';
import { CounterFamily, HistogramFamily } from './sums.ts';

describe('sums in the Prometheus text format', () => {
  it('a counter has a line for each combination of labels, quotes and line ends escaped', () => {
    const family = new CounterFamily('asked_total', 'Questions.', ['who', 'how']);
    expect(family.text()).toBe('# HELP asked_total Questions.\n# TYPE asked_total counter\n');
    family.of('me', 'loud').add(2);
    family.of('me', 'loud').add(0.5);
    family.of('a "b"\n\\c', 'low').add(1);
    expect(family.text()).toBe(
      '# HELP asked_total Questions.\n# TYPE asked_total counter\n' +
        'asked_total{who="me",how="loud"} 2.5\n' +
        'asked_total{who="a \\"b\\"\\n\\\\c",how="low"} 1\n',
    );
  });

  it('a histogram counts at each bound what lies at or below it', () => {
    const family = new HistogramFamily('took_seconds', 'Time.', ['who'], [0.1, 1]);
    for (const value of [0.05, 0.1, 0.5, 3]) family.of('me').observe(value);
    expect(family.text()).toBe(
      '# HELP took_seconds Time.\n# TYPE took_seconds histogram\n' +
        'took_seconds_bucket{le="0.1",who="me"} 2\n' +
        'took_seconds_bucket{le="1",who="me"} 3\n' +
        'took_seconds_bucket{le="+Inf",who="me"} 4\n' +
        'took_seconds_sum{who="me"} 3.65\n' +
        'took_seconds_count{who="me"} 4\n',
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a counter refuses %s', (amount) => {
    const series = new CounterFamily('asked_total', 'Questions.', ['who']).of('me');
    expect(() => series.add(amount)).toThrow(RangeError);
  });

  it('a histogram refuses what is no finite number', () => {
    const series = new HistogramFamily('took_seconds', 'Time.', ['who'], [1]).of('me');
    expect(() => series.observe(Number.NaN)).toThrow(RangeError);
  });
});
