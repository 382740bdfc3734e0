/** Microseconds of a clock that all processes of the machine share and nobody sets. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
