/** Told to whoever watches, with the seconds since the start. */
export function progress(text: string): void {
  process.stderr.write(`${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${text}\n`);
}
