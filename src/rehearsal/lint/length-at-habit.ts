import { isJsonObject } from '../../model/json.ts';
import { COUNTS } from '../../quality/graders/length.ts';
import type { EvalCase, EvalReport, LintFinding } from '../evals/report.ts';

export const LENGTH_AT_HABIT = 'length-at-habit';

/** The primary's longest answer fills more than this share of the cap … */
const FILLED = 0.8;
/** … and fewer answers than these of the primary say nothing about its habit, … */
const MIN_ANSWERS = 5;
/** … and at least this share of the others' answers is longer, but no more than this many times. */
const LONGER = 0.5;
const MUCH_LONGER = 2;

interface Cap {
  readonly unit: keyof typeof COUNTS;
  readonly max: number;
}

/** Caps that stand right above what the primary happens to write, and that most of the others exceed by a little. */
export function lintLengths(report: EvalReport): LintFinding[] {
  const caps = new Map<string, { cap: Cap; places: { case: EvalCase; assertion: number }[] }>();
  for (const one of report.cases) {
    one.assertions.forEach(({ grader, written }, assertion) => {
      const cap = grader === 'length' ? capOf(written.length) : undefined;
      if (!cap) return;
      const key = `${cap.max} ${cap.unit}`;
      const entry = caps.get(key) ?? { cap, places: [] };
      entry.places.push({ case: one, assertion });
      caps.set(key, entry);
    });
  }
  return [...caps.values()].flatMap(({ cap, places }) => {
    const found = habit(report, cap, new Set(places.map((place) => place.case.id)));
    const [place] = places;
    if (!found || !place) return [];
    return [
      {
        rule: LENGTH_AT_HABIT,
        ...(places.length === 1 ? { case: place.case.id, assertion: place.assertion } : {}),
        message: `${cap.max} ${cap.unit} is just above the primary's longest answer (${found.longest}); ${found.over} of ${found.answers} answers of the others are a little longer`,
        instead: `length: { unit: ${cap.unit}, max: … } with what the place of the answer can hold`,
        by: 'data',
      },
    ];
  });
}

function capOf(options: unknown): Cap | undefined {
  if (!isJsonObject(options)) return undefined;
  const { max, unit = 'words' } = options;
  if (typeof max !== 'number' || max <= 0) return undefined;
  return unit === 'characters' || unit === 'words' || unit === 'sentences' || unit === 'lines'
    ? { max, unit }
    : undefined;
}

function habit({ cells, primary }: EvalReport, { unit, max }: Cap, cases: ReadonlySet<string>) {
  const lengths = (mine: boolean) =>
    cells
      .filter((cell) => cases.has(cell.case) && (cell.target === primary) === mine)
      .flatMap(({ runs }) => runs.flatMap(({ text, error }) => (error ? [] : [COUNTS[unit](text.trim())])));
  const [mine, theirs] = [lengths(true), lengths(false)];
  const longest = mine.reduce((most, length) => Math.max(most, length), 0);
  const over = theirs.filter((length) => length > max);
  const little = over.filter((length) => length <= MUCH_LONGER * max);
  const close = longest <= max && longest >= FILLED * max && mine.length >= MIN_ANSWERS;
  if (!close || theirs.length < MIN_ANSWERS || little.length < LONGER * theirs.length) return undefined;
  return { longest, over: little.length, answers: theirs.length };
}
