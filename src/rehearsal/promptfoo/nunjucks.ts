import type { JsonObject, JsonValue } from '../../model/json.ts';
import { TemplateEngine } from '../../quality/prompts/template.ts';

/** Filters of Nunjucks under the names that templates of prompts have for them. */
const FILTERS: Readonly<Record<string, string>> = {
  dump: 'json',
  tojson: 'json',
  upper: 'upcase',
  lower: 'downcase',
  trim: 'strip',
  length: 'size',
};

const engine = new TemplateEngine();

/** A Nunjucks template as a template of prompts: most of the two is the same. */
export function fromNunjucks(text: string): string {
  return text
    .replace(
      /\|\s*(dump|tojson|upper|lower|trim|length)\b(\([^)]*\))?/g,
      (_, name: string) => `| ${FILTERS[name] ?? name}`,
    )
    .replace(/\{%(-?)\s*set\s+(\w+)\s*=/g, '{%$1 assign $2 =')
    .replace(/\{#[\s\S]*?#\}/g, '');
}

/** Names that a template takes from its variables. Throws where it is no template that can be written here. */
export function variablesOf(text: string): readonly string[] {
  return engine.parse(text).uses;
}

/** A value with the variables written into each of its texts. Throws where a text cannot be written out. */
export function written(value: JsonValue, variables: JsonObject): JsonValue {
  if (typeof value === 'string') {
    if (!/\{[{%]/.test(value)) return value;
    const parsed = engine.parse(fromNunjucks(value));
    return engine.write(parsed, withBlanks(parsed.uses, variables));
  }
  if (Array.isArray(value)) return value.map((one) => written(one, variables));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, written(member, variables)]));
  return value;
}

/** Nunjucks writes nothing for a variable that nobody gave. */
export function withBlanks(uses: readonly string[], variables: JsonObject): JsonObject {
  const missing = uses.filter((name) => !Object.hasOwn(variables, name));
  return { ...Object.fromEntries(missing.map((name) => [name, ''])), ...variables };
}
