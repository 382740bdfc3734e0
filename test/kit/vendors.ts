import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { stateOrigin } from '../../src/model/state-origin.ts';
import type { Target } from '../../src/model/target.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { anthropicComplaint } from './validators/anthropic-messages.ts';
import { geminiComplaint } from './validators/gemini-generate.ts';
import { type ChatTemper, chatComplaint } from './validators/openai-chat.ts';
import { responsesComplaint } from './validators/openai-responses.ts';
import type { Complaint, Origin } from './validators/verdict.ts';

/** One answer, in no dialect. */
export interface Told {
  /** Pieces of thinking, the second after the text. */
  readonly thinking: readonly string[];
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: JsonObject }[];
  readonly cut: boolean;
}

/** A provider that checks what it is sent as its vendor would, and tells what it is told to in its own dialect. */
export interface Vendor {
  readonly target: Target;
  readonly origin: string;
  complaint(body: JsonObject): Complaint;
  whole(told: Told): JsonObject;
  frames(told: Told): SseFrame[];
}

/** State that only `origin` makes, and only for this text; base64, as some fields demand. */
export function stateOf(origin: string, text: string): string {
  return Buffer.from(`state|${origin}|${text}|${'='.repeat(8)}`).toString('base64');
}

export function makerOfState(state: string): string | undefined {
  return /^state\|([^|]*)\|/.exec(Buffer.from(state, 'base64').toString('utf8'))?.[1];
}

/** `bound`: its vendor checks that the text beside the state is the one that was sealed. */
function originNamed(name: string, bound: boolean): Origin {
  return {
    name,
    reads: (state, text) => (bound ? state === stateOf(name, text) : makerOfState(state) === name),
  };
}

export function chatVendor(target: Target, temper: ChatTemper): Vendor {
  const origin = stateOrigin(target);
  return {
    target,
    origin,
    complaint: (body) => chatComplaint(body, temper, originNamed(origin, true)),
    whole: (told) => ({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: target.model,
      choices: [{ index: 0, message: chatMessage(told, temper, origin), finish_reason: chatFinish(told) }],
      usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 },
    }),
    frames: (told) => chatFrames(told, temper, origin, target.model),
  };
}

function chatMessage(told: Told, temper: ChatTemper, origin: string): JsonObject {
  const thinking = told.thinking.join('');
  const calls = told.calls.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  return {
    role: 'assistant',
    content: told.text === '' ? null : told.text,
    ...(temper === 'demanding' && { reasoning_content: thinking }),
    ...(temper === 'sealing' && { reasoning: thinking, reasoning_details: details(thinking, origin) }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function details(text: string, origin: string): JsonValue {
  return [{ type: 'reasoning.text', text, signature: stateOf(origin, text), format: 'x-v1', index: 0 }];
}

function chatFinish(told: Told): string {
  return told.cut ? 'length' : told.calls.length > 0 ? 'tool_calls' : 'stop';
}

function chatFrames(told: Told, temper: ChatTemper, origin: string, model: string): SseFrame[] {
  const { tool_calls: calls, content, ...rest } = chatMessage(told, temper, origin);
  const chunk = (delta: JsonObject, finish: string | null = null): SseFrame => ({
    kind: 'sse',
    data: JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model,
      choices: [{ index: 0, delta, finish_reason: finish }],
    }),
  });
  const usage = { id: 'chatcmpl-1', choices: [], usage: { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 } };
  return [
    chunk({ content: '', ...rest }),
    ...halves(content).map((piece) => chunk({ content: piece })),
    ...(Array.isArray(calls) ? calls : []).flatMap((call, index) => callChunks(call, index).map((one) => chunk(one))),
    chunk({}, chatFinish(told)),
    { kind: 'sse', data: JSON.stringify(usage) },
    { kind: 'sse', data: '[DONE]' },
  ];
}

function callChunks(call: JsonValue, index: number): JsonObject[] {
  const { id, function: fn } = call as { id: string; function: { name: string; arguments: string } };
  const opening = { index, id, type: 'function', function: { name: fn.name, arguments: '' } };
  return [
    { tool_calls: [opening] },
    ...halves(fn.arguments).map((json) => ({ tool_calls: [{ index, function: { arguments: json } }] })),
  ];
}

/** The pieces in which a text is streamed. */
export function halves(text: JsonValue | undefined): string[] {
  if (typeof text !== 'string' || text === '') return [];
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

export function anthropicVendor(target: Target): Vendor {
  const origin = stateOrigin(target);
  const blocks = ({ thinking, text, calls }: Told): JsonObject[] => {
    const think = (words: string) => ({ type: 'thinking', thinking: words, signature: stateOf(origin, words) });
    return [
      ...thinking.slice(0, 1).map(think),
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...thinking.slice(1).map(think),
      ...calls.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args })),
    ];
  };
  const stop = (told: Told) => (told.cut ? 'max_tokens' : told.calls.length > 0 ? 'tool_use' : 'end_turn');
  const opened = { id: 'msg_1', type: 'message', role: 'assistant', model: target.model, stop_sequence: null };
  const usage = { input_tokens: 9, output_tokens: 5 };
  return {
    target,
    origin,
    complaint: (body) => anthropicComplaint(body, originNamed(origin, true)),
    whole: (told) => ({ ...opened, content: blocks(told), stop_reason: stop(told), usage }),
    frames: (told) => [
      frame('message_start', { message: { ...opened, content: [], stop_reason: null, usage } }),
      ...blocks(told).flatMap(blockFrames),
      frame('message_delta', { delta: { stop_reason: stop(told), stop_sequence: null }, usage }),
      frame('message_stop', {}),
    ],
  };
}

function blockFrames(block: JsonObject, index: number): SseFrame[] {
  const { type } = block;
  const empty: JsonObject =
    type === 'text' ? { text: '' } : type === 'thinking' ? { thinking: '', signature: '' } : { input: {} };
  const deltas: JsonObject[] =
    type === 'text'
      ? halves(block.text).map((text) => ({ type: 'text_delta', text }))
      : type === 'thinking'
        ? [
            ...halves(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking })),
            { type: 'signature_delta', signature: block.signature ?? '' },
          ]
        : halves(JSON.stringify(block.input)).map((json) => ({ type: 'input_json_delta', partial_json: json }));
  return [
    frame('content_block_start', { index, content_block: { ...block, ...empty } }),
    ...deltas.map((delta) => frame('content_block_delta', { index, delta })),
    frame('content_block_stop', { index }),
  ];
}

function frame(type: string, fields: JsonObject): SseFrame {
  return { kind: 'sse', event: type, data: JSON.stringify({ type, ...fields }) };
}

export function geminiVendor(target: Target): Vendor {
  const origin = stateOrigin(target);
  const parts = ({ thinking, text, calls }: Told): JsonObject[] => {
    const signature = stateOf(origin, thinking.join(''));
    return [
      ...thinking.map((words) => ({ text: words, thought: true })),
      ...(text === '' ? [] : [{ text }]),
      ...calls.map(({ name, args }, index) => ({
        functionCall: { name, args },
        ...(index === 0 && { thoughtSignature: signature }),
      })),
      ...(calls.length === 0 ? [{ text: '', thoughtSignature: signature }] : []),
    ];
  };
  const response = (list: JsonObject[], told?: Told): JsonObject => ({
    candidates: [
      {
        content: { role: 'model', parts: list },
        index: 0,
        ...(told && { finishReason: told.cut ? 'MAX_TOKENS' : 'STOP' }),
      },
    ],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
    modelVersion: target.model,
    responseId: 'r1',
  });
  return {
    target,
    origin,
    complaint: (body) => geminiComplaint(body, originNamed(origin, false)),
    whole: (told) => response(parts(told), told),
    frames: (told) => {
      const list = parts(told);
      return list.map((part, index) => ({
        kind: 'sse',
        data: JSON.stringify(response([part], index === list.length - 1 ? told : undefined)),
      }));
    },
  };
}

export function responsesVendor(target: Target): Vendor {
  const origin = stateOrigin(target);
  let made = 0;
  const items = ({ thinking, text, calls }: Told): JsonObject[] => {
    made += 1;
    const content = [{ type: 'output_text', text, annotations: [] }];
    return [
      ...(thinking.length === 0
        ? []
        : [
            {
              id: `rs_${made}`,
              type: 'reasoning',
              summary: thinking.map((words) => ({ type: 'summary_text', text: words })),
              encrypted_content: stateOf(origin, thinking.join('')),
            },
          ]),
      ...(text === '' ? [] : [{ id: `msg_${made}`, type: 'message', role: 'assistant', status: 'completed', content }]),
      ...calls.map(({ id, name, args }, index) => ({
        id: `fc_${made}_${index}`,
        type: 'function_call',
        status: 'completed',
        call_id: id,
        name,
        arguments: JSON.stringify(args),
      })),
    ];
  };
  const response = (output: JsonObject[], told: Told | undefined): JsonObject => ({
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: target.model,
    status: told === undefined ? 'in_progress' : told.cut ? 'incomplete' : 'completed',
    incomplete_details: told?.cut ? { reason: 'max_output_tokens' } : null,
    output,
    usage: { input_tokens: 9, output_tokens: 5, total_tokens: 14 },
  });
  return {
    target,
    origin,
    complaint: (body) => responsesComplaint(body, originNamed(origin, false)),
    whole: (told) => response(items(told), told),
    frames: (told) => {
      const output = items(told);
      const end = told.cut ? 'response.incomplete' : 'response.completed';
      return [
        frame('response.created', { response: response([], undefined) }),
        ...output.flatMap((item, output_index) => [
          frame('response.output_item.added', { output_index, item: { ...item, ...unfilled(item) } }),
          ...itemDeltas(item, output_index),
          frame('response.output_item.done', { output_index, item }),
        ]),
        frame(end, { response: response(output, told) }),
      ];
    },
  };
}

function unfilled(item: JsonObject): JsonObject {
  if (item.type === 'message') return { content: [], status: 'in_progress' };
  return item.type === 'reasoning' ? { summary: [] } : { arguments: '', status: 'in_progress' };
}

function itemDeltas(item: JsonObject, output_index: number): SseFrame[] {
  const place = { item_id: item.id ?? '', output_index };
  if (item.type === 'function_call') {
    return halves(item.arguments).map((delta) => frame('response.function_call_arguments.delta', { ...place, delta }));
  }
  if (item.type !== 'message' || !Array.isArray(item.content)) return [];
  const [part] = item.content as [{ text: string }];
  const empty = { type: 'output_text', text: '', annotations: [] };
  return [
    frame('response.content_part.added', { ...place, content_index: 0, part: empty }),
    ...halves(part.text).map((delta) => frame('response.output_text.delta', { ...place, content_index: 0, delta })),
    frame('response.output_text.done', { ...place, content_index: 0, text: part.text }),
    frame('response.content_part.done', { ...place, content_index: 0, part: { ...empty, text: part.text } }),
  ];
}
