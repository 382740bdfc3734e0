import type { Candidate, Content, FunctionCall, GenerateContentResponse, Part } from '@google/genai';
import type { ChatEvent, FinishReason, ServedTier } from '../../model/chat-event.ts';
import type { Citation } from '../../model/citation.ts';
import type { CitedText } from '../../model/cited-text.ts';
import type { Part as NeutralPart, OpaqueState } from '../../model/conversation.ts';
import type { AnswerContext } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { ChosenToken } from '../../model/logprob.ts';
import type { Usage } from '../../model/usage.ts';
import { parseJson } from '../common/frame-json.ts';
import { sealStateInBase64 } from '../common/sealed-state.ts';
import { showsThoughts } from './decode-generation.ts';
import { writeFinish } from './finish-reasons.ts';
import { writeGrounding } from './grounding.ts';
import { writeLogprobs } from './logprobs.ts';
import { writeUsage } from './usage.ts';
import { foreignCallSignature, wire } from './wire.ts';

/** A whole answer's, or one piece's, body with the vendor's field names. */
type ResponseBody = Omit<GenerateContentResponse, 'text' | 'data' | 'functionCalls'>;

/** The end of one alternative. */
export interface Ended {
  readonly choice: number;
  readonly reason: FinishReason;
  readonly native?: string;
}

/** What stands beside the parts of an alternative. */
export interface Beside {
  readonly citations: readonly Citation[];
  readonly logprobs: readonly ChosenToken[];
  /** All text of the alternative. */
  readonly text: CitedText;
}

/** Writes the parts and responses of one answer in our own words. */
export class ResponseWriter {
  readonly #thoughts: boolean;
  /** Calls that were begun, as `choice:index`: this API has no pieces of calls. */
  readonly #calls = new Map<string, { readonly call: NeutralPart & { type: 'tool-call' }; json: string }>();
  /** Alternatives of which a call has been signed. */
  readonly #signed = new Set<number>();
  /** Alternatives that refuse in words. */
  readonly #refused = new Set<number>();
  #responseId: string;
  #model: string;
  #tier: ServedTier | undefined;

  constructor(context: AnswerContext) {
    this.#thoughts = showsThoughts(context.request.original);
    this.#responseId = context.requestId;
    this.#model = context.model;
  }

  /** The tier that serves. */
  serve(tier: ServedTier | undefined): void {
    this.#tier = tier ?? this.#tier;
  }

  /** Responses that follow forwarded ones bear their id. */
  identify(id: string | undefined, model: string | undefined): void {
    if (id !== undefined) this.#responseId = id;
    if (model !== undefined) this.#model = model;
  }

  /** What of an answer another target cannot complete. */
  dropOpenCalls(): void {
    this.#calls.clear();
  }

  /** The parts that an event completes. */
  parts(event: ChatEvent): JsonObject[] {
    const choice = event.choice ?? 0;
    switch (event.type) {
      case 'text':
      case 'refusal':
        return this.part({ type: event.type, text: event.text }, choice);
      case 'reasoning':
        return this.part(event, choice);
      case 'foreign':
        return this.part(event.part, choice);
      case 'tool-call-start': {
        const { type: _, index, choice: __, frame: ___, ...call } = event;
        this.#calls.set(`${choice}:${index}`, { call: { type: 'tool-call', arguments: '', ...call }, json: '' });
        return [];
      }
      case 'tool-call-delta': {
        const open = this.#calls.get(`${choice}:${event.index}`);
        if (open) open.json += event.json;
        return [];
      }
      case 'tool-call-end':
        return this.#endCall(`${choice}:${event.index}`, choice);
      case 'citation':
      case 'logprobs':
      case 'start':
      case 'usage':
      case 'finish':
      case 'fault':
      case 'switch':
      case 'note':
        return [];
    }
  }

  /** Calls whose end nobody told. */
  openCalls(choice: number): JsonObject[] {
    const keys = [...this.#calls.keys()].filter((key) => key.startsWith(`${choice}:`));
    return keys.flatMap((key) => this.#endCall(key, choice));
  }

  part(part: NeutralPart, choice: number): JsonObject[] {
    switch (part.type) {
      case 'refusal':
        this.#refused.add(choice);
        return part.text === '' ? [] : [wire<Part>({ text: part.text })];
      case 'text':
        return part.text === '' ? [] : [wire<Part>({ text: part.text })];
      case 'reasoning':
        return this.#reasoning(part);
      case 'tool-call':
        return [this.#call(part, choice)];
      case 'foreign':
        return part.dialect === 'gemini-generate' && isJsonObject(part.value) ? [part.value] : [];
      case 'image':
      case 'file':
      case 'audio':
      case 'tool-result':
        return [];
    }
  }

  /** A piece of one alternative. */
  piece(parts: JsonObject[], choice: number): JsonObject {
    const content = wire<Content>({ parts, role: 'model' });
    return this.#response([wire<Candidate>({ content, index: choice })], {});
  }

  /** The last response of a stream. An empty text stands in it, because clients drop turns with a piece without parts. */
  end(ended: readonly (Ended & Partial<Beside>)[], usage: Usage): JsonObject {
    return this.whole(
      ended.map((end) => {
        const parts = this.openCalls(end.choice);
        return { ...end, parts: parts.length > 0 ? parts : [wire<Part>({ text: '' })] };
      }),
      usage,
    );
  }

  whole(candidates: readonly (Ended & Partial<Beside> & { readonly parts: JsonObject[] })[], usage: Usage): JsonObject {
    const written = candidates.map(({ choice, reason, native, parts, citations = [], logprobs = [], text }) =>
      wire<Candidate>({
        content: wire<Content>({ parts: parts.length > 0 ? parts : undefined, role: 'model' }),
        finishReason: writeFinish(reason, native, this.#refused.has(choice)),
        index: choice,
        groundingMetadata: text && writeGrounding(citations, text),
        logprobsResult: writeLogprobs(logprobs),
      }),
    );
    return this.#response(written, usage);
  }

  #response(candidates: JsonObject[], usage: Usage): JsonObject {
    return wire<ResponseBody>({
      candidates,
      usageMetadata: writeUsage(usage, this.#tier),
      modelVersion: this.#model,
      responseId: this.#responseId,
    });
  }

  #reasoning(part: NeutralPart & { type: 'reasoning' }): JsonObject[] {
    const thoughtSignature = signatureOf(part.opaque);
    if (part.text !== '' && this.#thoughts) return [wire<Part>({ text: part.text, thought: true, thoughtSignature })];
    return thoughtSignature === undefined ? [] : [wire<Part>({ text: '', thoughtSignature })];
  }

  #endCall(key: string, choice: number): JsonObject[] {
    const open = this.#calls.get(key);
    this.#calls.delete(key);
    return open ? [this.#call({ ...open.call, arguments: open.json }, choice)] : [];
  }

  /** The first call of a turn that comes back without a signature is refused by the models of this API that sign. */
  #call(part: NeutralPart & { type: 'tool-call' }, choice: number): JsonObject {
    const functionCall = wire<FunctionCall>({ id: part.id, name: part.name, args: argsOf(part.arguments) });
    const standIn = this.#signed.has(choice) ? undefined : foreignCallSignature;
    this.#signed.add(choice);
    return wire<Part>({ functionCall, thoughtSignature: signatureOf(part.opaque) ?? standIn });
  }
}

/** The signature that the API gave, or the sealed state of another provider: what stands in the field comes back. */
function signatureOf(opaque: OpaqueState | undefined): string | undefined {
  if (opaque === undefined) return undefined;
  if (opaque.dialect !== 'gemini-generate') return sealStateInBase64(opaque);
  return typeof opaque.value === 'string' ? opaque.value : undefined;
}

/** Some models write nothing, or `null`, where there are no arguments; what is no object is shown, not lost. */
function argsOf(json: string): JsonObject {
  if (['', 'null'].includes(json.trim())) return {};
  const parsed = parseJson(json);
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : { arguments: json };
}
