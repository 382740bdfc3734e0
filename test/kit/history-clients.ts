import type { DialectName } from '../../src/model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { PIXEL } from './pixel.ts';

/** A result that a client has for a call. */
export interface ClientResult {
  readonly call: ClientCall;
  readonly text: string;
  readonly failed: boolean;
  readonly picture: boolean;
}

/** A call as the client was shown it. */
export interface ClientCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
}

/**
 * A client that keeps the history of one conversation, as the official libraries do. A `forgetful` one keeps what it
 * shows its user alone: texts and calls.
 */
export interface HistoryClient {
  readonly dialect: DialectName;
  /** What it can say of a result beside its words. */
  readonly tells: { readonly failed: boolean; readonly picture: boolean };
  ask(text: string, picture: boolean): void;
  results(results: readonly ClientResult[]): void;
  body(stream: boolean): JsonObject;
  whole(answer: JsonObject): ClientCall[];
  streamed(frames: readonly SseFrame[]): ClientCall[];
}

const PARAMETERS = { type: 'object', properties: { mark: { type: 'string' } }, required: ['mark'] };
const TOOLS = ['get_weather', 'look_up'];

export function historyClient(dialect: DialectName, forgetful: boolean): HistoryClient {
  switch (dialect) {
    case 'openai-chat':
      return chatClient(forgetful);
    case 'openai-responses':
      return responsesClient(forgetful);
    case 'anthropic-messages':
      return anthropicClient(forgetful);
    case 'gemini-generate':
      return geminiClient(forgetful);
  }
}

function parsed(frame: SseFrame): JsonObject {
  return frame.data === '[DONE]' ? {} : (JSON.parse(frame.data) as JsonObject);
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function chatClient(forgetful: boolean): HistoryClient {
  const messages: JsonObject[] = [{ role: 'system', content: 'Be helpful.' }];
  const keep = (message: JsonObject): ClientCall[] => {
    const { role, content, tool_calls: calls } = message;
    const plain = objects(calls).map(({ extra_content: _, ...call }) => call);
    const shown = { role, content, ...(plain.length > 0 && { tool_calls: plain }) } as JsonObject;
    messages.push(forgetful ? shown : message);
    return objects(calls).map((call) => {
      const fn = objectOf(call.function);
      return { id: String(call.id), name: String(fn.name), args: JSON.parse(String(fn.arguments)) as JsonObject };
    });
  };
  return {
    dialect: 'openai-chat',
    tells: { failed: false, picture: false },
    ask: (text, picture) => {
      const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
      messages.push({ role: 'user', content: picture ? [{ type: 'text', text }, image] : text });
    },
    results: (results) => {
      for (const { call, text } of results) messages.push({ role: 'tool', tool_call_id: call.id, content: text });
    },
    body: (stream) => ({
      model: 'reply',
      messages,
      stream,
      reasoning_effort: 'low',
      tools: TOOLS.map((name) => ({ type: 'function', function: { name, parameters: PARAMETERS } })),
    }),
    whole: (answer) => keep(objectOf(objectOf(objects(answer.choices)[0]).message)),
    streamed: (frames) => {
      const message: JsonObject = { role: 'assistant', content: null };
      const calls: JsonObject[] = [];
      for (const frame of frames) {
        const delta = objectOf(objectOf(objects(parsed(frame).choices)[0]).delta);
        for (const [name, value] of Object.entries(delta)) {
          if (name === 'tool_calls') for (const piece of objects(value)) addCall(calls, piece);
          else if (typeof value === 'string' && name !== 'role') message[name] = String(message[name] ?? '') + value;
          else message[name] = value;
        }
      }
      return keep({ ...message, ...(calls.length > 0 && { tool_calls: calls }) });
    },
  };
}

function addCall(calls: JsonObject[], piece: JsonObject): void {
  const { index, function: fn, ...rest } = piece;
  const at = Number(index);
  const known = calls[at];
  if (known === undefined) calls[at] = { ...rest, function: fn ?? {} };
  else {
    const told = objectOf(known.function);
    known.function = { ...told, arguments: String(told.arguments) + String(objectOf(fn).arguments) };
  }
}

function anthropicClient(forgetful: boolean): HistoryClient {
  const messages: JsonObject[] = [];
  const keep = (blocks: JsonObject[]): ClientCall[] => {
    const shown = blocks.filter((block) => block.type === 'text' || block.type === 'tool_use');
    messages.push({ role: 'assistant', content: forgetful ? shown : blocks });
    return blocks.flatMap((block) =>
      block.type === 'tool_use'
        ? [{ id: String(block.id), name: String(block.name), args: objectOf(block.input) }]
        : [],
    );
  };
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } };
  return {
    dialect: 'anthropic-messages',
    tells: { failed: true, picture: true },
    ask: (text, picture) =>
      messages.push({ role: 'user', content: [{ type: 'text', text }, ...(picture ? [image] : [])] }),
    results: (results) => {
      const content = results.map(({ call, text, failed, picture }) => ({
        type: 'tool_result',
        tool_use_id: call.id,
        content: [{ type: 'text', text }, ...(picture ? [image] : [])],
        ...(failed && { is_error: true }),
      }));
      messages.push({ role: 'user', content });
    },
    body: (stream) => ({
      model: 'reply',
      max_tokens: 4_000,
      system: 'Be helpful.',
      messages,
      stream,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
      tools: TOOLS.map((name) => ({ name, input_schema: PARAMETERS })),
    }),
    whole: (answer) => keep(objects(answer.content)),
    streamed: (frames) => {
      const blocks: JsonObject[] = [];
      const json: string[] = [];
      for (const event of frames.map(parsed)) {
        const at = Number(event.index);
        if (event.type === 'content_block_start') blocks[at] = { ...objectOf(event.content_block) };
        const block = blocks[at];
        if (event.type !== 'content_block_delta' || !block) continue;
        const delta = objectOf(event.delta);
        if (delta.type === 'text_delta') block.text = String(block.text) + String(delta.text);
        if (delta.type === 'thinking_delta') block.thinking = String(block.thinking) + String(delta.thinking);
        if (delta.type === 'signature_delta') block.signature = delta.signature ?? '';
        if (delta.type === 'input_json_delta') json[at] = (json[at] ?? '') + String(delta.partial_json);
      }
      for (const [at, text] of json.entries()) {
        const block = blocks[at];
        if (text && block) block.input = JSON.parse(text) as JsonObject;
      }
      return keep(blocks);
    },
  };
}

function geminiClient(forgetful: boolean): HistoryClient {
  const contents: JsonObject[] = [];
  const keep = (turns: JsonObject[]): ClientCall[] => {
    const parts = turns.flatMap((turn) => objects(turn.parts));
    // The vendor refuses calls without the signature that they came with: nobody drops that.
    const shown = parts.flatMap(({ thoughtSignature, ...part }): JsonObject[] => {
      if (part.functionCall !== undefined && thoughtSignature !== undefined) return [{ ...part, thoughtSignature }];
      return part.thought === true || part.text === '' ? [] : [part];
    });
    if (forgetful) contents.push({ role: 'model', parts: shown });
    else contents.push(...turns);
    return parts.flatMap(({ functionCall }) =>
      isJsonObject(functionCall)
        ? [{ id: String(functionCall.id ?? ''), name: String(functionCall.name), args: objectOf(functionCall.args) }]
        : [],
    );
  };
  const image = { inlineData: { mimeType: 'image/png', data: PIXEL } };
  const contentOf = (response: JsonObject) => objectOf(objectOf(objects(response.candidates)[0]).content);
  return {
    dialect: 'gemini-generate',
    tells: { failed: true, picture: false },
    ask: (text, picture) => contents.push({ role: 'user', parts: [{ text }, ...(picture ? [image] : [])] }),
    results: (results) => {
      const parts = results.map(
        ({ call, text, failed }): JsonObject => ({
          functionResponse: {
            ...(call.id !== '' && { id: call.id }),
            name: call.name,
            response: failed ? { error: text } : { output: text },
          },
        }),
      );
      contents.push({ role: 'user', parts });
    },
    body: (stream) => ({
      model: 'reply',
      stream,
      systemInstruction: { parts: [{ text: 'Be helpful.' }] },
      contents,
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingBudget: 512 } },
      tools: [{ functionDeclarations: TOOLS.map((name) => ({ name, parametersJsonSchema: PARAMETERS })) }],
    }),
    whole: (answer) => keep([contentOf(answer)]),
    streamed: (frames) =>
      keep(
        frames
          .map(parsed)
          .map(contentOf)
          .filter(({ parts }) => objects(parts).length > 0),
      ),
  };
}

function responsesClient(forgetful: boolean): HistoryClient {
  const input: JsonObject[] = [];
  const keep = (items: JsonObject[]): ClientCall[] => {
    input.push(...(forgetful ? items.filter((item) => item.type !== 'reasoning') : items));
    return items.flatMap((item) =>
      item.type === 'function_call'
        ? [
            {
              id: String(item.call_id),
              name: String(item.name),
              args: JSON.parse(String(item.arguments)) as JsonObject,
            },
          ]
        : [],
    );
  };
  const image = { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}`, detail: 'auto' };
  return {
    dialect: 'openai-responses',
    tells: { failed: false, picture: true },
    ask: (text, picture) =>
      input.push({
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text }, ...(picture ? [image] : [])],
      }),
    results: (results) => {
      for (const { call, text, picture } of results) {
        const output = picture ? [{ type: 'input_text', text }, image] : text;
        input.push({ type: 'function_call_output', call_id: call.id, output });
      }
    },
    body: (stream) => ({
      model: 'reply',
      instructions: 'Be helpful.',
      input,
      stream,
      store: false,
      reasoning: { effort: 'low' },
      include: ['reasoning.encrypted_content'],
      tools: TOOLS.map((name) => ({ type: 'function', name, parameters: PARAMETERS, strict: false })),
    }),
    whole: (answer) => keep(objects(answer.output)),
    streamed: (frames) => {
      const last = frames.map(parsed).find((event) => /^response\.(?:completed|incomplete)$/.test(String(event.type)));
      return keep(objects(objectOf(last?.response).output));
    },
  };
}
