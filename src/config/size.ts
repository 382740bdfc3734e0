const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 };

/** `512B`, `16KiB`, `20MiB`, `1GiB`. */
export const SIZE_PATTERN = /^(\d{1,12}(?:\.\d{1,3})?)(B|KiB|MiB|GiB)$/;

/** Bytes, rounded; undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit] = SIZE_PATTERN.exec(text) ?? [];
  const factor = unit === undefined ? undefined : UNITS[unit];
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor);
}

/** The shortest text that `parseSize` reads as the same number. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of Object.entries(UNITS).reverse()) {
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor}${unit}`;
  }
  return `${bytes}B`;
}
