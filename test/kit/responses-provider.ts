import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';

/** A provider that speaks the Responses API and stores nothing: what refers to its storage it refuses, as OpenAI does. */
export interface ResponsesProvider {
  /** Base URL for a configuration. */
  readonly url: string;
  /** Bodies that it was sent, the oldest first. */
  readonly bodies: readonly JsonObject[];
  /** Why it refused what it refused. */
  readonly refusals: readonly string[];
  /** From now on every request is answered with this status, or, undefined, as usual. */
  fail(status: number | undefined): void;
  stop(): Promise<void>;
}

export async function startResponsesProvider(): Promise<ResponsesProvider> {
  const bodies: JsonObject[] = [];
  const refusals: string[] = [];
  let failing: number | undefined;
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      text += piece;
    });
    request.once('end', () => {
      const body = JSON.parse(text) as JsonObject;
      bodies.push(body);
      const why = failing === undefined ? refusalOf(body) : undefined;
      if (why !== undefined) refusals.push(why);
      if (failing !== undefined) refuse(response, failing, 'out of order');
      else if (why !== undefined) refuse(response, 400, why);
      else answer(response, body, bodies.length);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    refusals,
    fail: (status) => {
      failing = status;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }));
}

function refusalOf(body: JsonObject): string | undefined {
  if (body.store !== false) return 'store is not false';
  for (const field of ['previous_response_id', 'conversation']) if (body[field] != null) return `${field} is given`;
  const items = Array.isArray(body.input) ? body.input.filter(isJsonObject) : [];
  const calls = new Set(items.flatMap((item) => (item.type === 'function_call' ? [String(item.call_id)] : [])));
  for (const item of items) {
    if (item.type === 'item_reference') return `an item is referred to: ${String(item.id)}`;
    if (String(item.id ?? '').includes('_understudy_')) return `an unknown id: ${String(item.id)}`;
    if (item.type === 'reasoning' && typeof item.encrypted_content !== 'string') return 'thinking that is not stored';
    if (item.type === 'function_call_output' && !calls.has(String(item.call_id))) return 'a result without its call';
  }
  return undefined;
}

/** Thinks, then calls the one tool it is offered where the last word is the user's, else repeats what users said. */
function outputOf(body: JsonObject, number: number): JsonObject[] {
  const { input = [] } = body;
  const items: JsonValue = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
  const list: JsonObject[] = Array.isArray(items) ? items.filter(isJsonObject) : [];
  const thinking: JsonObject = {
    id: `rs_${number}`,
    type: 'reasoning',
    summary: [],
    encrypted_content: `sealed by ${number}`,
  };
  const [tool] = Array.isArray(body.tools) ? body.tools.filter(isJsonObject) : [];
  if (tool?.type === 'function' && list.at(-1)?.role === 'user') {
    const call = { id: `fc_${number}`, type: 'function_call', status: 'completed', call_id: `call_${number}` };
    return [thinking, { ...call, name: tool.name ?? '', arguments: '{"city":"Oslo"}' }];
  }
  const said = list.flatMap((item) => (item.role === 'user' ? [textOf(item.content)] : []));
  const text = `Heard: ${said.join(' | ')}`;
  const content = [{ type: 'output_text', text, annotations: [], logprobs: [] }];
  return [thinking, { id: `msg_${number}`, type: 'message', role: 'assistant', status: 'completed', content }];
}

function textOf(content: JsonValue | undefined): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
  return parts.map(({ text }) => (typeof text === 'string' ? text : '')).join('');
}

function answer(response: ServerResponse, body: JsonObject, number: number): void {
  const output = outputOf(body, number);
  const base: JsonObject = {
    id: `resp_upstream_${number}`,
    object: 'response',
    created_at: 1_700_000_000,
    model: body.model ?? '',
    previous_response_id: null,
    store: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    metadata: {},
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: body.tools ?? [],
    temperature: 1,
    top_p: 1,
  };
  const usage = { input_tokens: 9, output_tokens: 9, total_tokens: 18 };
  const whole: JsonObject = { ...base, status: 'completed', output, usage };
  if (body.stream !== true) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(whole));
    return;
  }
  const events: JsonObject[] = [{ type: 'response.created', response: { ...base, status: 'in_progress', output: [] } }];
  for (const [index, item] of output.entries()) events.push(...eventsOf(item, index));
  events.push({ type: 'response.completed', response: whole });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [at, event] of events.entries()) {
    response.write(`event: ${String(event.type)}\ndata: ${JSON.stringify({ ...event, sequence_number: at })}\n\n`);
  }
  response.end();
}

function eventsOf(item: JsonObject, output_index: number): JsonObject[] {
  const done = { type: 'response.output_item.done', output_index, item };
  if (item.type === 'reasoning') return [{ type: 'response.output_item.added', output_index, item }, done];
  const place = { output_index, item_id: item.id ?? '' };
  if (item.type === 'function_call') {
    return [
      { type: 'response.output_item.added', output_index, item: { ...item, arguments: '', status: 'in_progress' } },
      { type: 'response.function_call_arguments.delta', ...place, delta: item.arguments ?? '' },
      { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments ?? '' },
      done,
    ];
  }
  const text = textOf(item.content);
  const within = { ...place, content_index: 0 };
  const part = { type: 'output_text', annotations: [], logprobs: [] };
  return [
    { type: 'response.output_item.added', output_index, item: { ...item, content: [], status: 'in_progress' } },
    { type: 'response.content_part.added', ...within, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...within, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...within, text, logprobs: [] },
    { type: 'response.content_part.done', ...within, part: { ...part, text } },
    done,
  ];
}
