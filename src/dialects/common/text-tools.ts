import { type ChatRequest, type FreeText, TEXT_ARGUMENT, type ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import type { Target } from '../../model/target.ts';
import { fieldPath, optionalObject, optionalString, readString } from './fields.ts';
import type { LossList } from './losses.ts';
import type { Unmapped } from './unmapped.ts';

const PARAMETERS: JsonObject = {
  type: 'object',
  properties: { [TEXT_ARGUMENT]: { type: 'string' } },
  required: [TEXT_ARGUMENT],
  additionalProperties: false,
};

/** OpenAI itself is asked as the caller asks; of others it has to be known, because they answer 400 to such a tool. */
export function takesTextTools({ capabilities, quirks }: Pick<Target, 'capabilities' | 'quirks'>): boolean {
  const known = capabilities.abilities['custom-tools'];
  return known === 'yes' || (known === 'unknown' && quirks.vendorFields);
}

/** The names of the tools that take free text. */
export function textToolNames({ tools }: Pick<ChatRequest, 'tools'>): ReadonlySet<string> {
  return new Set(tools.flatMap(({ name, freeText }) => (freeText === undefined ? [] : [name])));
}

/** The request for a target that takes functions alone: each tool of free text is a function of one text. */
export function withStandIns<Request extends Pick<ChatRequest, 'tools'>>(request: Request, losses: LossList): Request {
  if (textToolNames(request).size === 0) return request;
  return { ...request, tools: request.tools.map((tool, at) => standIn(tool, `tools[${at}]`, losses)) };
}

function standIn(tool: ToolDefinition, field: string, losses: LossList): ToolDefinition {
  const { freeText, ...stand } = tool;
  if (freeText === undefined) return tool;
  losses.slight(field, 'sent as a function of one text: this target takes no tools of free text');
  const { grammar } = freeText;
  if (grammar !== undefined) losses.grave(`${field}.format`, 'told in words: this target holds no text to a grammar');
  const words = [tool.description ?? '', asked(freeText)];
  return { ...stand, description: words.filter((text) => text !== '').join('\n\n') };
}

function asked({ grammar }: FreeText): string {
  const whole = `"${TEXT_ARGUMENT}" is the whole text of the call, as it is: without quotes or marks around it.`;
  if (grammar === undefined) return whole;
  const kind = grammar.syntax === 'regex' ? 'regular expression' : 'grammar (Lark)';
  return `${whole} It must match this ${kind}:\n\n${grammar.definition}`;
}

/** A tool of free text as both dialects of OpenAI declare it, `format` apart. Throws `RequestError`. */
export function decodeTextTool(tool: JsonObject, path: string, unmapped: Unmapped): ToolDefinition {
  const name = readString(tool, 'name', path);
  if (name === '') throw new RequestError(fieldPath(path, 'name'), `${fieldPath(path, 'name')} must not be empty.`);
  const description = optionalString(tool, 'description', path);
  const format = optionalObject(tool, 'format', path);
  const grammar = format && decodeGrammar(format, fieldPath(path, 'format'), unmapped);
  return {
    name,
    ...(description !== undefined && { description }),
    parameters: PARAMETERS,
    freeText: { ...(grammar && { grammar }) },
  };
}

/** A kind of format or of grammar that is not known yet goes to targets of the caller's dialect as it is. */
function decodeGrammar(format: JsonObject, path: string, unmapped: Unmapped): FreeText['grammar'] {
  const type = readString(format, 'type', path);
  if (type === 'text') return undefined;
  // Chat Completions has it one level deeper than Responses.
  const nested = optionalObject(format, 'grammar', path);
  const grammar = nested ?? format;
  const syntax = type === 'grammar' && readString(grammar, 'syntax', nested ? fieldPath(path, 'grammar') : path);
  if (syntax === 'lark' || syntax === 'regex') {
    return { syntax, definition: readString(grammar, 'definition', nested ? fieldPath(path, 'grammar') : path) };
  }
  unmapped.add(path);
  return undefined;
}
