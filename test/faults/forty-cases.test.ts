import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('README.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, number, what, shown]) => ({
  number: Number(number),
  what: what ?? '',
  shown: shown ?? '',
}));
/** `file` › name, up to the next one. */
const references = rows.flatMap(({ number, shown }) =>
  [...shown.matchAll(/`([^`]+)` › ([^;]+?)(?=; `|\. Issue: |$)/g)].map(([, file, name]) => ({
    number,
    file: file ?? '',
    name: name ?? '',
  })),
);

describe('the page of forty cases', () => {
  it('has each case once, in order', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
  });

  it.each(rows)('case $number names a test or an issue', ({ number, shown }) => {
    const named = references.filter((reference) => reference.number === number);
    expect(named.length > 0 || /^Issue: /.test(shown)).toBe(true);
    // Whatever is not read as a reference would be a reference that nobody checks.
    const left = named.reduce((text, { file, name }) => text.replace(`\`${file}\` › ${name}`, ''), shown);
    expect(left.replace(/(^|\. )Issue: .+$/, '').replace(/[; ]/g, '')).toBe('');
  });

  it.each(references)('case $number: $file › $name is there', ({ file, name }) => {
    const path = new URL(`../../${file}`, import.meta.url);
    expect(existsSync(path), `${file} exists`).toBe(true);
    expect(readFileSync(path, 'utf8')).toContain(name);
  });
});
