import type { FilePart, ImagePart, MediaSource, Part, TextPart } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath, optionalString, readObject, readString } from '../common/fields.ts';
import { mediaAt } from '../common/media-url.ts';
import type { Unmapped } from '../common/unmapped.ts';

/** One part of a message's content. A kind that only this dialect has is kept as it is. */
export function decodePart(value: JsonValue, path: string, unmapped: Unmapped): Part {
  const part = asObject(value, path);
  const type = readString(part, 'type', path);
  if (PART_KINDS.has(type)) unmapped.addRest(part, PART_KEYS, path);
  switch (type) {
    case 'text':
      return { type: 'text', text: readString(part, 'text', path) };
    case 'refusal':
      return { type: 'refusal', text: readString(part, 'refusal', path) };
    case 'image_url':
      return decodeImage(part, path);
    case 'input_audio':
      // Mistral takes an address here or bare bytes, without a format.
      if (typeof part.input_audio === 'string') return foreignPart(type, part);
      return decodeAudio(readObject(part, 'input_audio', path), fieldPath(path, 'input_audio'));
    case 'file':
      return decodeFile(readObject(part, 'file', path), fieldPath(path, 'file'));
    default:
      return foreignPart(type, part);
  }
}

function foreignPart(kind: string, value: JsonObject): Part {
  return { type: 'foreign', dialect: 'openai-chat', kind, value };
}

const PART_KINDS = new Set(['text', 'refusal', 'image_url', 'input_audio', 'file']);
const PART_KEYS = new Set(['type', ...PART_KINDS]);

/** What a tool gave back: text, and with some providers images and files. */
export function decodeResultPart(value: JsonValue, path: string, unmapped: Unmapped): TextPart | ImagePart | FilePart {
  const part = decodePart(value, path, unmapped);
  if (part.type === 'text' || part.type === 'image' || part.type === 'file') return part;
  throw new RequestError(path, `${path} must be text, an image or a file: the result of a tool holds nothing else.`);
}

function decodeImage(part: JsonObject, path: string): ImagePart {
  const field = fieldPath(path, 'image_url');
  // Mistral's clients write the address itself.
  if (typeof part.image_url === 'string') return { type: 'image', source: mediaAt(part.image_url, field) };
  const image = readObject(part, 'image_url', path);
  const detail = optionalString(image, 'detail', field);
  const source = mediaAt(readString(image, 'url', field), fieldPath(field, 'url'));
  return { type: 'image', source, ...(detail !== undefined && { detail }) };
}

function decodeAudio(audio: JsonObject, path: string): Part {
  const data = readString(audio, 'data', path);
  const format = readString(audio, 'format', path);
  return { type: 'audio', source: { kind: 'base64', mediaType: `audio/${format === 'mp3' ? 'mpeg' : format}`, data } };
}

function decodeFile(file: JsonObject, path: string): FilePart {
  const name = optionalString(file, 'filename', path);
  const id = optionalString(file, 'file_id', path);
  const named = name === undefined ? {} : { name };
  if (id !== undefined)
    return { type: 'file', source: { kind: 'provider-file', id, dialect: 'openai-chat' }, ...named };
  const data = optionalString(file, 'file_data', path);
  if (data === undefined) throw new RequestError(path, `${path} must have file_data or file_id.`);
  const source = data.includes(':') ? mediaAt(data, fieldPath(path, 'file_data')) : pdf(data);
  return { type: 'file', source, ...named };
}

/** OpenAI takes bare base64 too, and reads it as PDF. */
function pdf(data: string): MediaSource {
  return { kind: 'base64', mediaType: 'application/pdf', data };
}
