import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { intervalChart, lineChart } from '../../experiments/chart.ts';
import { type Experiment, Results, shown } from '../../experiments/experiment.ts';
import { jobsOf, resultsOf } from '../../experiments/job.ts';
import { blockOf, withBlock } from '../../experiments/report.ts';

const experiment: Experiment = {
  name: 'sums',
  title: 'Sums',
  arms: ['one', 'two'],
  setting: ['nothing is simulated'],
  measure: (arm, seed) => Promise.resolve({ numbers: { value: arm === 'one' ? seed : seed * 10 } }),
  findings: (results) => ({
    tables: [{ caption: 'Values', head: ['arm', 'value'], rows: [['one', shown(results.of('one', 'value'), 1)]] }],
    charts: [],
  }),
};

async function measuredWith(seeds: number) {
  const jobs = jobsOf([experiment], seeds, 'small');
  const measured = await Promise.all(jobs.map((job) => experiment.measure(job.arm, job.seed, job.scale)));
  return { jobs, results: resultsOf(experiment, jobs, measured) };
}

test('every arm is run with every seed, and results stand in the order of the seeds', async () => {
  const { jobs, results } = await measuredWith(3);
  expect(jobs).toHaveLength(6);
  expect(results.values('two', 'value')).toEqual([10, 20, 30]);
  expect(results.gain('two', 'one', 'value').mean).toBe(18);
  expect(() => results.values('three', 'value')).toThrow(/no arm "three"/);
  expect(() => results.values('one', 'price')).toThrow(/no measure "price"/);
});

test.each([0, -1, 1.5, Number.NaN])('%d seeds make no sense', (seeds) => {
  expect(() => jobsOf([experiment], seeds, 'small')).toThrow(RangeError);
});

test('series are averaged point by point', () => {
  const series = (values: number[]) => ({ numbers: {}, series: { line: values } });
  const results = new Results(new Map([['one', [series([1, 2, 3]), series([3, 4, 5])]]]));
  expect(results.series('one', 'line')).toEqual([2, 3, 4]);
});

test('figures with one seed have no interval', () => {
  expect(shown({ mean: -0.0001, low: undefined, high: undefined, n: 1 }, 2, ' s')).toBe('0.00 s');
  expect(shown({ mean: 2, low: -1, high: 5, n: 4 }, 1)).toBe('2.0 (−1.0 to 5.0)');
});

test('a second run renews the figures and leaves the words', async () => {
  const { results } = await measuredWith(2);
  const block = blockOf(experiment, experiment.findings(results), { seeds: 2, scale: 'small' });
  expect(block).toContain('seeds 1 to 2, at small scale');
  expect(block).toContain('| one | 1.5 (');
  const page = `# Sums\n\nWords before.\n\n${block}\n\nWords after.\n`;
  const later = withBlock(page, block.replace('1.5', '9.9'), 'sums.md');
  expect(later).toContain('Words before.');
  expect(later).toContain('Words after.');
  expect(later).toContain('9.9');
  expect(later).not.toContain('1.5 (');
  expect(withBlock(later, block, 'sums.md')).toBe(page);
});

test('a page without a place for figures is refused', () => {
  expect(() => withBlock('# Sums\n', 'figures', 'sums.md')).toThrow(/sums\.md has no place/);
});

describe('plots', () => {
  const line = lineChart({
    title: 'Requests <in vain> & others',
    x: { label: 'time, min' },
    y: { label: 'requests a second', from: 0 },
    spans: [{ label: 'outage', from: 1, to: 2 }],
    series: [
      {
        name: 'with',
        points: [
          { x: 0, y: 1, low: 0.5, high: 2 },
          { x: 3, y: 4, low: 3, high: 5 },
        ],
      },
      {
        name: 'without',
        points: [
          { x: 0, y: 2 },
          { x: 3, y: 2 },
        ],
      },
    ],
    dots: true,
  });
  const dots = intervalChart({
    title: 'Answered',
    x: { label: 'answered, %', format: (value) => value.toFixed(2) },
    groups: [{ name: 'plans', rows: [{ label: 'single', value: 99.5, low: 99, high: 99.9 }] }],
  });

  test.each([
    ['of lines', line],
    ['of intervals', dots],
  ])('%s are well formed and stand on a ground of their own', (_, svg) => {
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    expect(svg).toContain('fill="#ffffff"/>');
  });

  test('name their axes with units, and every series', () => {
    for (const text of ['time, min', 'requests a second', 'with', 'without', 'outage'])
      expect(line).toContain(`>${text}<`);
    expect(line).toContain('Requests &lt;in vain&gt; &amp; others');
    for (const text of ['answered, %', 'single', '99.50']) expect(dots).toContain(`>${text}<`);
  });

  test('a logarithmic axis bears the value at its end', () => {
    const svg = lineChart({
      title: 'Needless',
      x: { label: 's' },
      y: { label: '%', scale: 'log', from: 0.01, to: 100 },
      series: [
        {
          name: 'one',
          points: [
            { x: 1, y: 0.01 },
            { x: 2, y: 100 },
          ],
        },
      ],
    });
    expect(svg).not.toContain('NaN');
    expect(svg).toContain('>0.01<');
  });
});
