import type { OutputFormat, ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { LossList } from './losses.ts';
import { objectRoot, rootInPlace } from './object-root.ts';
import { mapSchema } from './schema.ts';
import { strictSchema } from './strict-schema.ts';

/** The arguments of a tool as OpenAI takes them, with properties always, be there none; `field` is the tool's own path. Strict only where the schema allows it. */
export function openaiArguments(
  tool: ToolDefinition,
  field: string,
  losses: LossList,
): { parameters: JsonObject; strict?: boolean } {
  const root = objectRoot(tool.parameters);
  for (const line of root.losses) losses.grave(`${field}.parameters`, line);
  const schema = withItems({ properties: {}, ...root.schema });
  if (tool.strict === undefined) return { parameters: schema };
  if (!tool.strict) return { parameters: schema, strict: false };
  const strict = strictSchema(root.schema);
  if (strict.ok) {
    nameChanges(strict.changed, `${field}.parameters`, losses);
    return { parameters: strict.schema, strict: true };
  }
  losses.slight(`${field}.strict`, `not enforced: this target cannot enforce ${strict.why}`);
  return { parameters: schema, strict: false };
}

/**
 * The schema of an answer as OpenAI takes it: strict only where it was meant so and the schema allows it. Undefined where
 * its root is no plain object, which OpenAI answers 400 to.
 */
export function openaiOutput(
  output: Extract<OutputFormat, { kind: 'json-schema' }>,
  field: string,
  losses: LossList,
): { name: string; schema: JsonObject; strict: boolean } | undefined {
  const name = schemaName(output.name);
  const { schema, losses: lost } = rootInPlace(output.schema);
  if (schema.type !== 'object' || ALTERNATIVES.some((keyword) => schema[keyword] !== undefined)) return undefined;
  for (const line of lost) losses.grave(field, line);
  if (!output.strict) return { name, schema, strict: false };
  const strict = strictSchema(schema);
  if (strict.ok) {
    nameChanges(strict.changed, field, losses);
    return { name, schema: strict.schema, strict: true };
  }
  losses.slight(field, `not enforced, only told to the model: this target cannot enforce ${strict.why}`);
  return { name, schema, strict: false };
}

const ALTERNATIVES = ['anyOf', 'oneOf', 'allOf', 'enum', 'not'];

/** "Must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64." */
function schemaName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'answer';
}

function nameChanges(changed: readonly string[], field: string, losses: LossList): void {
  if (changed.length > 0) losses.slight(field, `made acceptable to this target: ${changed.join(', ')}`);
}

/** OpenAI answers 400 to a list that does not say what it holds ("array schema missing items"). */
function withItems(schema: JsonObject): JsonObject {
  const missing = (node: JsonObject): boolean =>
    (node.type === 'array' || (Array.isArray(node.type) && node.type.includes('array'))) && node.items === undefined;
  let found = false;
  const complete = mapSchema(schema, (node) => {
    if (!missing(node)) return node;
    found = true;
    return { ...node, items: {} };
  });
  // A schema that needs nothing goes as it came, however large.
  return found ? complete.schema : schema;
}
