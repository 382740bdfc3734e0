import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { promptSchema } from '../../src/config/prompts/prompt-schema.ts';
import { readPrompt } from '../../src/config/prompts/read-prompt.ts';
import { LAYOUT_RULES } from '../../src/quality/prompts/layout-rules.ts';
import { MODEL_FAMILIES } from '../../src/quality/prompts/model-family.ts';

const page = readFileSync(new URL('../../docs/prompts.md', import.meta.url), 'utf8');

test('the page lists every rule with its reason and its source, and no other', () => {
  const rows = page.split('\n').filter((line) => /\| \[page\]\(https:\S+\) \|$/.test(line));
  expect(rows).toEqual(LAYOUT_RULES.map(({ name, why, source }) => `| \`${name}\` | ${why} | [page](${source}) |`));
});

test('every prompt that the page shows is one', () => {
  const shown = [...page.matchAll(/^```yaml prompt\n([\s\S]*?)^```/gm)].map(([, text]) => text ?? '');
  expect(shown.length).toBeGreaterThan(1);
  for (const text of shown) {
    const read = readPrompt(text, 'docs/prompts.md', 'shown');
    expect(read.ok ? [] : read.problems.map(({ message }) => message)).toEqual([]);
  }
});

test('the page names every field and every family', () => {
  for (const field of Object.keys(promptSchema.shape)) expect(page).toContain(`\`${field}\``);
  for (const family of MODEL_FAMILIES) expect(page).toContain(`\`${family}\``);
});
