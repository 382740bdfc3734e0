import type { JsonObject } from '../../model/json.ts';
import type { Ask } from '../ask.ts';
import type { OddFrames, Stamp, StreamedAnswer } from '../dialect-kit.ts';
import { splitPieces } from '../pieces.ts';
import type { Reply } from '../reply.ts';

const FINISH = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'stop-sequence': 'stop',
  'content-filter': 'content_filter',
} as const;

const FINGERPRINT = 'fp_simulator';

/** A `chat.completion`. */
export function openaiWhole(reply: Reply, ask: Ask, stamp: Stamp): JsonObject {
  return {
    id: `chatcmpl-${stamp.id}`,
    object: 'chat.completion',
    created: Math.floor(stamp.at / 1000),
    model: stamp.model,
    choices: Array.from({ length: ask.choices }, (_, index) => ({
      index,
      message: message(reply, ask, stamp, index),
      logprobs: null,
      finish_reason: FINISH[reply.finish],
    })),
    usage: usage(reply),
    service_tier: 'default',
    system_fingerprint: FINGERPRINT,
  };
}

function message(reply: Reply, ask: Ask, stamp: Stamp, choice: number): JsonObject {
  const refusal = isRefusal(reply, ask);
  const content = refusal || (reply.text === '' && reply.calls.length > 0) ? null : reply.text;
  return {
    role: 'assistant',
    content,
    ...(showsReasoning(reply, ask) && { reasoning_content: reply.reasoning }),
    ...(reply.calls.length > 0 && {
      tool_calls: reply.calls.map(({ name, arguments: input, isText }, index) => ({
        id: callId(stamp, choice, index),
        ...(isText
          ? { type: 'custom', custom: { name, input } }
          : { type: 'function', function: { name, arguments: input } }),
      })),
    }),
    refusal: refusal ? reply.text : null,
    annotations: [],
  };
}

/** Only structured output has a place of its own for a refusal. */
function isRefusal(reply: Reply, ask: Ask): boolean {
  return reply.refused && ask.output.kind === 'schema';
}

function showsReasoning(reply: Reply, ask: Ask): boolean {
  return ask.thinking === 'shown' && reply.reasoning !== '';
}

function callId(stamp: Stamp, choice: number, index: number): string {
  return `call_${stamp.id}${choice}${index}`;
}

function usage(reply: Reply): JsonObject {
  return {
    prompt_tokens: reply.inputTokens,
    completion_tokens: reply.outputTokens,
    total_tokens: reply.inputTokens + reply.outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reply.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** `chat.completion.chunk`s: role, deltas, finish, usage where asked for, `[DONE]`. */
export function openaiStreamed(reply: Reply, ask: Ask, stamp: Stamp): StreamedAnswer {
  const head = frameHead(stamp);
  const tail = ask.streamUsage ? ',"usage":null}\n\n' : '}\n\n';
  const frame = (index: number, delta: string, finish: string) =>
    `${head}[{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":${finish}}]${tail}`;
  const deltas = allDeltas(reply, ask, stamp);
  const choices = Array.from({ length: ask.choices }, (_, index) => index);
  const role = reply.text === '' && reply.calls.length > 0 ? 'null' : '""';
  const opening = choices.map((index) => frame(index, `{"role":"assistant","content":${role},"refusal":null}`, 'null'));
  const finish = choices.map((index) => frame(index, '{}', `"${FINISH[reply.finish]}"`));
  const told = ask.streamUsage ? `${head}[],"usage":${JSON.stringify(usage(reply))}}\n\n` : '';
  return {
    opening: opening.join(''),
    pieces: deltas.map((delta) => choices.map((index) => frame(index, delta(index), 'null')).join('')),
    closing: `${finish.join('')}${told}data: [DONE]\n\n`,
  };
}

function frameHead(stamp: Stamp): string {
  const created = Math.floor(stamp.at / 1000);
  return `data: {"id":"chatcmpl-${stamp.id}","object":"chat.completion.chunk","created":${created},"model":${JSON.stringify(stamp.model)},"service_tier":"default","system_fingerprint":"${FINGERPRINT}","choices":`;
}

/** The JSON of every delta, as a function of the choice it belongs to (ids of calls differ). */
function allDeltas(reply: Reply, ask: Ask, stamp: Stamp): ((choice: number) => string)[] {
  const deltas: ((choice: number) => string)[] = [];
  const add = (field: string, text: string) => {
    for (const piece of splitPieces(text)) {
      const delta = `{"${field}":${JSON.stringify(piece)}}`;
      deltas.push(() => delta);
    }
  };
  if (showsReasoning(reply, ask)) add('reasoning_content', reply.reasoning);
  add(isRefusal(reply, ask) ? 'refusal' : 'content', reply.text);
  reply.calls.forEach((call, index) => {
    const name = JSON.stringify(call.name);
    const [type, field] = call.isText ? ['custom', 'input'] : ['function', 'arguments'];
    deltas.push(
      (choice) =>
        `{"tool_calls":[{"index":${index},"id":"${callId(stamp, choice, index)}","type":"${type}","${type}":{"name":${name},"${field}":""}}]}`,
    );
    for (const piece of splitPieces(call.arguments)) {
      const delta = `{"tool_calls":[{"index":${index},"${type}":{"${field}":${JSON.stringify(piece)}}}]}`;
      deltas.push(() => delta);
    }
  });
  return deltas;
}

export function openaiOdd(stamp: Stamp): OddFrames {
  const head = frameHead(stamp);
  return {
    contentType: 'text/event-stream; charset=utf-8',
    ping: ': keepalive\n\n',
    malformed: `${head}[{"index":0,"delta":{"content":" brok\n\n`,
    wrongShape: 'data: {"result":"ok","items":[1,2,3]}\n\ndata: [DONE]\n\n',
  };
}
