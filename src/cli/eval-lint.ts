import type { LintFinding } from '../rehearsal/evals/report.ts';
import { lintAssertions, lintSuite } from '../rehearsal/lint/lint-assertions.ts';
import type { CommandOutcome } from './command.ts';
import { suiteOrReport } from './eval-files.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

/** `understudy eval lint <suite|report>…`: assertions about one model's manner. A report's results are looked at as well. */
export async function evalLint(
  _: Record<string, unknown>,
  output: Output,
  files: readonly string[],
): Promise<CommandOutcome> {
  const found = await Promise.all(files.map(async (file) => ({ file, findings: await lintFile(file) })));
  if (output.json) output.data(JSON.stringify(found, null, 2));
  else for (const { file, findings } of found) output.data(lintText(file, findings));
  return found.every(({ findings }) => findings.length === 0) ? EXIT.ok : EXIT.failed;
}

async function lintFile(file: string): Promise<readonly LintFinding[]> {
  const read = await suiteOrReport(file);
  return 'report' in read ? lintAssertions(read.report) : lintSuite(read.suite);
}

function lintText(file: string, findings: readonly LintFinding[]): string {
  if (findings.length === 0) return `${file}: nothing about one model's manner`;
  const lines = findings.map(({ rule, case: id, assertion, message, instead }) => {
    const place =
      id === undefined ? file : `${file}: ${id}${assertion === undefined ? '' : `, assertion ${assertion + 1}`}`;
    return `${place}: ${rule}: ${message}${instead === undefined ? '' : `\n  instead: ${instead}`}`;
  });
  return lines.join('\n');
}
