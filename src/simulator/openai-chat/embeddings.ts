import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import { Dice, hash32 } from '../chance.ts';
import { type DialectKit, type Incoming, refuse, type Stamp } from '../dialect-kit.ts';
import { estimateTokens } from '../pieces.ts';
import { openaiChatKit } from './kit.ts';

const DIMENSIONS = 16;
const MAX_DIMENSIONS = 4_096;
const MAX_INPUTS = 2_048;

/**
 * `POST /embeddings` of the request at hand. The vector of a text depends on the text and on the model's name, so that
 * two models put the same text into different places, as real ones do.
 */
export function embeddingsKit(body: JsonObject): DialectKit {
  return { ...openaiChatKit, read: readEmbeddings, whole: (_reply, ask, stamp) => vectors(body, ask, stamp) };
}

function readEmbeddings(incoming: Incoming): Ask {
  const { body, model, personality } = incoming;
  const inputs = inputsOf(body);
  if (inputs.length === 0 || inputs.some((input) => input === ''))
    refuse("'$.input' is invalid. Please check the API reference.", 'input');
  if (inputs.length > MAX_INPUTS)
    refuse(`'$.input' is too long: at most ${MAX_INPUTS} items.`, 'input', 'array_above_max_length');
  const { dimensions = DIMENSIONS } = body;
  if (typeof dimensions !== 'number' || dimensions < 1 || dimensions > MAX_DIMENSIONS)
    refuse("Invalid value for 'dimensions'.", 'dimensions');
  return {
    model,
    personality,
    stream: false,
    streamUsage: false,
    system: '',
    userText: inputs.map(String).join('\n'),
    toolResults: [],
    tools: [],
    choice: { kind: 'none' },
    parallel: false,
    output: { kind: 'text' },
    prefill: '',
    thinking: 'none',
    stop: [],
    choices: 1,
    inputTokens: estimateTokens(incoming.bodyBytes),
  };
}

function inputsOf(body: JsonObject): JsonValue[] {
  const { input } = body;
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input)) return [];
  return typeof input[0] === 'number' ? [input] : input;
}

function vectors(body: JsonObject, ask: Ask, stamp: Stamp): JsonObject {
  const size = typeof body.dimensions === 'number' ? body.dimensions : DIMENSIONS;
  const data = inputsOf(body).map((input, index) => {
    const vector = vectorOf(`${stamp.model}\n${isJsonObject(input) ? '' : String(input)}`, size);
    return { object: 'embedding', index, embedding: body.encoding_format === 'base64' ? asBase64(vector) : vector };
  });
  return {
    object: 'list',
    data,
    model: stamp.model,
    usage: { prompt_tokens: ask.inputTokens, total_tokens: ask.inputTokens },
  };
}

/** Of length 1, as the vendor's are, in the precision of 32 bits. */
function vectorOf(text: string, size: number): number[] {
  const dice = new Dice(hash32(text));
  const raw = Array.from({ length: size }, () => dice.next() - 0.5);
  const length = Math.hypot(...raw);
  return raw.map((value) => Math.fround(value / length));
}

function asBase64(vector: readonly number[]): string {
  return Buffer.from(Float32Array.from(vector).buffer).toString('base64');
}
