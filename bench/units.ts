import type { Figure } from './figure.ts';
import type { Spread } from './ratios.ts';

type Unit = Figure['unit'] | 'times';

const SIGNS: Readonly<Record<Unit, string>> = {
  us: ' µs',
  ms: ' ms',
  KiB: ' KiB',
  MiB: ' MiB',
  '1/s': ' / s',
  count: '',
  ratio: '',
  times: ' ×',
};

/** Three digits tell apart what can be told apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return value.toFixed(0);
  return value.toFixed(size >= 10 ? 1 : size >= 0.1 ? 2 : 3);
}

export function valueText(value: number, unit: Unit): string {
  return `${numberText(value)}${SIGNS[unit]}`;
}

/** `2.05 × (1.98–2.11)`; the range is left out where there is one value. */
export function spreadText({ median, low, high }: Spread, unit: Unit): string {
  const range = low === high ? '' : ` (${numberText(low)}–${numberText(high)})`;
  return `${valueText(median, unit)}${range}`;
}
