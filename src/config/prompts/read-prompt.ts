import * as z from 'zod';
import type { JsonValue } from '../../model/json.ts';
import { templateProblem } from '../../quality/prompts/compile.ts';
import { isPromptError } from '../../quality/prompts/prompt-error.ts';
import { type PromptSpec, type PromptVersion, templatesOf } from '../../quality/prompts/prompt-spec.ts';
import { readVariables } from '../../quality/prompts/variables.ts';
import { nodeAt, type SchemaNode } from '../json-schema.ts';
import { type ConfigProblem, formatPath } from '../problems.ts';
import { resolveContract } from '../resolve-contract.ts';
import { endOf } from '../resolve-demands.ts';
import { type Finding, schemaFindings } from '../schema-problems.ts';
import { readYaml } from '../yaml-text.ts';
import { promptHash } from './prompt-hash.ts';
import { type PromptFile, promptSchema } from './prompt-schema.ts';

/** Largest file of a prompt, in bytes. */
export const maxPromptBytes = 1_048_576;

export type ReadPrompt =
  | { readonly ok: true; readonly version: PromptVersion }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** Reads one prompt, `name` being that of its file. Gives every problem with its place in the file. */
export function readPrompt(source: string, file: string, name: string): ReadPrompt {
  if (Buffer.byteLength(source) > maxPromptBytes) {
    return { ok: false, problems: [{ file, path: '', message: `is larger than ${maxPromptBytes / 1_048_576} MiB` }] };
  }
  const read = readYaml(source, file);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const { yaml } = read;
  const value = yaml.value ?? {};
  const parsed = promptSchema.safeParse(value);
  const found = parsed.success
    ? crossFindings(parsed.data)
    : schemaFindings(parsed.error.issues, value, (path) => nodeAt(jsonSchema(), path));
  if (parsed.success && found.length === 0) {
    return { ok: true, version: { name, hash: promptHash(parsed.data), spec: specOf(parsed.data) } };
  }
  const problems = found.map(({ path, at, message, fix }): ConfigProblem => {
    const place = yaml.position(path, at ?? 'value');
    return { file, ...place, path: formatPath(path), message, ...(fix !== undefined && { fix }) };
  });
  return { ok: false, problems };
}

let cached: SchemaNode | undefined;

function jsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(promptSchema, { target: 'draft-7', io: 'input' }) as SchemaNode;
  return cached;
}

function crossFindings(prompt: PromptFile): Finding[] {
  const spec = specOf(prompt);
  const found: Finding[] = [];
  for (const { path, text } of templatesOf(spec)) {
    const message = templateProblem(text, spec);
    if (message !== undefined) found.push({ path, message });
  }
  for (const [name, variable] of Object.entries(spec.variables ?? {})) {
    if (variable.default === undefined) continue;
    const message = badDefault(name, variable, variable.default);
    if (message !== undefined) found.push({ path: ['variables', name, 'default'], message });
  }
  const names = new Set<string>();
  for (const [at, tool] of (spec.tools ?? []).entries()) {
    if (names.has(tool.name)) found.push({ path: ['tools', at, 'name'], message: 'is the name of another tool' });
    names.add(tool.name);
  }
  const says = [spec.role, spec.context, spec.rules, spec.output, spec.examples, spec.user, spec.variants];
  if (says.every((part) => part === undefined)) {
    found.push({ path: [], message: 'says nothing', fix: 'write role, rules, context or user' });
  }
  return found;
}

function badDefault(
  name: string,
  spec: NonNullable<PromptSpec['variables']>[string],
  value: JsonValue,
): string | undefined {
  try {
    readVariables({ [name]: spec }, { [name]: value });
    return undefined;
  } catch (error) {
    if (isPromptError(error)) return error.message;
    throw error;
  }
}

function specOf({ contract, primaryOnly, ...written }: PromptFile): PromptSpec {
  // What the schema calls optional is absent, never undefined: it was read from YAML.
  return {
    ...written,
    ...(contract && { contract: resolveContract(contract) }),
    ...(primaryOnly && { primaryOnly: { reason: primaryOnly.reason, until: endOf(primaryOnly.until) } }),
  } as PromptSpec;
}
