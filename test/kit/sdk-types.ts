import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '../../src/model/json.ts';
import type { Target } from '../../src/model/target.ts';

/** Whose request a body has to be. */
export type VendorType =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages 2023-06-01'
  | 'anthropic-messages 2026-10-21'
  | 'gemini-generate';

/** A body that has to be what the vendor's SDK would send. */
export interface TypedBody {
  readonly name: string;
  readonly type: VendorType;
  readonly body: JsonValue;
}

/** The type of a target's requests. */
export function vendorTypeOf({ dialect, quirks }: Target): VendorType {
  switch (dialect) {
    case 'anthropic-messages':
      return `anthropic-messages ${quirks.anthropicVersion}`;
    case 'openai-chat':
    case 'openai-responses':
    case 'gemini-generate':
      return dialect;
    default:
      throw new Error(`no SDK has types for the bodies of ${dialect}`);
  }
}

/** Where the vendor's types refuse a body. */
export interface TypeFinding {
  readonly name: string;
  /** Path inside the body, e.g. `messages[2].content[0].type`; empty for the body as a whole. */
  readonly path: string;
  readonly message: string;
}

/**
 * The requests in the types of the official SDKs. JSON has no enums, so that Google's become the words they stand for; its
 * SDK has the REST body in parts. Anthropic's SDK of today speaks version 2026-10-21 of the API, which has no sampling:
 * for the version before it those three fields come from the SDK of 2025.
 */
const VENDOR_TYPES = `
import type { MessageCreateParams as BetaParams } from '@anthropic-ai/sdk/resources/beta/messages';
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages';
import type { Content, GenerationConfig, SafetySetting, Tool, ToolConfig } from '@google/genai';
import type { MessageCreateParamsBase as Params2025 } from 'anthropic-sdk-2025/resources/messages';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';

type Words<T> = T extends string
  ? \`\${T}\`
  : T extends readonly (infer Item)[]
    ? Words<Item>[]
    : T extends object
      ? { [Name in keyof T]: Words<T[Name]> }
      : T;
type Anthropic = MessageCreateParams | Omit<BetaParams, 'betas'>;

export type Body = {
  'openai-chat': ChatCompletionCreateParams;
  'openai-responses': ResponseCreateParams;
  'anthropic-messages 2026-10-21': Anthropic;
  'anthropic-messages 2023-06-01': Anthropic & Pick<Params2025, 'temperature' | 'top_p' | 'top_k'>;
  'gemini-generate': Words<{
    contents: Content[];
    systemInstruction?: Content;
    generationConfig?: GenerationConfig;
    safetySettings?: SafetySetting[];
    tools?: Tool[];
    toolConfig?: ToolConfig;
    cachedContent?: string;
    labels?: Record<string, string>;
    serviceTier?: string;
  }>;
};
`;

/** Most bodies of one source file: the compiler checks files side by side. */
const BODIES_A_FILE = 400;
/** Longest time for the compiler, in milliseconds. */
const COMPILE_TIMEOUT_MS = 110_000;

/**
 * Has the compiler of this repository check every body, written as a literal, against the types of the vendor's official
 * SDK. Unknown fields are errors. Throws when the compiler does not run, or finds something that is in no body.
 */
export async function checkTypes(bodies: readonly TypedBody[]): Promise<TypeFinding[]> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-types-'));
  try {
    return await compileIn(folder, bodies);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compileIn(folder: string, bodies: readonly TypedBody[]): Promise<TypeFinding[]> {
  const root = join(import.meta.dirname, '../..');
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'vendor.ts'), VENDOR_TYPES);
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const places = new Map<string, Place[]>();
  for (let at = 0; at < bodies.length; at += BODIES_A_FILE) {
    const file = `bodies-${at}.ts`;
    const { text, lines } = sourceOf(bodies.slice(at, at + BODIES_A_FILE));
    places.set(file, lines);
    await writeFile(join(folder, file), text);
  }
  const output = await compile(folder, join(root, 'node_modules/typescript/bin/tsc'));
  return findingsOf(output, places);
}

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023',
    lib: ['ES2023', 'DOM'],
    module: 'NodeNext',
    moduleResolution: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: false,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
    pretty: false,
  },
  include: ['*.ts'],
};

function compile(folder: string, compiler: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, timeout: COMPILE_TIMEOUT_MS, maxBuffer: 256 * 1024 * 1024 };
    execFile(process.execPath, [compiler, '-p', 'tsconfig.json'], options, (error, stdout, stderr) => {
      // The compiler ends with 1 or 2 where it has found something.
      if (error && (error.killed || stdout === ''))
        reject(new Error(`the compiler failed: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}

/** What stands in one line of a source file. */
interface Place {
  readonly name: string;
  readonly path: string;
}

function sourceOf(bodies: readonly TypedBody[]): { text: string; lines: Place[] } {
  const text: string[] = ["import type { Body } from './vendor.ts';"];
  const lines: Place[] = [{ name: '', path: '' }];
  for (const [at, { name, type, body }] of bodies.entries()) {
    text.push(`export const body${at}: Body['${type}'] =`);
    lines.push({ name, path: '' });
    for (const { line, path } of linesOf(body, '', '')) {
      text.push(line);
      lines.push({ name, path });
    }
    text.push(';');
    lines.push({ name, path: '' });
  }
  return { text: text.join('\n'), lines };
}

/** JSON, one value a line, with the path of the value in each. */
function linesOf(value: JsonValue, path: string, lead: string): { line: string; path: string }[] {
  if (typeof value !== 'object' || value === null) return [{ line: lead + JSON.stringify(value), path }];
  const isList = Array.isArray(value);
  const [open, close] = isList ? '[]' : '{}';
  const out = [{ line: `${lead}${open}`, path }];
  for (const [key, item] of Object.entries(value)) {
    const inner = isList ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const rows = linesOf(item, inner, isList ? '' : `${JSON.stringify(key)}: `);
    const last = rows.at(-1);
    if (last) rows[rows.length - 1] = { ...last, line: `${last.line},` };
    out.push(...rows);
  }
  out.push({ line: `${close}`, path });
  return out;
}

function findingsOf(output: string, places: ReadonlyMap<string, readonly Place[]>): TypeFinding[] {
  const findings: { name: string; path: string; message: string }[] = [];
  for (const line of output.split('\n')) {
    const found = /^([^(\s]+)\((\d+),\d+\): error (.*)$/.exec(line);
    if (!found) {
      const last = findings.at(-1);
      if (last && line.trim() !== '') last.message += ` | ${line.trim()}`;
      continue;
    }
    const [, file = '', row = '', message = ''] = found;
    const place = places.get(file)?.[Number(row) - 1];
    if (place === undefined || place.name === '') throw new Error(`the compiler complains of ${line}`);
    findings.push({ ...place, message });
  }
  return findings;
}
