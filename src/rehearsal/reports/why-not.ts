import type { MatrixCell, MatrixRow } from './matrix.ts';
import { runOutcome } from './outcome.ts';

/** What was found wanting, each once, whatever repeat it was in. */
export function whyNot(row: MatrixRow, { cell }: MatrixCell): string[] {
  const found = (cell?.runs ?? []).flatMap((run) => {
    if (run.error) return [`no answer: ${run.error.message}`];
    if (runOutcome(run, row.case.assertions).kind !== 'judged') return [];
    return run.results.flatMap((result, at) => {
      if (result === null || result.pass) return [];
      const assertion = row.case.assertions[at];
      return [`${assertion?.metric ?? ''}: ${assertion?.label ?? ''}: ${result.because}`];
    });
  });
  return [...new Set(found)];
}
