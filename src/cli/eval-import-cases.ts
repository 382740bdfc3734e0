import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { casesFromJsonl, casesFromKept, type Imported, suiteText } from '../rehearsal/evals/import-cases.ts';
import { readSuite } from '../rehearsal/evals/read-suite.ts';
import { ConversationReader } from '../storage/conversation-reader.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { ledgerFile } from './ledger-file.ts';
import { CommandError, type Output } from './output.ts';

/** The mark that a caller puts into `metadata` of a response that may become a case. */
const EVAL_MARK = 'understudy_eval=yes';
const DEFAULT_LIMIT = 200;

export interface ImportCasesOptions {
  readonly config?: string;
  readonly storage?: string;
  readonly name?: string;
  readonly prompt?: string;
  readonly route?: string;
  readonly metadata?: string;
  readonly limit?: number;
  readonly out?: string;
}

/** `understudy eval import jsonl <file>`: a suite from lines that somebody wrote down. */
export async function evalImportJsonl(
  options: ImportCasesOptions,
  output: Output,
  file: string,
): Promise<CommandOutcome> {
  if (file === '') throw new CommandError(EXIT.usage, 'name the file: understudy eval import jsonl <file>');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CommandError(EXIT.usage, `${file}: cannot be read`);
  });
  return written(casesFromJsonl(text), { name: nameFrom(file), none: 'no line became a case' }, options, output);
}

/** `understudy eval import ledger`: a suite from responses that callers had the gateway keep, and marked. */
export async function evalImportLedger(options: ImportCasesOptions, output: Output): Promise<CommandOutcome> {
  const mark = options.metadata ?? EVAL_MARK;
  const [name = '', value = ''] = mark.split('=');
  if (!/^[\w.-]{1,64}$/.test(name) || value === '')
    throw new CommandError(EXIT.usage, `--metadata: write name=value, e.g. ${EVAL_MARK}`);
  const reader = new ConversationReader(await ledgerFile(options));
  try {
    const imported = casesFromKept(reader.marked({ name, value }, options.limit ?? DEFAULT_LIMIT));
    return await written(imported, { name: 'imported', none: `no kept response is marked ${mark}` }, options, output);
  } finally {
    reader.close();
  }
}

async function written(
  { cases, skipped }: Imported,
  words: { readonly name: string; readonly none: string },
  options: ImportCasesOptions,
  output: Output,
): Promise<CommandOutcome> {
  for (const { place, why } of skipped) output.say(`left out ${place}: ${why}`);
  if (cases.length === 0) {
    output.say(words.none);
    return EXIT.failed;
  }
  const { out } = options;
  const text = suiteText(options.name ?? words.name, subjectOf(options), cases);
  // What is written has to be read again.
  readSuite(text, out ?? words.name);
  if (out === undefined) output.data(text.trimEnd());
  else {
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, text, { flag: 'wx' }).catch((error: unknown) => refuseOverwriting(error, out));
    output.say(`wrote ${cases.length} cases to ${out}; look through what they demand`);
  }
  return EXIT.ok;
}

function subjectOf({ prompt, route }: ImportCasesOptions): { prompt?: string; route?: string } {
  if (prompt === undefined && route === undefined)
    throw new CommandError(EXIT.usage, 'name what the cases are for: --route <name>, --prompt <name>, or both');
  return { ...(prompt !== undefined && { prompt }), ...(route !== undefined && { route }) };
}

function nameFrom(file: string): string {
  const plain = basename(file, extname(file)).replace(/[^\w.:-]+/g, '-');
  return /^[A-Za-z0-9]/.test(plain) ? plain : 'imported';
}

function refuseOverwriting(error: unknown, file: string): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') throw new CommandError(EXIT.usage, `${file}: is there already; name another file`);
  throw error;
}
