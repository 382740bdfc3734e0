import { lineChart } from '../../experiments/chart.ts';
import type { Soaked } from './verdict.ts';

const MINUTE_MS = 60_000;
const MEBIBYTE = 2 ** 20;

/** Memory and sockets over the run; the spans are those in which the stalled readers were there. */
export function plotOf({ samples, phases, timetable }: Pick<Soaked, 'samples' | 'phases' | 'timetable'>): string {
  const series = (name: string, figure: (sample: Soaked['samples'][number]) => number) => ({
    name,
    points: samples.map((sample) => ({ x: sample.atMs / MINUTE_MS, y: figure(sample) })),
  });
  return lineChart({
    title: `${Math.round(timetable.totalMs / MINUTE_MS)} minutes of everything that can go wrong`,
    x: { label: 'minutes; shaded: with stalled readers', from: 0, to: timetable.totalMs / MINUTE_MS },
    y: { label: 'MiB, or number', from: 0 },
    series: [
      series('RSS, MiB', ({ rssBytes }) => rssBytes / MEBIBYTE),
      series('heap, MiB', ({ heapBytes }) => heapBytes / MEBIBYTE),
      series('open requests', ({ openRequests }) => openRequests),
      series('timers', ({ timers }) => timers),
    ],
    spans: phases
      .filter(({ stalled }) => stalled)
      .map(({ fromMs, untilMs }) => ({ label: '', from: fromMs / MINUTE_MS, to: untilMs / MINUTE_MS })),
  });
}
