import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import type { ConfigProblem, Path } from './problems.ts';

/** Aliases that one file may expand to; ordinary files use a handful. */
const maxAliases = 100;

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a YAML text says, and where it says it. */
export interface YamlText {
  readonly value: unknown;
  /** Where the value at a path begins, or the nearest place above it; `key` asks for the name rather than the value. */
  position(path: Path, at?: 'key' | 'value'): Position;
}

/** Reads YAML 1.2 with merge keys. Gives the value, or every syntax problem in words of ours (none quotes the text). */
export function readYaml(
  text: string,
  file: string,
): { readonly yaml: YamlText } | { readonly problems: readonly ConfigProblem[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, merge: true });
  if (document.errors.length > 0) {
    return { problems: document.errors.map((error) => syntaxProblem(error.code, file, place(lines, error.pos[0]))) };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases });
    return { yaml: { value, position: (path, at = 'value') => place(lines, offset(document, path, at)) } };
  } catch {
    // Nothing else throws here: the text itself was read without an error.
    return { problems: [{ file, ...place(lines, firstUnknownAlias(document)), path: '', ...ALIAS_TROUBLE }] };
  }
}

const ALIAS_TROUBLE = {
  message: `the aliases cannot be expanded: unknown ones, or more than ${maxAliases}`,
  fix: 'write the values out',
};

/** The parser's own messages quote the text, which may be a key pasted into the wrong place. */
const SYNTAX: Readonly<Record<string, { message: string; fix?: string }>> = {
  DUPLICATE_KEY: { message: 'the same name stands here twice', fix: 'remove one of the two: only one would count' },
  TAB_AS_INDENT: { message: 'a tab cannot indent YAML', fix: 'indent with spaces' },
  BAD_INDENT: { message: 'the indentation fits nothing above', fix: 'align it with its neighbours' },
  MISSING_CHAR: { message: 'a closing quote, bracket or brace is missing' },
  MULTIPLE_DOCS: { message: 'the file holds more than one document', fix: 'remove the line ---' },
  BAD_ALIAS: ALIAS_TROUBLE,
};

function firstUnknownAlias(document: Document): number {
  let found = 0;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = start(alias) ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

function syntaxProblem(code: string, file: string, position: Position): ConfigProblem {
  const known = SYNTAX[code] ?? { message: `this is no YAML (${code.toLowerCase().replaceAll('_', ' ')})` };
  return { file, ...position, path: '', ...known };
}

function place(lines: LineCounter, at: number): Position {
  const { line, col } = lines.linePos(at);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function offset(document: Document, path: Path, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let best = start(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const found = stepInto(document, node, step);
    if (!found) return best;
    const wanted = index === path.length - 1 && at === 'key' ? found.key : found.value;
    best = start(wanted) ?? start(found.key) ?? best;
    node = found.value;
  }
  return best;
}

function stepInto(
  document: Document,
  from: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  const node = isAlias(from) ? from.resolve(document) : from;
  if (isSeq(node)) {
    const value = typeof step === 'number' ? node.items[step] : undefined;
    return value === undefined ? undefined : { value };
  }
  if (!isMap(node)) return undefined;
  return node.items.filter(isPair).find(({ key }) => String(isScalar(key) ? key.value : key) === String(step));
}

function start(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
