import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';

const list = (names: string) => new Set(names.split(/\s+/));

/** Fields of the messages of google.ai.generativelanguage.v1beta (ai.google.dev/api/generate-content). */
export const FIELDS = {
  request: list(
    'contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent model labels serviceTier store',
  ),
  content: list('role parts'),
  part: list(`text thought thoughtSignature inlineData fileData functionCall functionResponse executableCode
    codeExecutionResult videoMetadata partMetadata mediaResolution toolCall toolResponse`),
  functionCall: list('id name args'),
  functionResponse: list('id name response willContinue scheduling parts'),
  tool: list(
    'functionDeclarations googleSearch googleSearchRetrieval codeExecution urlContext computerUse fileSearch googleMaps mcpServers',
  ),
  functionDeclaration: list('name description parameters parametersJsonSchema response responseJsonSchema behavior'),
  toolConfig: list('functionCallingConfig retrievalConfig includeServerSideToolInvocations'),
  functionCallingConfig: list('mode allowedFunctionNames'),
  generationConfig:
    list(`stopSequences responseMimeType responseSchema responseJsonSchema responseModalities candidateCount
    maxOutputTokens temperature topP topK seed presencePenalty frequencyPenalty responseLogprobs logprobs
    enableEnhancedCivicAnswers speechConfig thinkingConfig imageConfig mediaResolution`),
  thinkingConfig: list('includeThoughts thinkingBudget thinkingLevel'),
} as const;

const SCHEMA_FIELDS =
  list(`type format title description nullable enum maxItems minItems properties required minProperties
  maxProperties minLength maxLength pattern example anyOf propertyOrdering default items minimum maximum`);

/** In the order of their numbers, from 1: the API takes an enum by name or number. */
const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'];

/** Both spellings are accepted on the wire, as in every proto JSON; from here on there is one. */
export function readObject(value: JsonValue | undefined, known: ReadonlySet<string>, at: string): JsonObject {
  if (!isJsonObject(value)) refuse(`Invalid value at '${at}': expected an object.`);
  const read: JsonObject = {};
  for (const [written, content] of Object.entries(value)) {
    const name = written.includes('_')
      ? written.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      : written;
    if (!known.has(name)) refuseUnknown(written, at);
    if (content !== null) read[name] = content;
  }
  return read;
}

function refuseUnknown(name: string, at: string): never {
  const place = at === '' ? '' : ` at '${at}'`;
  return refuse(`Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`);
}

/**
 * Checks a `Schema` (a subset of OpenAPI 3.0, no JSON Schema). `at` is the JSON path, `path` the vendor's own way of
 * naming the place in its second kind of complaint.
 */
export function checkSchema(value: JsonValue, at: string, path: string): void {
  const schema = readObject(value, SCHEMA_FIELDS, at);
  const type = typeof schema.type === 'number' ? TYPES[schema.type - 1] : schema.type;
  if (Array.isArray(type)) refuse(`Invalid value at '${at}.type': Proto field is not repeating, cannot start list.`);
  if (typeof type === 'string' && !TYPES.includes(type.toUpperCase())) {
    refuse(`Invalid value at '${at}.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), "${type}"`);
  }
  const kind = typeof type === 'string' ? type.toUpperCase() : undefined;
  if (kind === undefined && !Array.isArray(schema.anyOf)) refuse(`* ${path}.type: must be specified`);
  checkEnum(schema, kind, at, path);
  if (kind === 'STRING' && typeof schema.format === 'string' && !['enum', 'date-time'].includes(schema.format)) {
    refuse(`* ${path}.format: only 'enum' and 'date-time' are supported for STRING type`);
  }
  if (kind === 'ARRAY' && schema.items === undefined) refuse(`* ${path}.items: missing field.`);
  if (schema.items !== undefined) checkSchema(schema.items, `${at}.items`, `${path}.items`);
  if (Array.isArray(schema.anyOf)) {
    schema.anyOf.forEach((branch, index) => {
      checkSchema(branch, `${at}.any_of[${index}]`, `${path}.any_of[${index}]`);
    });
  }
  checkProperties(schema, kind, at, path);
}

function checkEnum(schema: JsonObject, kind: string | undefined, at: string, path: string): void {
  if (!Array.isArray(schema.enum)) return;
  schema.enum.forEach((item, index) => {
    if (typeof item !== 'string')
      refuse(`Invalid value at '${at}.enum[${index}]' (TYPE_STRING), ${JSON.stringify(item)}`);
    if (item === '') refuse(`* ${path}.enum[${index}]: cannot be empty`);
  });
  if (kind !== 'STRING') refuse(`* ${path}.enum: only allowed for STRING type`);
}

function checkProperties(schema: JsonObject, kind: string | undefined, at: string, path: string): void {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  if (kind !== 'OBJECT' && names.length > 0) refuse(`* ${path}.properties: only allowed for OBJECT type`);
  for (const [name, property] of Object.entries(properties)) {
    checkSchema(property, `${at}.properties[${names.indexOf(name)}].value`, `${path}.properties[${name}]`);
  }
  if (!Array.isArray(schema.required)) return;
  schema.required.forEach((name, index) => {
    if (!names.includes(String(name))) refuse(`* ${path}.required[${index}]: property is not defined`);
  });
}
