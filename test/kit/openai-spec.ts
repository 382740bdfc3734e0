import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';

const wireFolder = process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire');
const file = resolve(wireFolder, '../specs/openai-generation.openapi.json');

/** False where OpenAI's published document is not at hand; the reason has been printed then. */
export const openaiSpecPresent = existsSync(file);
if (!openaiSpecPresent) console.log(`skipped: no OpenAPI document of OpenAI's at ${file}`);

/** The operations whose request bodies can be checked. */
const REQUESTS = {
  'openai-chat': 'CreateChatCompletionRequest',
  'openai-responses': 'CreateResponse',
} as const;

/** Where a body departs from the published schema; empty where it does not. */
export type SpecCheck = (body: JsonValue) => string[];

/** Compiles the published schema of a request body. */
export function openaiRequestCheck(dialect: keyof typeof REQUESTS): SpecCheck {
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isJsonObject(document)) throw new Error(`${file} holds no object`);
  const ajv = new Ajv2020({ strict: false, logger: false, allErrors: false, discriminator: false });
  addFormats.default(ajv, { mode: 'fast' });
  ajv.addSchema({ $id: 'openai', components: plain(document.components) as JsonObject });
  const validate = ajv.compile({ $ref: `openai#/components/schemas/${REQUESTS[dialect]}` });
  return (body) =>
    validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/**
 * The document is of OpenAPI 3.1, with words of older ones left in it: `nullable` beside what is no type, and a
 * `$recursiveRef`, which in all of it stands for a filter inside a filter. Its alternatives overlap: a message of a user is
 * an `EasyInputMessage` and an `InputMessage` too, so that `oneOf` can only mean `anyOf`.
 */
function plain(value: JsonValue | undefined): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value ?? null;
  if (value.$recursiveRef !== undefined) return { $ref: 'openai#/components/schemas/CompoundFilter' };
  const { $recursiveAnchor: _anchor, nullable, ...rest } = value;
  const node = Object.fromEntries(
    Object.entries(rest).map(([key, item]) => [key === 'oneOf' ? 'anyOf' : key, plain(item)]),
  );
  return nullable === true ? { anyOf: [node, { type: 'null' }] } : node;
}
