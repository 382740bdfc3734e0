import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { isFile, PromptfooError, type ReadSource, sourceValue } from './source.ts';

/** What a suite takes over of the providers: never who they are. */
export interface ImportedProviders {
  readonly names: readonly string[];
  readonly tools: readonly JsonObject[];
  readonly parameters: JsonObject;
  readonly output?: JsonValue;
}

/** Tools, sampling and output format of the first provider that has any; the targets are the route's. */
export function importProviders(value: JsonValue | undefined, read: ReadSource): ImportedProviders {
  const list = (Array.isArray(value) ? value : [value]).flatMap((one) => providerOf(one));
  const configs = list.map(({ config }) => config);
  const withTools = configs.find((config) => config.tools !== undefined || config.functions !== undefined);
  const first = withTools ?? configs[0] ?? {};
  const output = outputOf(first.response_format, read);
  return {
    names: list.map(({ name }) => name),
    tools: toolsOf(first, read),
    parameters: parametersOf(first),
    ...(output === undefined ? {} : { output }),
  };
}

function providerOf(one: JsonValue | undefined): { name: string; config: JsonObject }[] {
  if (typeof one === 'string') return [{ name: one, config: {} }];
  if (!isJsonObject(one)) return [];
  const [key] = Object.keys(one);
  const held = one.id === undefined && key !== undefined && isJsonObject(one[key]) ? { id: key, ...one[key] } : one;
  return [{ name: String(held.id ?? 'unnamed'), config: isJsonObject(held.config) ? held.config : {} }];
}

function toolsOf(config: JsonObject, read: ReadSource): JsonObject[] {
  const value = config.tools ?? config.functions ?? [];
  const list = isFile(value) ? sourceValue(value, read) : value;
  return (Array.isArray(list) ? list : [list]).flatMap((one) => {
    const entry = isFile(one) ? sourceValue(one, read) : one;
    if (!isJsonObject(entry)) throw new PromptfooError('tools: one of them is no definition of a tool');
    const held = isJsonObject(entry.function) ? entry.function : entry;
    const { name, description } = held;
    const parameters = held.parameters ?? held.input_schema;
    if (typeof name !== 'string') return [];
    return [
      {
        name,
        ...(typeof description === 'string' ? { description } : {}),
        ...(isJsonObject(parameters) ? { parameters } : {}),
      },
    ];
  });
}

function parametersOf({ temperature, top_p, seed, ...config }: JsonObject): JsonObject {
  const maxOutputTokens = config.max_tokens ?? config.max_completion_tokens ?? config.max_output_tokens;
  return {
    ...(typeof temperature === 'number' ? { temperature } : {}),
    ...(typeof top_p === 'number' ? { topP: top_p } : {}),
    ...(typeof seed === 'number' ? { seed } : {}),
    ...(typeof maxOutputTokens === 'number' ? { maxOutputTokens } : {}),
  };
}

function outputOf(value: JsonValue | undefined, read: ReadSource): JsonValue | undefined {
  const format = isFile(value) ? sourceValue(value, read) : value;
  if (!isJsonObject(format)) return undefined;
  if (format.type === 'json_object') return 'json';
  const held = isJsonObject(format.json_schema) ? format.json_schema : format;
  return format.type === 'json_schema' && isJsonObject(held.schema) ? { schema: held.schema } : undefined;
}
