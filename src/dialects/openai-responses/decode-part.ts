import type { FilePart, ImagePart, MediaSource, Part, TextPart } from '../../model/conversation.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import { asObject, fieldPath, optionalString, readObject, readString } from '../common/fields.ts';
import { mediaAt } from '../common/media-url.ts';
import type { Unmapped } from '../common/unmapped.ts';

const KNOWN_KEYS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['input_text', new Set(['type', 'text'])],
  // Callers give their answers back whole; what stands beside the text was made by the model, not asked by the caller.
  ['output_text', new Set(['type', 'text', 'annotations', 'logprobs'])],
  ['refusal', new Set(['type', 'refusal'])],
  ['input_image', new Set(['type', 'image_url', 'file_id', 'detail'])],
  ['input_file', new Set(['type', 'file_data', 'file_id', 'file_url', 'filename', 'detail'])],
  ['input_audio', new Set(['type', 'input_audio'])],
]);

/** One part of a message's content. A kind that only this dialect has is kept as it is. */
export function decodePart(value: JsonValue, path: string, unmapped: Unmapped): Part {
  const part = asObject(value, path);
  const type = readString(part, 'type', path);
  const known = KNOWN_KEYS.get(type);
  if (known !== undefined) unmapped.addRest(part, known, path);
  switch (type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: readString(part, 'text', path) };
    case 'refusal':
      return { type: 'refusal', text: readString(part, 'refusal', path) };
    case 'input_image':
      return decodeImage(part, path);
    case 'input_file':
      return decodeFile(part, path);
    case 'input_audio':
      return decodeAudio(readObject(part, 'input_audio', path), fieldPath(path, 'input_audio'));
    default:
      return { type: 'foreign', dialect: 'openai-responses', kind: type, value: part };
  }
}

/** What a tool gave back: text, images and files. */
export function decodeResultPart(value: JsonValue, path: string, unmapped: Unmapped): TextPart | ImagePart | FilePart {
  const part = decodePart(value, path, unmapped);
  if (part.type === 'text' || part.type === 'image' || part.type === 'file') return part;
  throw new RequestError(path, `${path} must be text, an image or a file: the result of a tool holds nothing else.`);
}

function decodeImage(part: JsonObject, path: string): ImagePart {
  const detail = optionalString(part, 'detail', path);
  const more = detail === undefined ? {} : { detail };
  const id = optionalString(part, 'file_id', path);
  if (id !== undefined) return { type: 'image', source: heldFile(id), ...more };
  const url = optionalString(part, 'image_url', path);
  if (url === undefined) throw new RequestError(path, `${path} must have image_url or file_id.`);
  return { type: 'image', source: mediaAt(url, fieldPath(path, 'image_url')), ...more };
}

function decodeFile(part: JsonObject, path: string): FilePart {
  const name = optionalString(part, 'filename', path);
  const named = name === undefined ? {} : { name };
  const id = optionalString(part, 'file_id', path);
  if (id !== undefined) return { type: 'file', source: heldFile(id), ...named };
  const url = optionalString(part, 'file_url', path);
  if (url !== undefined) return { type: 'file', source: mediaAt(url, fieldPath(path, 'file_url')), ...named };
  const data = optionalString(part, 'file_data', path);
  if (data === undefined) throw new RequestError(path, `${path} must have file_data, file_url or file_id.`);
  const isUrl = data.includes(':');
  // Bare base64 is read as PDF.
  const source: MediaSource = isUrl
    ? mediaAt(data, fieldPath(path, 'file_data'))
    : { kind: 'base64', mediaType: 'application/pdf', data };
  return { type: 'file', source, ...named };
}

function decodeAudio(audio: JsonObject, path: string): Part {
  const data = readString(audio, 'data', path);
  const format = readString(audio, 'format', path);
  return { type: 'audio', source: { kind: 'base64', mediaType: `audio/${format === 'mp3' ? 'mpeg' : format}`, data } };
}

function heldFile(id: string): MediaSource {
  return { kind: 'provider-file', id, dialect: 'openai-responses' };
}
