import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import { fromNunjucks } from './nunjucks.ts';
import { isFile, PromptfooError, type ReadSource, sourceText, yamlValue } from './source.ts';

/** One prompt: the messages that are sent, with their variables open. */
export interface ImportedPrompt {
  readonly label: string;
  readonly messages: readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];
}

const CODE = /\.(js|cjs|mjs|ts|py|sh|exe)(:\w+)?$/i;
/** Between several prompts of one text file, on a line of its own. */
const BETWEEN = /^---$/m;
const ROLES: Readonly<Record<string, 'system' | 'user' | 'assistant'>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
};

/** The prompts of a configuration; one that cannot be taken over is named to `note`. */
export function importPrompts(
  value: JsonValue | undefined,
  read: ReadSource,
  note: (text: string) => void,
): ImportedPrompt[] {
  const list = listOf(value);
  return list.flatMap((one, at) => {
    const [raw, label] = rawOf(one, at);
    if (raw === undefined) {
      note(`prompt ${at + 1}: has neither a text nor a file`);
      return [];
    }
    if (CODE.test(raw) && (isFile(raw) || !/\s/.test(raw))) {
      note(`prompt ${at + 1}: ${raw} is code, which is never run here; write out what it says`);
      return [];
    }
    try {
      return textsOf(raw, read).map((text, part, all) => ({
        label: all.length > 1 ? `${label}.${part + 1}` : label,
        messages: messagesOf(text),
      }));
    } catch (error) {
      if (!(error instanceof PromptfooError)) throw error;
      note(`prompt ${at + 1}: ${error.message}`);
      return [];
    }
  });
}

/** A list, one alone, or files with their labels. */
function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  if (isJsonObject(value) && value.raw === undefined && value.id === undefined)
    return Object.entries(value).map(([raw, label]) => ({ raw, label }));
  return value === undefined || value === null ? [] : [value];
}

function rawOf(one: JsonValue, at: number): [string | undefined, string] {
  if (typeof one === 'string') return [one, `prompt-${at + 1}`];
  if (!isJsonObject(one)) return [undefined, ''];
  const { raw, id, label } = one;
  const name = typeof label === 'string' && label !== '' ? label : `prompt-${at + 1}`;
  return [typeof raw === 'string' ? raw : typeof id === 'string' ? id : undefined, name];
}

function textsOf(raw: string, read: ReadSource): string[] {
  const bare = /^[\w./-]+\.(txt|json|ya?ml|md|j2)$/.test(raw);
  if (!isFile(raw) && !bare) return [raw];
  const text = sourceText(raw, read);
  if (!/\.(txt|j2)$/i.test(raw)) return [text];
  return text
    .split(BETWEEN)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A text is a user's message; a list of messages in JSON or YAML is taken as that. */
function messagesOf(text: string): ImportedPrompt['messages'] {
  const found = chatOf(text);
  if (!found) return [{ role: 'user', content: fromNunjucks(text) }];
  return found.map((message) => {
    const role = ROLES[String(message.role)];
    const content = contentOf(message.content);
    if (role === undefined || content === undefined)
      throw new PromptfooError(
        `a message of role ${String(message.role)} holds more than text, which a suite cannot send`,
      );
    return { role, content: fromNunjucks(content) };
  });
}

function chatOf(text: string): JsonObject[] | undefined {
  if (!/^\s*(\[|-\s|\{|messages:)/.test(text)) return undefined;
  const found = parsed(text);
  const value = isJsonObject(found) ? found.messages : found;
  return Array.isArray(value) &&
    value.length > 0 &&
    value.every((one): one is JsonObject => isJsonObject(one) && 'role' in one)
    ? value
    : undefined;
}

function parsed(text: string): JsonValue | undefined {
  try {
    return yamlValue(text);
  } catch {
    return undefined;
  }
}

function contentOf(content: JsonValue | undefined): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((part) => (isJsonObject(part) && part.type === 'text' ? part.text : undefined));
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : undefined;
}
