import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { refuse } from '../dialect-kit.ts';

/** Keywords that strict structured output does not support (platform.openai.com/docs/guides/structured-outputs). */
const UNSUPPORTED = [
  'allOf',
  'oneOf',
  'not',
  'dependentRequired',
  'dependentSchemas',
  'if',
  'then',
  'else',
  'patternProperties',
];

/** Refuses what strict mode refuses: open objects, optional properties, unsupported keywords. `param` names the field. */
export function checkStrictSchema(schema: JsonObject, label: string, param: string, code?: string): void {
  new StrictCheck(label, param, code).check(schema, []);
}

class StrictCheck {
  readonly #label: string;
  readonly #param: string;
  readonly #code: string | undefined;

  constructor(label: string, param: string, code: string | undefined) {
    this.#label = label;
    this.#param = param;
    this.#code = code;
  }

  check(schema: JsonValue | undefined, path: readonly string[]): void {
    if (!isJsonObject(schema)) return;
    const unsupported = UNSUPPORTED.find((keyword) => schema[keyword] !== undefined);
    if (unsupported) this.#refuse(path, `'${unsupported}' is not permitted.`);
    if (schema.type === 'object' || isJsonObject(schema.properties)) this.#object(schema, path);
    this.check(schema.items, [...path, 'items']);
    if (Array.isArray(schema.anyOf)) {
      for (const [index, branch] of schema.anyOf.entries()) this.check(branch, [...path, 'anyOf', String(index)]);
    }
    for (const store of [schema.$defs, schema.definitions]) {
      if (isJsonObject(store))
        for (const [name, part] of Object.entries(store)) this.check(part, [...path, '$defs', name]);
    }
  }

  #object(schema: JsonObject, path: readonly string[]): void {
    if (schema.additionalProperties !== false) {
      this.#refuse(path, "'additionalProperties' is required to be supplied and to be false.");
    }
    const properties = isJsonObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    const missing = Object.keys(properties).find((name) => !required.includes(name));
    if (missing !== undefined) {
      this.#refuse(
        path,
        `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`,
      );
    }
    for (const [name, property] of Object.entries(properties)) this.check(property, [...path, 'properties', name]);
  }

  #refuse(path: readonly string[], what: string): never {
    const context = path.length === 1 ? `('${path[0]}',)` : `(${path.map((step) => `'${step}'`).join(', ')})`;
    return refuse(`Invalid schema for ${this.#label}: In context=${context}, ${what}`, this.#param, this.#code);
  }
}
