import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import { DEFAULT_TOKEN_RULES, type ImageTokenRule, type TokenRules } from '../model/token-rules.ts';
import { audioSeconds, bytesOf, type ImageMeasure, measureImage, pdfPages } from './media-measure.ts';
import { jsonLength, jsonTokens, textTokens } from './text-tokens.ts';

/** What a request holds, measured once and only when somebody asks: what it counts depends on the target. */
export interface RequestMeasure {
  /** Tokens of everything that is text, before any model's factor. */
  readonly textTokens: number;
  readonly images: readonly ImageMeasure[];
  readonly pdfPages: number;
  readonly audioSeconds: number;
}

/** Tokens that the vendors' chat formats put around a message, and around a tool's definition. */
const MESSAGE_TOKENS = 4;
const TOOL_TOKENS = 8;
/** Bytes a token has in a document of plain text. */
const BYTES_PER_TOKEN = 4;

/** How long a request is, and how long an answer it asks for. */
export interface Measure {
  get(): RequestMeasure;
  /** More input tokens than the request can have by any tokenizer, for the price of adding up lengths. */
  readonly ceiling: number;
  /** Most tokens of the answer, thinking included, as the caller limited it; absent where it left that open. */
  readonly maxOutputTokens: number | undefined;
  /** Tokens of thinking that the caller asked for; 0 where it named no number. */
  readonly thinkingTokens: number;
}

/** Works out the measure on first use and keeps it: most requests are so small that nobody asks. */
export class LazyMeasure implements Measure {
  readonly #request: ChatRequest;
  #measure: RequestMeasure | undefined;
  #ceiling: number | undefined;

  constructor(request: ChatRequest) {
    this.#request = request;
  }

  get(): RequestMeasure {
    this.#measure ??= measureRequest(this.#request);
    return this.#measure;
  }

  get ceiling(): number {
    this.#ceiling ??= ceilingOf(this.#request);
    return this.#ceiling;
  }

  get maxOutputTokens(): number | undefined {
    return this.#request.maxOutputTokens;
  }

  get thinkingTokens(): number {
    return this.#request.reasoning?.budgetTokens ?? 0;
  }
}

/** Input tokens of a measured request at a target of these rules, before anything learned is applied. */
export function inputTokens(measure: RequestMeasure, rules: TokenRules = DEFAULT_TOKEN_RULES): number {
  let images = 0;
  for (const image of measure.images) images += imageTokens(image, rules.image);
  const media = images + measure.pdfPages * rules.pdfPageTokens + measure.audioSeconds * rules.audioSecondTokens;
  return Math.ceil(measure.textTokens * rules.textFactor + media);
}

/** True where the estimate rests on text: only then does a count say something of the tokenizer. */
export function isMostlyText(measure: RequestMeasure): boolean {
  return measure.images.length === 0 && measure.pdfPages === 0 && measure.audioSeconds === 0;
}

type Tally = { -readonly [K in keyof RequestMeasure]: RequestMeasure[K] } & { images: ImageMeasure[] };

export function measureRequest(request: ChatRequest): RequestMeasure {
  const tally: Tally = { textTokens: 0, images: [], pdfPages: 0, audioSeconds: 0 };
  for (const message of request.messages) {
    tally.textTokens += MESSAGE_TOKENS;
    for (const part of message.parts) add(part, tally);
  }
  for (const tool of request.tools) {
    tally.textTokens += TOOL_TOKENS + textTokens(tool.name) + textTokens(tool.description ?? '');
    tally.textTokens += jsonTokens(tool.parameters) + textTokens(tool.freeText?.grammar?.definition ?? '');
  }
  if (request.output.kind === 'json-schema') tally.textTokens += jsonTokens(request.output.schema);
  return tally;
}

function add(part: Part, tally: Tally): void {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      tally.textTokens += textTokens(part.text);
      return;
    case 'tool-call':
      tally.textTokens += TOOL_TOKENS + textTokens(part.name) + textTokens(part.arguments);
      return;
    case 'tool-result':
      tally.textTokens += TOOL_TOKENS;
      for (const piece of part.content) add(piece, tally);
      return;
    case 'image':
      tally.images.push(measureImage(part.source, part.detail));
      return;
    case 'file': {
      const { source } = part;
      if (source.kind === 'base64' && source.mediaType.startsWith('text/'))
        tally.textTokens += bytesOf(source.data) / BYTES_PER_TOKEN;
      else tally.pdfPages += pdfPages(source);
      return;
    }
    case 'audio':
      tally.audioSeconds += audioSeconds(part.source);
      return;
    case 'foreign':
      tally.textTokens += jsonTokens(part.value);
      return;
  }
}

/** No tokenizer makes more than two tokens of a UTF-16 unit; media are so large that only a measure says what they count. */
const MOST_TOKENS_A_CHAR = 2;

function ceilingOf(request: ChatRequest): number {
  let chars = 0;
  for (const message of request.messages) {
    for (const part of message.parts) {
      const length = charsOf(part);
      if (length === undefined) return Number.POSITIVE_INFINITY;
      chars += length + MESSAGE_TOKENS;
    }
  }
  for (const tool of request.tools) {
    chars += TOOL_TOKENS + tool.name.length + (tool.description?.length ?? 0) + jsonLength(tool.parameters);
    chars += tool.freeText?.grammar?.definition.length ?? 0;
  }
  if (request.output.kind === 'json-schema') chars += jsonLength(request.output.schema);
  return chars * MOST_TOKENS_A_CHAR;
}

function charsOf(part: Part): number | undefined {
  switch (part.type) {
    case 'text':
    case 'reasoning':
    case 'refusal':
      return part.text.length;
    case 'tool-call':
      return part.name.length + part.arguments.length + TOOL_TOKENS;
    case 'tool-result': {
      let chars = TOOL_TOKENS;
      for (const piece of part.content) {
        if (piece.type !== 'text') return undefined;
        chars += piece.text.length;
      }
      return chars;
    }
    default:
      return undefined;
  }
}

function imageTokens(image: ImageMeasure, rule: ImageTokenRule): number {
  switch (rule.kind) {
    case 'flat':
      return rule.tokens;
    case 'area': {
      if (!image.sides) return rule.maxTokens;
      return Math.min(rule.maxTokens, Math.ceil((image.sides.width * image.sides.height) / rule.pixelsPerToken));
    }
    case 'tiles':
      return rule.base + (image.lowDetail ? 0 : tilesOf(image, rule) * rule.perTile);
    case 'patches': {
      if (!image.sides) return Math.ceil(rule.maxPatches * rule.factor);
      const patches = Math.ceil(image.sides.width / rule.side) * Math.ceil(image.sides.height / rule.side);
      return Math.ceil(Math.min(rule.maxPatches, patches) * rule.factor);
    }
  }
}

function tilesOf({ sides }: ImageMeasure, rule: Extract<ImageTokenRule, { kind: 'tiles' }>): number {
  const { maxSide, shortSide, tileSide } = rule;
  const { width, height } = sides ?? { width: shortSide, height: shortSide };
  const scale = Math.min(1, maxSide / Math.max(width, height), shortSide / Math.min(width, height));
  return Math.ceil((width * scale) / tileSide) * Math.ceil((height * scale) / tileSide);
}
