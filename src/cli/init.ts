import { access, writeFile } from 'node:fs/promises';
import { cancel, confirm, isCancel, multiselect, text } from '@clack/prompts';
import { renderConfig } from '../config/init.ts';
import { canonicalProviderName, KNOWN_PROVIDERS } from '../providers/known-providers.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

interface InitOptions {
  readonly output?: string;
  readonly providers?: string;
  readonly route?: string;
  readonly force?: boolean;
}

/** `understudy init`: asks for what cannot be guessed, and writes a configuration that `check` accepts. */
export async function init(options: InitOptions, output: Output): Promise<CommandOutcome> {
  const file = options.output ?? 'understudy.yaml';
  if (!options.force && (await exists(file))) {
    throw new CommandError(EXIT.usage, `${file} exists; --force overwrites it, --output names another file`);
  }
  const names = options.providers === undefined ? await ask() : options.providers.split(',').map((name) => name.trim());
  if (!names) return EXIT.interrupted;
  const known = names.map(knownName);
  const targets = known.map((name) => `${name}/${KNOWN_PROVIDERS[name]?.defaultModel ?? 'model'}`);
  const route = { name: options.route ?? 'default', workload: 'interactive' as const, targets };
  await writeFile(file, renderConfig({ providers: known.map((name) => ({ name })), route }), {
    flag: options.force ? 'w' : 'wx',
  });
  output.data(`wrote ${file}: route "${route.name}" over ${targets.join(' → ')}`);
  output.say(`next: understudy check --config ${file}`);
  return EXIT.ok;
}

function knownName(name: string): string {
  const canonical = canonicalProviderName(name);
  if (canonical !== undefined && KNOWN_PROVIDERS[canonical]?.defaultModel !== undefined) return canonical;
  const choice = offered().join(', ');
  throw new CommandError(EXIT.usage, `provider "${name}" is not one that init knows a model for; known are ${choice}`);
}

function offered(): string[] {
  return Object.entries(KNOWN_PROVIDERS).flatMap(([name, { defaultModel }]) =>
    defaultModel === undefined ? [] : [name],
  );
}

/** Only a person at a terminal can be asked; a script has to say. Undefined: the person changed their mind. */
async function ask(): Promise<string[] | undefined> {
  if (!process.stdin.isTTY)
    throw new CommandError(EXIT.usage, 'there is nobody to ask: name the providers with --providers openai,anthropic');
  const found = offered().filter((name) =>
    KNOWN_PROVIDERS[name]?.keyVariables.some((variable) => process.env[variable]),
  );
  if (found.length > 1) {
    const use = await confirm({ message: `Keys found for ${found.join(', ')}. Use these, in this order?` });
    if (isCancel(use)) return stopped();
    if (use) return found;
  }
  const chosen = await multiselect({
    message: 'Which providers? (two or more, or there is nobody to step in)',
    options: offered().map((name) => ({ value: name, label: name })),
    initialValues: found,
    required: true,
  });
  if (isCancel(chosen)) return stopped();
  const first = await text({
    message: 'Which of them is the primary?',
    initialValue: chosen[0] ?? '',
    validate: (name) => (chosen.includes(name ?? '') ? undefined : `one of ${chosen.join(', ')}`),
  });
  if (isCancel(first)) return stopped();
  return [first, ...chosen.filter((name) => name !== first)];
}

function stopped(): undefined {
  cancel('nothing was written');
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
