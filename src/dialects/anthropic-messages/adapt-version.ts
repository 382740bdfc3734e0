import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';

/**
 * Takes out of a finished body what version 2026-10-21 answers 400 to and the one before it took: documents in turns of
 * the assistant, and citations on texts that are not the assistant's. Sampling is seen to where it is written.
 *
 * @see https://platform.claude.com/docs/en/api/migration-2026-10-21
 */
export function adaptToVersion(body: JsonObject, quirks: Quirks, losses: LossList): void {
  if (quirks.anthropicVersion !== '2026-10-21' || !Array.isArray(body.messages)) return;
  body.messages = body.messages.map((message, at) => adaptMessage(message, `messages[${at}]`, losses));
}

function adaptMessage(message: JsonValue, path: string, losses: LossList): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message.content)) return message;
  const { role, content } = message;
  const adapted = role === 'assistant' ? withoutDocuments(content, path, losses) : withoutCitations(content, losses);
  if (adapted.length === content.length && adapted.every((block, at) => block === content[at])) return message;
  return { ...message, content: adapted };
}

function withoutDocuments(content: readonly JsonValue[], path: string, losses: LossList): JsonValue[] {
  return content.filter((block, at) => {
    if (!isJsonObject(block) || block.type !== 'document') return true;
    losses.add(`${path}.content[${at}]`, 'dropped: this target takes no documents from the assistant', true);
    return false;
  });
}

function withoutCitations(content: readonly JsonValue[], losses: LossList): JsonValue[] {
  return content.map((block) => {
    if (!isJsonObject(block)) return block;
    const { citations, content: inner, ...rest } = block;
    if (block.type === 'search_result' && Array.isArray(inner)) {
      const adapted = withoutCitations(inner, losses);
      return adapted.every((each, at) => each === inner[at]) ? block : { ...block, content: adapted };
    }
    if (block.type !== 'text' || !Array.isArray(citations) || citations.length === 0) return block;
    losses.add('citations', 'left out: this target takes them on texts of the assistant alone');
    return rest;
  });
}
