import * as z from 'zod';
import { configSchema } from './schema.ts';

/** A node of the JSON Schema that the configuration's schema is published as. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | false;
  readonly propertyNames?: SchemaNode;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

let cached: SchemaNode | undefined;

/** The schema as JSON Schema draft-07, of the file as it is written (not of what it is parsed into). */
export function configJsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(configSchema, { target: 'draft-7', io: 'input' }) as SchemaNode;
  return cached;
}

/** `understudy.schema.json`, for editors: `# yaml-language-server: $schema=…`. */
export function renderJsonSchema(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}

/** The node that describes the value at a path; undefined where the schema knows no such place. */
export function schemaAt(path: readonly (string | number)[]): SchemaNode | undefined {
  return nodeAt(configJsonSchema(), path);
}

export function nodeAt(root: SchemaNode, path: readonly (string | number)[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const step of path) {
    const options: readonly SchemaNode[] = node?.anyOf ?? (node ? [node] : []);
    node = options.map((option) => child(option, step)).find((found) => found !== undefined);
  }
  return node;
}

function child(node: SchemaNode, step: string | number): SchemaNode | undefined {
  if (typeof step === 'number') return node.items;
  const named = node.properties && Object.hasOwn(node.properties, step) ? node.properties[step] : undefined;
  return named ?? (node.additionalProperties || undefined);
}

/** Names of the options at a place; empty where names are free. */
export function optionNames(node: SchemaNode | undefined): readonly string[] {
  const options = node?.anyOf ?? (node ? [node] : []);
  return options.flatMap((option) => [
    ...Object.keys(option.properties ?? {}),
    ...(option.propertyNames?.enum ?? []).map(String),
  ]);
}
