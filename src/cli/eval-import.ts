import type { CommandOutcome } from './command.ts';
import { evalImportJsonl, evalImportLedger, type ImportCasesOptions } from './eval-import-cases.ts';
import { evalImportPromptfoo, type ImportPromptfooOptions } from './eval-import-promptfoo.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy eval import <from> [file]`: writes a suite. */
export async function evalImport(
  options: ImportCasesOptions & ImportPromptfooOptions,
  output: Output,
  [from, file = '']: readonly string[],
): Promise<CommandOutcome> {
  switch (from) {
    case 'jsonl':
      return evalImportJsonl(options, output, file);
    case 'ledger':
      return evalImportLedger(options, output);
    default:
      if (file === '') throw new CommandError(EXIT.usage, 'name the file: understudy eval import promptfoo <file>');
      return evalImportPromptfoo(options, output, file);
  }
}
