import * as z from 'zod';
import type { PromptPin } from '../../quality/prompts/prompt-library.ts';
import { withFix } from '../fix.ts';
import { type ConfigProblem, formatPath } from '../problems.ts';
import { schemaFindings } from '../schema-problems.ts';
import { readYaml } from '../yaml-text.ts';

/** Largest lock file, in bytes. */
const maxLockBytes = 1_048_576;

const hash = z.string().regex(/^[0-9a-f]{12}$/, {
  error: withFix('is no version of a prompt', 'let `understudy prompts pin` write it: 12 digits, quoted'),
});

/** `prompts.lock`: which version each target is told, by prompt and target. */
const lockSchema = z.strictObject({
  version: z.literal(1).meta({ description: 'Of the form of this file.' }),
  pins: z
    .record(z.string().min(1).max(128), z.record(z.string().min(1).max(512), hash))
    .meta({ description: 'Versions by prompt and target.' }),
});

export type ReadLock =
  | { readonly ok: true; readonly pins: readonly PromptPin[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export function readLock(source: string, file: string): ReadLock {
  if (Buffer.byteLength(source) > maxLockBytes) {
    return { ok: false, problems: [{ file, path: '', message: `is larger than ${maxLockBytes / 1_048_576} MiB` }] };
  }
  const read = readYaml(source, file);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const parsed = lockSchema.safeParse(read.yaml.value);
  if (!parsed.success) {
    const findings = schemaFindings(parsed.error.issues, read.yaml.value, () => undefined);
    const problems = findings.map(({ path, at, message, fix }): ConfigProblem => {
      const place = read.yaml.position(path, at ?? 'value');
      return { file, ...place, path: formatPath(path), message, ...(fix !== undefined && { fix }) };
    });
    return { ok: false, problems };
  }
  const pins = Object.entries(parsed.data.pins).flatMap(([name, targets]) =>
    Object.entries(targets).map(([target, pinned]): PromptPin => ({ name, target, hash: pinned })),
  );
  return { ok: true, pins };
}

/** The lock file with these pins, in order, so that two hands that pin different targets do not collide. */
export function writeLock(pins: readonly PromptPin[]): string {
  const lines = ['# Which version of a prompt each target is told. Written by `understudy prompts pin`.', 'version: 1'];
  if (pins.length === 0) return [...lines, 'pins: {}', ''].join('\n');
  lines.push('pins:');
  const names = [...new Set(pins.map(({ name }) => name))].sort();
  for (const name of names) {
    lines.push(`  ${JSON.stringify(name)}:`);
    const own = pins.filter((pin) => pin.name === name).sort((a, b) => (a.target < b.target ? -1 : 1));
    for (const { target, hash: pinned } of own) lines.push(`    ${JSON.stringify(target)}: "${pinned}"`);
  }
  return [...lines, ''].join('\n');
}
