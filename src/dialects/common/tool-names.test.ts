import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ToolNameRule, toolNameMap } from './tool-names.ts';

const rule: ToolNameRule = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };
const strictRule: ToolNameRule = { pattern: /^[a-zA-Z0-9_]+$/, maxLength: 16, startsWith: /[a-zA-Z_]/ };

describe('tool names', () => {
  it('stay as they are when the dialect accepts them', () => {
    const map = toolNameMap(['get_weather', 'search-web'], rule);
    expect(map.sent.get('search-web')).toBe('search-web');
    expect(map.back.size).toBe(0);
  });

  it('with a dot are renamed, and only the renamed one has a way back', () => {
    const map = toolNameMap(['files.read', 'ok'], rule);
    expect(map.sent.get('files.read')).toBe('files_read');
    expect([...map.back]).toEqual([['files_read', 'files.read']]);
  });

  it('that become equal are kept apart, and an acceptable name never gives way to a renamed one', () => {
    const map = toolNameMap(['a.b', 'a b', 'a_b'], rule);
    expect(map.sent.get('a_b')).toBe('a_b');
    expect(new Set(map.sent.values()).size).toBe(3);
  });

  it('that begin with a digit get a first letter where the dialect wants one', () => {
    expect(toolNameMap(['7zip'], strictRule).sent.get('7zip')).toBe('_7zip');
  });

  it('refuse a rule without room', () => {
    expect(() => toolNameMap(['a'], { pattern: /./, maxLength: 3 })).toThrow('not 3');
  });

  it.each([rule, strictRule])('always fit the rule, never collide and lead back', (given) => {
    const name = fc.oneof(
      fc.string({ maxLength: 80 }),
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom('a.b', 'a_b', 'a b', 'a_b_2', 'x'.repeat(90), 'x'.repeat(91)),
    );
    fc.assert(
      fc.property(fc.array(name, { maxLength: 30 }), (names) => {
        const map = toolNameMap(names, given);
        const values = [...map.sent.values()];
        expect(new Set(values).size).toBe(new Set(names).size);
        for (const [own, sent] of map.sent) {
          expect(sent).toMatch(given.pattern);
          expect(sent.length).toBeLessThanOrEqual(given.maxLength);
          if (given.startsWith) expect(sent.charAt(0)).toMatch(given.startsWith);
          expect(map.back.get(sent) ?? sent).toBe(own);
        }
      }),
    );
  });
});
