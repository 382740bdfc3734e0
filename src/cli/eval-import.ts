import type { CommandOutcome } from './command.ts';
import { evalImportPromptfoo, type ImportPromptfooOptions } from './eval-import-promptfoo.ts';
import type { Output } from './output.ts';

/** `understudy eval import <from> <file>`. */
export async function evalImport(
  options: ImportPromptfooOptions,
  output: Output,
  [_from, file = '']: readonly string[],
): Promise<CommandOutcome> {
  return evalImportPromptfoo(options, output, file);
}
