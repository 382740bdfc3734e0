import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Subject } from './subject.ts';

/** Inputs that reached code which no input before them had reached: one JSON string a line, one file a subject. */
function fileOf(subject: Subject): string {
  return fileURLToPath(new URL(`corpus/${subject.name.replace('/', '-')}.jsonl`, import.meta.url));
}

export function readCorpus(subject: Subject): string[] {
  const file = fileOf(subject);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
}

export function writeCorpus(subject: Subject, inputs: readonly string[]): void {
  const lines = [...new Set(inputs)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  // Escaped, because lone surrogates do not survive UTF-8.
  const escaped = lines.map((input) =>
    JSON.stringify(input).replace(
      /[\u007f-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
  writeFileSync(fileOf(subject), escaped.map((line) => `${line}\n`).join(''));
}
