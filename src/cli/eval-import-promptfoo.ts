import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { stringify } from 'yaml';
import { suiteFrom } from '../rehearsal/evals/read-suite.ts';
import { importPromptfoo, type PromptfooImport, tallyOf } from '../rehearsal/promptfoo/import-suite.ts';
import { PromptfooError, type ReadSource } from '../rehearsal/promptfoo/source.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

export interface ImportPromptfooOptions {
  readonly out?: string;
  readonly name?: string;
  readonly route?: string;
  readonly judge?: string;
}

/** Widest line of a suite that is written, in characters. */
const LINE_WIDTH = 120;

/** `understudy eval import promptfoo <file>`: writes a suite, and says of every assertion that it could not take over why. */
export async function evalImportPromptfoo(
  options: ImportPromptfooOptions,
  output: Output,
  file: string,
): Promise<CommandOutcome> {
  const found = importFile(file, options);
  suiteFrom(found.suite, options.out ?? file);
  const yaml = suiteText(file, found);
  if (options.out === undefined && !output.json) output.data(yaml.trimEnd());
  if (options.out !== undefined) {
    await mkdir(dirname(options.out), { recursive: true });
    await writeFile(options.out, yaml);
    output.say(`wrote ${options.out}`);
  }
  if (output.json) output.data(JSON.stringify(found, null, 2));
  else for (const line of reportLines(found)) output.say(line);
  return EXIT.ok;
}

function importFile(file: string, { name, route = 'default', judge }: ImportPromptfooOptions): PromptfooImport {
  if (!existsSync(file)) throw new CommandError(EXIT.usage, `${file}: there is no such file`);
  const path = realpathSync(file);
  try {
    return importPromptfoo(readFileSync(path, 'utf8'), readBelow(dirname(path)), {
      name: name ?? nameOf(path),
      route,
      ...(judge !== undefined && { judge }),
    });
  } catch (error) {
    if (error instanceof PromptfooError || (error instanceof Error && error.name.startsWith('YAML')))
      throw new CommandError(EXIT.usage, `${file}: ${error.message}`);
    throw error;
  }
}

/** `promptfooconfig.yaml` says nothing; its folder does. */
function nameOf(path: string): string {
  const file = basename(path).replace(/\.[^.]*$/, '');
  const name = /^promptfooconfig$/i.test(file) ? basename(dirname(path)) : file;
  return name.replace(/[^A-Za-z0-9.:-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'imported';
}

/** A file that somebody else wrote names other files: it is shown none outside of its own folder. */
function readBelow(folder: string): ReadSource {
  return (name) => {
    const path = resolve(folder, name);
    if (!existsSync(path)) return undefined;
    const inside = relative(folder, realpathSync(path));
    return inside.startsWith('..') || resolve(inside) === inside ? undefined : readFileSync(path, 'utf8');
  };
}

function suiteText(file: string, { suite, notes }: PromptfooImport): string {
  const lines = [`From ${basename(file)}, a configuration of promptfoo.`, ...notes];
  const head = lines.map((line) => `# ${line.replace(/\s+/g, ' ')}`).join('\n');
  return `${head}\n${stringify(suite, { lineWidth: LINE_WIDTH, aliasDuplicateObjects: false })}`;
}

function reportLines({ suite, notes, assertions }: PromptfooImport): string[] {
  const cases = Array.isArray(suite.cases) ? suite.cases.length : 0;
  const counts = [...tallyOf(assertions)].map(([type, { same, near, unsupported }]) => {
    const parts = [
      ...(same > 0 ? [`${same} taken over`] : []),
      ...(near > 0 ? [`${near} nearly`] : []),
      ...(unsupported > 0 ? [`${unsupported} not`] : []),
    ];
    return `  ${type}: ${parts.join(', ')}`;
  });
  const reasons = new Set(
    assertions.flatMap(({ type, how, because }) => (because === undefined ? [] : [`  ${type}, ${how}: ${because}`])),
  );
  return [`${cases} cases; assertions:`, ...counts, ...reasons, ...notes.map((note) => `note: ${note}`)];
}
