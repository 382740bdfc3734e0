// Counts answers that are no ticket: in the report of `understudy eval run`, by target.
import { readFileSync } from 'node:fs';

const { primary, cases, cells } = JSON.parse(readFileSync(process.argv[2] ?? 'report-ticket.json', 'utf8'));
const assertionsOf = new Map(cases.map(({ id, assertions }) => [id, assertions]));
const counts = new Map();

for (const cell of cells) {
  const count = counts.get(cell.target) ?? { malformed: 0, answers: 0 };
  for (const { results } of cell.runs) {
    const shapes = results.filter((_, at) => assertionsOf.get(cell.case)?.[at]?.metric === 'shape');
    count.answers += 1;
    if (shapes.some((result) => !result?.pass)) count.malformed += 1;
  }
  counts.set(cell.target, count);
}

const share = ({ malformed, answers }) => `${malformed} of ${answers} (${Math.round((100 * malformed) / answers)} %)`;
for (const [target, count] of counts) console.log(`${target}: malformed ${share(count)}`);
const standIns = [...counts].filter(([target]) => target !== primary).map(([, count]) => count);
const all = standIns.reduce((sum, one) => ({
  malformed: sum.malformed + one.malformed,
  answers: sum.answers + one.answers,
}));
console.log(`all who could stand in: malformed ${share(all)}`);
