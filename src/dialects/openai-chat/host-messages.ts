import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';

interface Host {
  readonly quirks: Quirks;
  readonly losses: LossList;
}

/** Messages as this host takes them; the list itself where nothing has to change. */
export function hostMessages(messages: readonly JsonValue[], host: Host): readonly JsonValue[] {
  const { quirks } = host;
  let list = messages;
  const each = !quirks.messageNames || !quirks.imageUrls || !quirks.textParts || !quirks.nullContent;
  if (each) list = list.map((message, at) => (isJsonObject(message) ? hostMessage(message, at, host) : message));
  if (quirks.systemMessages === 'first') list = systemFirst(list, host.losses);
  switch (quirks.roleOrder) {
    case 'free':
      return list;
    case 'assistant-after-tool':
      return bridged(list, host.losses);
    case 'alternating':
      return merged(list);
  }
}

function hostMessage(message: JsonObject, at: number, { quirks, losses }: Host): JsonObject {
  const out = { ...message };
  const path = `messages[${at}]`;
  if (!quirks.messageNames && out.name !== undefined && out.role !== 'tool' && out.role !== 'function') {
    delete out.name;
    losses.slight(`${path}.name`, 'this target takes no names of participants');
  }
  if (Array.isArray(out.content)) {
    const parts = quirks.imageUrls
      ? out.content
      : out.content.map((part, index) => withoutAddress(part, `${path}.content[${index}]`, losses));
    const texts = quirks.textParts ? undefined : onlyTexts(parts);
    out.content = texts === undefined ? parts : texts.join('\n');
  }
  if (!quirks.nullContent && (out.content === null || out.content === undefined)) out.content = '';
  return out;
}

function onlyTexts(parts: readonly JsonValue[]): string[] | undefined {
  const texts = parts.flatMap((part) =>
    isJsonObject(part) && part.type === 'text' && typeof part.text === 'string' ? [part.text] : [],
  );
  return texts.length === parts.length ? texts : undefined;
}

/** An image that the host would have to fetch, and does not. */
function withoutAddress(part: JsonValue, path: string, losses: LossList): JsonValue {
  if (!isJsonObject(part) || part.type !== 'image_url') return part;
  const url = isJsonObject(part.image_url) ? part.image_url.url : part.image_url;
  if (typeof url !== 'string' || !/^https?:/i.test(url)) return part;
  losses.grave(path, 'this target fetches no images by their address');
  return { type: 'text', text: `[Image: ${url}]` };
}

function isSystem(message: JsonValue): message is JsonObject {
  return isJsonObject(message) && (message.role === 'system' || message.role === 'developer');
}

/** One system message, at the head. */
function systemFirst(messages: readonly JsonValue[], losses: LossList): readonly JsonValue[] {
  const systems = messages.filter(isSystem);
  const [first] = systems;
  if (first === undefined || (systems.length === 1 && messages[0] === first)) return messages;
  const head = messages.findIndex((message) => !isSystem(message));
  if (head >= 0 && messages.slice(head).some(isSystem)) {
    losses.slight('messages', 'system messages were moved to the beginning: this target takes them nowhere else');
  }
  const others = messages.filter((message) => !isSystem(message));
  return [systems.reduce((all, next) => joined(all, next)), ...others];
}

/** Mistral: "Unexpected role 'user' after role 'tool'". A word of the assistant between them changes nothing. */
function bridged(messages: readonly JsonValue[], losses: LossList): readonly JsonValue[] {
  const out: JsonValue[] = [];
  for (const message of messages) {
    const before = out.at(-1);
    if (isJsonObject(before) && before.role === 'tool' && isJsonObject(message) && message.role === 'user') {
      out.push({ role: 'assistant', content: 'OK.' });
      losses.slight('messages', 'a word of the assistant was put between a tool and the user: this target demands one');
    }
    out.push(message);
  }
  return out;
}

/** Neighbours of one role as one message. */
function merged(messages: readonly JsonValue[]): readonly JsonValue[] {
  const out: JsonValue[] = [];
  for (const message of messages) {
    const before = out.at(-1);
    if (isJsonObject(before) && isJsonObject(message) && mayJoin(before, message)) {
      out[out.length - 1] = joined(before, message);
    } else out.push(message);
  }
  return out;
}

function mayJoin(before: JsonObject, message: JsonObject): boolean {
  if (before.role !== message.role) return false;
  if (message.role === 'user') return true;
  return message.role === 'assistant' && before.tool_calls === undefined && message.tool_calls === undefined;
}

function joined(before: JsonObject, message: JsonObject): JsonObject {
  const [one, two] = [before.content ?? '', message.content ?? ''];
  if (typeof one === 'string' && typeof two === 'string') {
    return { ...before, ...message, role: before.role ?? null, content: [one, two].filter(Boolean).join('\n\n') };
  }
  return { ...before, ...message, role: before.role ?? null, content: [...partsOf(one), ...partsOf(two)] };
}

function partsOf(content: JsonValue): JsonValue[] {
  if (Array.isArray(content)) return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}
