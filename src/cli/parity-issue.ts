import type { CommandOutcome } from './command.ts';
import { suiteOrReport } from './eval-files.ts';
import { EXIT } from './exit-codes.ts';
import { issuedLines, issueReceipts } from './issue-receipts.ts';
import { loadResolved } from './load.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy parity issue <report…>`: receipts of evaluations that were run before. Exit code 1 where a report gives none. */
export async function parityIssue(
  options: { readonly config?: string },
  output: Output,
  files: readonly string[],
): Promise<CommandOutcome> {
  const config = await loadResolved(options.config);
  if (!config) throw new CommandError(EXIT.usage, 'no configuration file and no provider key in the environment');
  const reports = await Promise.all(
    files.map(async (file) => {
      const found = await suiteOrReport(file);
      if ('report' in found) return found.report;
      throw new CommandError(EXIT.usage, `${file} is a suite; \`understudy eval run\` makes a report of it with --out`);
    }),
  );
  const issued = await issueReceipts(reports, config, Date.now());
  if (output.json) output.data(JSON.stringify(issued, null, 2));
  else for (const line of issuedLines(issued)) output.data(line);
  return issued.withheld.length === 0 && issued.written.length > 0 ? EXIT.ok : EXIT.failed;
}
