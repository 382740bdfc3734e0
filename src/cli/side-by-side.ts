import { diffArrays } from 'diff';
import pc from 'picocolors';

/** One side of a comparison. */
export interface Side {
  readonly heading: string;
  readonly text: string;
}

const GAP = ' │ ';
const LEAST_COLUMN = 20;

/** Two texts beside each other, line by line; lines that only one of them has are coloured where a terminal can. */
export function sideBySide(left: Side, right: Side, width: number): string {
  const column = Math.max(LEAST_COLUMN, Math.floor((width - GAP.length) / 2));
  const rows = rowsOf(left.heading.split('\n'), right.heading.split('\n'), column, false).map((row) => pc.bold(row));
  rows.push(`${'─'.repeat(column)}─┼─${'─'.repeat(column)}`);
  const changes = diffArrays(left.text.split('\n'), right.text.split('\n'));
  for (let at = 0; at < changes.length; at += 1) {
    const change = changes[at];
    const next = changes[at + 1];
    if (!change) continue;
    if (change.removed && next?.added) {
      rows.push(...rowsOf(change.value, next.value, column, true));
      at += 1;
    } else if (change.removed) rows.push(...rowsOf(change.value, [], column, true));
    else if (change.added) rows.push(...rowsOf([], change.value, column, true));
    else rows.push(...rowsOf(change.value, change.value, column, false));
  }
  return rows.join('\n');
}

function rowsOf(left: readonly string[], right: readonly string[], column: number, differs: boolean): string[] {
  const rows: string[] = [];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const [ours, theirs] = [wrapped(left[at], column), wrapped(right[at], column)];
    for (let line = 0; line < Math.max(ours.length, theirs.length); line += 1) {
      const [a, b] = [(ours[line] ?? '').padEnd(column), theirs[line] ?? ''];
      rows.push(differs ? `${pc.red(a)}${GAP}${pc.green(b)}` : `${a}${GAP}${b}`);
    }
  }
  return rows;
}

function wrapped(text: string | undefined, column: number): string[] {
  if (text === undefined) return [];
  const lines: string[] = [];
  for (let rest = text; ; ) {
    if (rest.length <= column) return [...lines, rest];
    const space = rest.lastIndexOf(' ', column);
    const cut = space > 0 ? space : column;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(space > 0 ? cut + 1 : cut);
  }
}
