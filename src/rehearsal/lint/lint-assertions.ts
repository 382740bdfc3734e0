import type { JsonObject } from '../../model/json.ts';
import { canonicalJson } from '../../quality/receipts/canonical-json.ts';
import type { EvalReport, LintFinding } from '../evals/report.ts';
import { assertionsOf, type EvalSuite } from '../evals/suite.ts';
import { lintByData } from './by-data.ts';
import { FORM_RULES } from './form-rules.ts';
import { lintLengths } from './length-at-habit.ts';
import type { LintRule } from './lint-rule.ts';
import { lintSubject } from './lint-subject.ts';
import { WORDING_RULES } from './wording-rules.ts';

/** Every rule that needs no results. */
export const LINT_RULES: readonly LintRule[] = [...WORDING_RULES, ...FORM_RULES];

/** Findings beyond these are of the same kind, and nobody reads on. */
export const MAX_FINDINGS = 200;

interface Judged {
  readonly id: string;
  readonly assertions: readonly { readonly grader: string; readonly written: JsonObject }[];
}

/** What the texts of a suite's assertions give away, before anything is run. */
export function lintSuite(suite: EvalSuite): LintFinding[] {
  return byRule(suite.cases.map((one) => ({ id: one.id, assertions: assertionsOf(one) })));
}

/** The same of a report, and what its results give away. */
export function lintAssertions(report: EvalReport): LintFinding[] {
  const found = [...byRule(report.cases), ...lintLengths(report), ...lintByData(report)];
  return found.slice(0, MAX_FINDINGS);
}

/** The same assertion in many cases is one finding, told of its first case. */
function byRule(cases: readonly Judged[]): LintFinding[] {
  const findings: LintFinding[] = [];
  const seen = new Set<string>();
  for (const { id, assertions } of cases) {
    for (const [assertion, { grader, written }] of assertions.entries()) {
      const key = canonicalJson(written);
      if (seen.has(key) || findings.length >= MAX_FINDINGS) continue;
      seen.add(key);
      const subject = lintSubject(grader, written);
      for (const rule of LINT_RULES) {
        const words = rule.find(subject);
        if (words) findings.push({ rule: rule.name, case: id, assertion, ...words, by: 'rule' });
      }
    }
  }
  return findings;
}
