import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import { hash32 } from '../chance.ts';
import type { OddFrames, Stamp, StreamedAnswer } from '../dialect-kit.ts';
import { splitPieces } from '../pieces.ts';
import type { Reply } from '../reply.ts';

const FINISH = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  // The API says STOP for function calls too.
  'tool-calls': 'STOP',
  'stop-sequence': 'STOP',
  'content-filter': 'SAFETY',
} as const;

/** A `GenerateContentResponse`. */
export function geminiWhole(reply: Reply, ask: Ask, stamp: Stamp): JsonObject {
  const parts = allParts(reply, ask, stamp, (text) => [text]).flatMap((piece) => piece.parts);
  return JSON.parse(response(reply, stamp, { parts, outputTokens: reply.outputTokens, final: true }));
}

interface Piece {
  readonly parts: JsonObject[];
  /** Tokens of this piece. */
  readonly tokens: number;
}

/**
 * The parts in the order of the wire. Models without thought signatures send parallel calls in one piece, `signed` ones
 * each in its own, the first with the signature and all with ids.
 */
function allParts(reply: Reply, ask: Ask, stamp: Stamp, split: (text: string) => string[]): Piece[] {
  const pieces: Piece[] = [];
  if (ask.thinking === 'shown') {
    for (const text of split(reply.reasoning))
      if (text !== '') pieces.push({ parts: [{ text, thought: true }], tokens: 1 });
  }
  for (const text of split(reply.text)) if (text !== '') pieces.push({ parts: [{ text }], tokens: 1 });
  const signed = ask.personality === 'signed';
  const calls = reply.calls.map((call, index): Piece => {
    const functionCall: JsonObject = { name: call.name, args: parseArguments(call.arguments) };
    const part: JsonObject = { functionCall };
    if (signed) functionCall.id = `${stamp.id.slice(-7)}${index}`;
    if (signed && index === 0) part.thoughtSignature = thoughtSignature(call.arguments);
    return { parts: [part], tokens: splitPieces(call.arguments).length };
  });
  if (calls.length === 0) return pieces;
  if (signed) return [...pieces, ...calls];
  const tokens = calls.reduce((sum, call) => sum + call.tokens, 0);
  return [...pieces, { parts: calls.flatMap((call) => call.parts), tokens }];
}

function thoughtSignature(text: string): string {
  return `c2ltdWxhdGVk${hash32(text).toString(16).padStart(8, '0')}`;
}

function parseArguments(json: string): JsonObject {
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

interface Part {
  readonly parts: readonly JsonObject[];
  /** Cumulative, as the API counts. */
  readonly outputTokens: number;
  readonly final: boolean;
}

/** Put together as text: a stream has one of these for every word. */
function response(reply: Reply, stamp: Stamp, part: Part): string {
  const parts = part.parts.length > 0 ? `"parts":${JSON.stringify(part.parts)},` : '';
  const finish = part.final ? `"finishReason":"${FINISH[reply.finish]}",` : '';
  const usage = usageJson(reply, part.outputTokens);
  return `{"candidates":[{"content":{${parts}"role":"model"},${finish}"index":0}],"usageMetadata":${usage},"modelVersion":${JSON.stringify(stamp.model)},"responseId":"${stamp.id}"}`;
}

/** Thoughts are not among the candidates' tokens. */
function usageJson(reply: Reply, outputTokens: number): string {
  const { inputTokens, reasoningTokens } = reply;
  const candidates = Math.max(0, outputTokens - reasoningTokens);
  const counted = candidates > 0 ? `"candidatesTokenCount":${candidates},` : '';
  const thoughts = reasoningTokens > 0 ? `,"thoughtsTokenCount":${reasoningTokens}` : '';
  const total = inputTokens + candidates + reasoningTokens;
  return `{"promptTokenCount":${inputTokens},${counted}"totalTokenCount":${total},"promptTokensDetails":[{"modality":"TEXT","tokenCount":${inputTokens}}]${thoughts}}`;
}

/** Responses one after the other: events with CR LF, or the elements of one JSON array where no events were asked for. */
export function geminiStreamed(reply: Reply, ask: Ask, stamp: Stamp): StreamedAnswer {
  const pieces = allParts(reply, ask, stamp, splitPieces);
  let outputTokens = ask.thinking === 'shown' ? 0 : reply.reasoningTokens;
  const finishesApart = ask.personality === 'signed' || pieces.length === 0;
  const responses = pieces.map((piece, index) => {
    outputTokens += piece.tokens;
    const final = !finishesApart && index === pieces.length - 1;
    return response(reply, stamp, {
      parts: piece.parts,
      outputTokens: final ? reply.outputTokens : outputTokens,
      final,
    });
  });
  const end = { parts: pieces.length === 0 ? [] : [{ text: '' }], outputTokens: reply.outputTokens, final: true };
  const closing = finishesApart ? [response(reply, stamp, end)] : [];
  return stamp.asEvents ? asEvents(responses, closing) : asArray(responses, closing);
}

function asEvents(responses: readonly string[], closing: readonly string[]): StreamedAnswer {
  const frame = (json: string) => `data: ${json}\r\n\r\n`;
  return {
    opening: '',
    pieces: responses.map(frame),
    closing: closing.map(frame).join(''),
  };
}

function asArray(responses: readonly string[], closing: readonly string[]): StreamedAnswer {
  const element = (json: string, index: number) => (index === 0 ? '' : ',\r\n') + json;
  return {
    opening: '[',
    pieces: responses.map(element),
    closing: `${closing.map((json) => element(json, responses.length)).join('')}\n]`,
  };
}

export function geminiOdd(stamp: Stamp): OddFrames {
  const half = '{"candidates": [{"content": {"parts": [{"text": " brok';
  if (!stamp.asEvents) {
    return {
      contentType: 'application/json; charset=UTF-8',
      ping: ' ',
      malformed: `,\r\n${half}`,
      wrongShape: '[{"result":"ok","items":[1,2,3]}]',
    };
  }
  return {
    contentType: 'text/event-stream',
    ping: ': keepalive\r\n\r\n',
    malformed: `data: ${half}\r\n\r\n`,
    wrongShape: 'data: {"result":"ok","items":[1,2,3]}\r\n\r\n',
  };
}

/** The API's answer to a prompt that it blocks: status 200, no candidates. */
export function geminiBlocked(stamp: Stamp, inputTokens: number): JsonObject {
  return {
    promptFeedback: {
      blockReason: 'SAFETY',
      safetyRatings: [{ category: 'HARM_CATEGORY_DANGEROUS_CONTENT', probability: 'HIGH' }],
    },
    usageMetadata: { promptTokenCount: inputTokens, totalTokenCount: inputTokens },
    modelVersion: stamp.model,
    responseId: stamp.id,
  };
}
