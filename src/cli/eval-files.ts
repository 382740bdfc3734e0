import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readReport } from '../rehearsal/evals/read-report.ts';
import { readSuite } from '../rehearsal/evals/read-suite.ts';
import type { EvalReport } from '../rehearsal/evals/report.ts';
import type { EvalSuite } from '../rehearsal/evals/suite.ts';
import { renderHtml } from '../rehearsal/reports/html.ts';
import { renderJunit } from '../rehearsal/reports/junit.ts';
import { renderMarkdown } from '../rehearsal/reports/markdown.ts';
import type { EvalRunOptions } from './eval-options.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

/** What stands for the suite's name in the name of a file. */
const SUITE_MARK = '{suite}';

const RENDERINGS: readonly {
  readonly option: 'out' | 'junit' | 'markdown' | 'html';
  render(report: EvalReport): string;
}[] = [
  { option: 'out', render: (report) => `${JSON.stringify(report, null, 2)}\n` },
  { option: 'junit', render: renderJunit },
  { option: 'markdown', render: renderMarkdown },
  { option: 'html', render: (report) => renderHtml(report) },
];

/** Refuses names under which several reports would take each other's place. */
export function checkFileNames(options: EvalRunOptions, suites: number): void {
  for (const { option } of RENDERINGS) {
    const name = options[option];
    if (suites > 1 && name !== undefined && !name.includes(SUITE_MARK))
      throw new CommandError(EXIT.usage, `--${option}: with several suites its name has to hold ${SUITE_MARK}`);
  }
}

/** Writes a report in every form that was asked for. */
export async function writeReport(report: EvalReport, options: EvalRunOptions, output: Output): Promise<void> {
  for (const { option, render } of RENDERINGS) {
    const file = options[option]?.replaceAll(SUITE_MARK, report.suite.name);
    if (file === undefined) continue;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, render(report));
    output.say(`wrote ${file}`);
  }
}

/** @throws ConfigError with the places of everything that is wrong */
export async function suiteFile(file: string): Promise<EvalSuite> {
  return readSuite(await textOf(file), file);
}

export async function reportFile(file: string): Promise<EvalReport> {
  return readReport(await textOf(file), file);
}

/** A file holds a report or a suite: by what stands in it, not by its name. */
export async function suiteOrReport(
  file: string,
): Promise<{ readonly suite: EvalSuite } | { readonly report: EvalReport }> {
  const text = await textOf(file);
  if (text.trimStart().startsWith('{') && text.includes('"understudy-eval/')) return { report: readReport(text, file) };
  return { suite: readSuite(text, file) };
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(
      EXIT.usage,
      `${file}: ${code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`}`,
    );
  }
}
