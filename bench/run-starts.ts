import { MUST_SERVE } from './cases.ts';
import type { BenchContestant } from './contestants.ts';
import type { Figure } from './figure.ts';
import type { MeasuredProcess } from './measured-process.ts';

export const START = 'start';
export const COLD = 'start to ready, new';
export const WARM = 'start to ready, again';
export const RSS_IDLE = 'RSS idle';
export const RSS_AFTER = 'RSS after the run';

/** A peer that takes longer than this to start is started once only. */
const SLOW_MS = 5_000;

export interface Starts {
  readonly figures: readonly Figure[];
  /** Peers that did not start, and what they said. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Starts and ends each of them in every round, twice where a start leaves something behind: the time until it serves, and
 * what it holds before the first request. The files are in the machine's memory both times.
 */
export async function runStarts(
  contestants: readonly BenchContestant[],
  { rounds, providerUrl }: { readonly rounds: number; readonly providerUrl: string },
  progress: (text: string) => void,
): Promise<Starts> {
  const figures: Figure[] = [];
  const slow = new Set<string>();
  const failed = new Map<string, string>();
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      const { name } = contestant;
      if (slow.has(name) || failed.has(name)) continue;
      progress(`start ${round + 1} of ${rounds}: ${name}`);
      try {
        figures.push(...(await startOf(contestant, providerUrl, round)));
      } catch (error) {
        if (MUST_SERVE.has(name)) throw error;
        failed.set(name, `does not start: ${String(error).slice(0, MAX_REASON_CHARS)}`);
      }
      if (!MUST_SERVE.has(name) && isSlow(figures, name)) slow.add(name);
    }
  }
  return { figures, failed };
}

const MAX_REASON_CHARS = 300;

function isSlow(figures: readonly Figure[], name: string): boolean {
  return figures.some(({ contestant, metric, value }) => contestant === name && metric === COLD && value > SLOW_MS);
}

async function startOf(contestant: BenchContestant, providerUrl: string, round: number): Promise<Figure[]> {
  const figure = figureOf(contestant.name, round);
  const first = await contestant.start(providerUrl);
  const { rssBytes } = await first.usage();
  await first.stop();
  const figures = [figure(COLD, 'ms', first.readyMs), figure(RSS_IDLE, 'MiB', rssBytes / 2 ** 20)];
  if (contestant.restart === undefined) return figures;
  const second = await contestant.restart(providerUrl);
  await second.stop();
  return [...figures, figure(WARM, 'ms', second.readyMs)];
}

/** What each holds once everything has been asked of it. */
export async function memoryAfter(between: ReadonlyMap<string, MeasuredProcess>): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, process] of between) {
    const { rssBytes } = await process.usage();
    figures.push(figureOf(name, 0)(RSS_AFTER, 'MiB', rssBytes / 2 ** 20));
  }
  return figures;
}

function figureOf(contestant: string, round: number) {
  return (metric: string, unit: Figure['unit'], value: number): Figure => ({
    scenario: START,
    contestant,
    metric,
    unit,
    round,
    value,
  });
}
