import type { AudioPart, FilePart, ImagePart, MediaSource, Part } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { sameVendor } from '../../model/requirement.ts';
import type { LossList } from '../common/losses.ts';
import type { WireContentPart } from './wire.ts';

type Encoded = WireContentPart & JsonObject;

/** A part of a user's message; undefined where it cannot be told, which is then named as a loss. */
export function encodePart(part: Part, path: string, losses: LossList): Encoded | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'image':
      return encodeImage(part, path, losses);
    case 'file':
      return encodeFile(part, path, losses);
    case 'audio':
      return encodeAudio(part, path, losses);
    case 'foreign': {
      // What only this dialect has was kept as it came, so it is one of its parts.
      if (part.dialect === 'openai-chat' && isJsonObject(part.value)) return part.value as Encoded;
      losses.grave(path, `openai-chat has no counterpart for ${part.kind} of ${part.dialect}`);
      return undefined;
    }
    case 'refusal':
    case 'reasoning':
    case 'tool-call':
    case 'tool-result':
      losses.grave(path, `a user message cannot hold ${part.type}`);
      return undefined;
  }
}

function encodeImage(part: ImagePart, path: string, losses: LossList): Encoded | undefined {
  const url = urlOf(part.source);
  if (url === undefined) return missing(part.source, path, losses);
  const detail = DETAILS.find((known) => known === part.detail);
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } };
}

const DETAILS = ['auto', 'low', 'high'] as const;

function encodeFile(part: FilePart, path: string, losses: LossList): Encoded | undefined {
  const { source } = part;
  switch (source.kind) {
    case 'provider-file':
      if (!sameVendor(source.dialect, 'openai-chat')) return missing(source, path, losses);
      return { type: 'file', file: { file_id: source.id, ...(part.name !== undefined && { filename: part.name }) } };
    case 'url':
      losses.grave(path, 'openai-chat takes no files by address');
      return undefined;
    case 'base64':
      // OpenAI demands a name beside the bytes.
      return { type: 'file', file: { filename: part.name ?? 'document', file_data: dataUrl(source) } };
  }
}

const AUDIO_FORMATS: Readonly<Record<string, 'wav' | 'mp3'>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
};

function encodeAudio(part: AudioPart, path: string, losses: LossList): Encoded | undefined {
  const { source } = part;
  const format = source.kind === 'base64' ? AUDIO_FORMATS[source.mediaType] : undefined;
  if (source.kind === 'base64' && format !== undefined) {
    return { type: 'input_audio', input_audio: { data: source.data, format } };
  }
  losses.grave(path, 'openai-chat takes sound as wav or mp3 bytes alone');
  return undefined;
}

function urlOf(source: MediaSource): string | undefined {
  if (source.kind === 'url') return source.url;
  return source.kind === 'base64' ? dataUrl(source) : undefined;
}

function dataUrl(source: Extract<MediaSource, { kind: 'base64' }>): string {
  return `data:${source.mediaType};base64,${source.data}`;
}

function missing(source: MediaSource, path: string, losses: LossList): undefined {
  const holder = source.kind === 'provider-file' ? source.dialect : 'another provider';
  losses.grave(path, `the file is held by a provider of ${holder} and means nothing elsewhere`);
  return undefined;
}
