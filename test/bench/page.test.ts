import { XMLParser } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { CASES } from '../../bench/cases.ts';
import type { Figure } from '../../bench/figure.ts';
import { pageOf } from '../../bench/page.ts';
import { plotsOf } from '../../bench/plots.ts';
import { type Results, storedText } from '../../bench/results.ts';
import { CPU_A_REQUEST, CPU_AN_EVENT } from '../../bench/run-cases.ts';
import { tables } from '../../bench/tables.ts';

const SAME = 'openai-chat → openai-chat';
const STREAM = CASES.find(({ events }) => events === 200);
if (!STREAM) throw new Error('no case');

const at = (contestant: string, metric: string, value: number, round = 0): Figure => ({
  scenario: STREAM.name,
  contestant,
  metric,
  unit: 'us',
  round,
  value,
});

const late = (contestant: string, metric: string, value: number): Figure => ({
  ...at(contestant, metric, value),
  scenario: 'added latency',
});

const RESULTS: Results = {
  at: '2026-01-02T03:04:05.000Z',
  node: 'v24.1.0',
  machine: { cpu: 'A <fast> CPU', cores: 2, memoryGiB: 7.5, system: 'linux 6', loadBefore: 0.1 },
  command: 'npm run bench -- --write',
  rounds: 2,
  quick: false,
  versions: { 'bare proxy': 'fastify 5', understudy: '0.1.0' },
  leftOut: [{ name: 'bifrost', reason: 'cannot be installed: 403' }],
  failures: [],
  figures: [0, 1].flatMap((round) => [
    at(`bare proxy: ${SAME}`, CPU_A_REQUEST, 4_000, round),
    at(`bare proxy: ${SAME}`, CPU_AN_EVENT, 20, round),
    at(`understudy: ${SAME}`, CPU_A_REQUEST, 6_000 + round * 200, round),
    at(`understudy: ${SAME}`, CPU_AN_EVENT, 30 + round, round),
    at(`understudy: ${SAME}`, 'p50', 1_010_000, round),
    at(`understudy: ${SAME}`, 'p99', 1_020_000, round),
    ...[50, 99].flatMap((quantile) => [
      late('direct', `p${quantile}, provider 20 ms`, 20_000 + quantile),
      late('understudy', `p${quantile}, provider 20 ms`, 20_300 + quantile * 5),
    ]),
  ]),
};

test('a way stands beside the bare proxy with the median of its rounds and their range', () => {
  expect(tables(RESULTS)).toContain(
    `| understudy: ${SAME} | 6100 µs (30.5 µs) | 1.52 × (1.50–1.55) | 1010 / 1020 ms |`,
  );
});

test('what a peer failed at stands beside its latency', () => {
  const failed: Figure = { ...at(`portkey: ${SAME}`, 'failed', 3), unit: 'count' };
  expect(tables({ ...RESULTS, figures: [...RESULTS.figures, failed] })).toMatch(/portkey: .*3 failed/);
});

test('a scenario tells what it does, and has its figures down and its contestants across', () => {
  const text = tables(RESULTS);
  expect(text).toContain('| figure | direct | understudy |');
  expect(text).toContain('| p99, provider 20 ms | 20099 µs | 20795 µs |');
  expect(text).toMatch(/### added latency\n\n\d+ requests a second/);
});

describe('the page', () => {
  test('keeps what is written by hand, and nothing of what was measured before', () => {
    const before = '# Benchmarks\n\nold table\n\n## Where the rest goes\n\nBy hand.\n';
    const page = pageOf([RESULTS], [], before);
    expect(page).not.toContain('old table');
    expect(page.endsWith('## Where the rest goes\n\nBy hand.\n')).toBe(true);
    expect(pageOf([RESULTS], [], page)).toBe(page);
  });

  test('says which goals nobody measured, who was left out, and on what it was measured', () => {
    const page = pageOf([RESULTS], [], '');
    expect(page).toContain(
      '| CPU a stream event, beside the bare proxy that parses each | ≤ 1.50 × | 1.52 × (1.50–1.55) | **no** |',
    );
    expect(page).toMatch(/start to ready, warm \| ≤ 1000 ms \| not measured/);
    expect(page).toContain('- bifrost: left out, it cannot be installed: 403');
    expect(page).toContain('2 × A <fast> CPU, 7.5 GiB, linux 6');
  });

  test('of a quick edition says that its figures mean nothing', () => {
    expect(pageOf([{ ...RESULTS, quick: true }], [], '')).toContain('the figures mean nothing');
    expect(pageOf([RESULTS], [], '')).not.toContain('the figures mean nothing');
  });
});

test('stored results are read back as they were', () => {
  expect(JSON.parse(storedText(RESULTS))).toEqual(RESULTS);
});

test('plots are whole XML, with one row a contestant and one line a latency', () => {
  const plots = plotsOf([RESULTS]);
  expect(plots.map(({ name }) => name)).toEqual(['bench-cpu-stream-of-200-events.svg', 'bench-latency.svg']);
  const [cpu, latency] = plots.map(({ svg }) => new XMLParser({ ignoreAttributes: false }).parse(svg, true).svg);
  expect(cpu.circle).toHaveLength(2);
  expect(latency.path.filter((path: { '@_stroke'?: string }) => path['@_stroke'])).toHaveLength(2);
  expect(JSON.stringify([cpu, latency])).not.toMatch(/NaN|Infinity|undefined/);
});
