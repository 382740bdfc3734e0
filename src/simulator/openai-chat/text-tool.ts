import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { AskedTool } from '../ask.ts';
import { refuse } from '../dialect-kit.ts';

/** A tool that is called with free text; `format` in the flat form of the Responses API. */
export function textTool(tool: JsonObject, format: JsonValue | undefined, at: string): AskedTool {
  const name = checkName(tool.name, `${at}.name`);
  if (isJsonObject(format) && format.type !== 'text') {
    const isKnown = format.type === 'grammar' && (format.syntax === 'lark' || format.syntax === 'regex');
    if (!isKnown || typeof format.definition !== 'string')
      refuse(`Invalid value for '${at}.format': expected text or a grammar.`, `${at}.format`, 'invalid_value');
  }
  const parameters = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
  return { name, parameters, isText: true };
}

export function checkName(name: JsonValue | undefined, at: string): string {
  if (typeof name !== 'string') refuse(`Missing required parameter: '${at}'.`, at, 'missing_required_parameter');
  if (name.length > 64) {
    refuse(
      `Invalid '${at}': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`,
      at,
      'string_above_max_length',
    );
  }
  if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
    refuse(
      `Invalid '${at}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      at,
      'invalid_value',
    );
  }
  return name;
}
