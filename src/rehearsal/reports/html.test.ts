import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plausibleReport } from '../../../test/kit/eval-reports.ts';
import { hostileReport } from '../../../test/kit/hostile-report.ts';
import { DIFF_KIND, diffAnswers } from './answer-diff.ts';
import { renderHtml } from './html.ts';
import { buildMatrix } from './matrix.ts';
import { buildPageData, PAGE_LIMITS, type PageLimits } from './page-data.ts';

/** The page's data as its script reads it. */
function dataOf(html: string): unknown {
  const [, json] = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json ?? '');
}

function dataWith(limits: Partial<PageLimits>, cases = 30) {
  const report = plausibleReport({ cases, targets: 3 });
  return buildPageData(report, buildMatrix(report), { ...PAGE_LIMITS, ...limits });
}

test('whatever models answer, the page has its own two scripts, no handler, and data that read back as they were', () => {
  fc.assert(
    fc.property(hostileReport, (report) => {
      const html = renderHtml(report);
      expect(html.match(/<script\b/gi)).toHaveLength(2);
      expect(html.match(/<\/script/gi)).toHaveLength(2);
      const { data } = buildPageData(report, buildMatrix(report), PAGE_LIMITS);
      expect(dataOf(html)).toEqual(JSON.parse(JSON.stringify(data)));
      const markup = html.replace(/<script[\s\S]*?<\/script>|<style>[\s\S]*?<\/style>/g, '');
      for (const tag of markup.match(/<[a-z][^<>]*>/gi) ?? []) {
        expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+\s*=|\sstyle=|\ssrc=|\shref=/i);
      }
      expect(markup).not.toMatch(/<(img|iframe|object|embed|link|base|form)\b/i);
    }),
    { numRuns: 40 },
  );
});

test('the content security policy allows the two blocks by hash and nothing else', () => {
  const html = renderHtml(plausibleReport({ cases: 2, targets: 2 }));
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  expect(policy).toMatch(
    /^default-src 'none'; script-src 'sha256-[\w+/=]{44}'; style-src 'sha256-[\w+/=]{44}'; base-uri 'none'; form-action 'none'$/,
  );
});

test('cards tell verdict, difference, margin, cases and how many are needed', () => {
  const html = renderHtml(plausibleReport({ cases: 6, targets: 3 }));
  expect(html).toContain('<article class="card fail">');
  expect(html).toMatch(/aria-label="95 % interval from −\d+\.\d to [−+]\d+\.\d, margin 5\.0"/);
  expect(html).toMatch(/title="needed for a decision: \d+">6( of \d+)?</);
  expect(html).toContain('data-lint-case="refund-after-30-days"');
});

describe('limits of the page', () => {
  test('an answer said many times stands in it once', () => {
    const { data, cuts } = dataWith({});
    expect(new Set(data.texts).size).toBe(data.texts.length);
    expect(cuts).toEqual([]);
  });

  test('too many cases: those that differ stay, and the cut is named', () => {
    const { data, cuts } = dataWith({ maxCases: 10 }, 60);
    expect(data.cases).toHaveLength(10);
    expect(data.cases.every((one) => one.cells.some((cell) => cell?.outcomes[0]?.differs))).toBe(true);
    expect(cuts).toEqual(['50 cases are left out: this page is limited in 10 cases. The JSON report has all of it.']);
  });

  test('too many answers: outcomes stay, answers of some cases go, and the cut is named', () => {
    const { data, cuts } = dataWith({ maxAnswerBytes: 6_000 });
    const cut = data.cases.filter((one) => one.cut);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.length).toBeLessThan(30);
    for (const one of cut) {
      expect(one.cells.every((cell) => cell?.runs.length === 0)).toBe(true);
      expect(one.cells.every((cell) => cell?.outcomes.length === 4)).toBe(true);
    }
    expect(cuts[0]).toMatch(/^\d+ cases have no answers here/);
  });

  test('a long answer is cut where it is named, and its difference still fits its text', () => {
    const report = plausibleReport({ cases: 1, targets: 2, repeats: 1 });
    const cells = report.cells.map((cell) => ({
      ...cell,
      runs: cell.runs.map((run) => ({ ...run, text: 'word '.repeat(cell.target === report.primary ? 100 : 120) })),
    }));
    const { data, cuts } = buildPageData({ ...report, cells }, buildMatrix({ ...report, cells }), {
      ...PAGE_LIMITS,
      maxAnswerChars: 200,
    });
    const run = data.cases[0]?.cells[1]?.runs[0];
    const text = data.texts[run?.text ?? -1] ?? '';
    expect(text).toMatch(/… \(400 more characters\)$/);
    expect(lengthOf(run?.diff ?? [], DIFF_KIND.added)).toBe(text.length);
    expect(cuts.at(-1)).toMatch(/cut after 200 characters/);
  });

  test('a thousand cases at six targets make a page of a few megabytes', () => {
    const html = renderHtml(plausibleReport({ cases: 1_000, targets: 6, repeats: 2 }));
    expect(html.length).toBeLessThan(10_000_000);
  });
});

/** Length of one of the two texts, told by a difference. */
function lengthOf(diff: readonly number[], side: number): number {
  let length = 0;
  for (let at = 0; at < diff.length; at += 2)
    if (diff[at] === DIFF_KIND.same || diff[at] === side) length += diff[at + 1] ?? 0;
  return length;
}

describe('the difference of two answers', () => {
  test('has both texts in it', () => {
    const words = fc.array(fc.constantFrom('alpha', 'beta', ' ', '\n', 'gamma,', '{', '"x": 1'), { maxLength: 40 });
    const text = words.map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (primary, target) => {
        const diff = diffAnswers(primary, target) ?? [];
        expect(lengthOf(diff, DIFF_KIND.removed)).toBe(primary.length);
        expect(lengthOf(diff, DIFF_KIND.added)).toBe(target.length);
        let [left, right] = [0, 0];
        for (let at = 0; at < diff.length; at += 2) {
          const size = diff[at + 1] ?? 0;
          if (diff[at] === DIFF_KIND.same)
            expect(primary.slice(left, left + size)).toBe(target.slice(right, right + size));
          if (diff[at] !== DIFF_KIND.added) left += size;
          if (diff[at] !== DIFF_KIND.removed) right += size;
        }
      }),
    );
  });

  test('is given up where the texts have nothing in common', () => {
    const text = (word: string) => Array.from({ length: 2_000 }, (_, index) => `${word}${index}`).join(' ');
    expect(diffAnswers(text('a'), text('b'))).toBeUndefined();
  });
});
