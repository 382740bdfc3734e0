import type { FilePart, ImagePart, Part } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { sameVendor } from '../../model/requirement.ts';
import type { LossList } from '../common/losses.ts';
import type { WireInputContent } from './wire.ts';

type Encoded = WireInputContent & JsonObject;

const DETAILS = ['auto', 'low', 'high'] as const;
const ELSEWHERE = 'the file is held by another provider and means nothing here';

/** A part of a user's message or of a tool's result; undefined where it cannot be told, which is then named as a loss. */
export function encodePart(part: Part, path: string, losses: LossList): Encoded | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text };
    case 'image':
      return encodeImage(part, path, losses);
    case 'file':
      return encodeFile(part, path, losses);
    case 'foreign': {
      // What only this dialect has was kept as it came, so it is one of its parts.
      if (part.dialect === 'openai-responses' && isJsonObject(part.value)) return part.value as Encoded;
      losses.grave(path, `openai-responses has no counterpart for ${part.kind} of ${part.dialect}`);
      return undefined;
    }
    case 'audio':
      losses.grave(path, 'openai-responses takes no sound');
      return undefined;
    case 'refusal':
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      losses.grave(path, `a user message cannot hold ${part.type}`);
      return undefined;
  }
}

function encodeImage(part: ImagePart, path: string, losses: LossList): Encoded | undefined {
  const { source } = part;
  const detail = DETAILS.find((known) => known === part.detail) ?? 'auto';
  switch (source.kind) {
    case 'url':
      return { type: 'input_image', image_url: source.url, detail };
    case 'base64':
      return { type: 'input_image', image_url: `data:${source.mediaType};base64,${source.data}`, detail };
    case 'provider-file':
      if (sameVendor(source.dialect, 'openai-responses')) return { type: 'input_image', file_id: source.id, detail };
      losses.grave(path, ELSEWHERE);
      return undefined;
  }
}

function encodeFile(part: FilePart, path: string, losses: LossList): Encoded | undefined {
  const { source } = part;
  if (part.name !== undefined && source.kind !== 'base64') losses.slight(`${path}.name`, 'taken beside bytes alone');
  switch (source.kind) {
    case 'url':
      return { type: 'input_file', file_url: source.url };
    case 'base64': {
      // OpenAI demands a name beside the bytes.
      const file_data = `data:${source.mediaType};base64,${source.data}`;
      return { type: 'input_file', filename: part.name ?? 'document', file_data };
    }
    case 'provider-file':
      if (sameVendor(source.dialect, 'openai-responses')) return { type: 'input_file', file_id: source.id };
      losses.grave(path, ELSEWHERE);
      return undefined;
  }
}
