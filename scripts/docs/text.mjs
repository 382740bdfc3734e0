// Small tools for the generated pages.

/** A table of Markdown; a bar inside a cell would end it. */
export function table(head, rows) {
  const line = (cells) =>
    `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** First word of a generated page, so that nobody edits it by hand. */
export function generatedFrom(source) {
  return `<!-- Generated from ${source}. Run \`npm run docs\` after a change there. -->`;
}

/** The entry, or an error that says where it is missing: a page must not print \`undefined\`. */
export function entryOf(map, key, where) {
  const entry = map[key];
  if (entry === undefined) throw new Error(`${where} says nothing of "${key}"; add it`);
  return entry;
}
