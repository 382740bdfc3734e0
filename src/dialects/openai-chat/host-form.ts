import type { ChatRequest } from '../../model/chat-request.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';
import { hostMessages } from './host-messages.ts';
import { adaptSwitch } from './thinking-switch.ts';

interface Host {
  readonly quirks: Quirks;
  readonly losses: LossList;
}

/**
 * The last step of every request: puts right in a finished body what this host is known to take differently, whoever
 * wrote the body. Changes it in place. With the default quirks it changes nothing.
 */
export function toHostForm(body: JsonObject, request: Pick<ChatRequest, 'reasoning' | 'sampling'>, host: Host): void {
  const { quirks, losses } = host;
  if (Array.isArray(body.messages)) body.messages = [...hostMessages(body.messages, host)];
  if (quirks.prefill === 'prefix-flag' && Array.isArray(body.messages)) body.messages = withPrefix(body.messages);
  adaptSwitch(body, request, { quirks, losses, refused: (name) => isRefused(name, quirks) });
  if (quirks.topK && request.sampling.topK !== undefined) body.top_k = request.sampling.topK;
  renameSeed(body, quirks);
  hostToolChoice(body, host);
  if (!quirks.strict) dropStrict(body, losses);
  lowerTemperature(body, host);
  dropRefused(body, host);
}

function isRefused(name: string, { onlyFields, refusedFields }: Quirks): boolean {
  return refusedFields.includes(name) || (onlyFields.length > 0 && !onlyFields.includes(name));
}

/** Without the flag these hosts answer 400 to a last message of the assistant, or begin another one. */
function withPrefix(messages: readonly JsonValue[]): JsonValue[] {
  const last = messages.at(-1);
  const isPrefill = isJsonObject(last) && last.role === 'assistant' && !last.tool_calls && last.prefix === undefined;
  return isPrefill ? [...messages.slice(0, -1), { ...last, prefix: true }] : [...messages];
}

function renameSeed(body: JsonObject, quirks: Quirks): void {
  const { seedField } = quirks;
  const other = seedField === 'seed' ? 'random_seed' : 'seed';
  const value = body[other];
  if (value === undefined || (seedField === 'seed' && !isRefused(other, quirks))) return;
  delete body[other];
  body[seedField] ??= value;
}

function hostToolChoice(body: JsonObject, { quirks, losses }: Host): void {
  const choice = body.tool_choice;
  const isWord = choice === 'required' || choice === 'any';
  const name = namedTool(choice);
  if (!isWord && name === undefined) return;
  switch (quirks.toolChoice) {
    case 'full':
      if (isWord) body.tool_choice = requiredWord(quirks, choice);
      return;
    case 'words':
      if (name !== undefined) body.tools = toolsNamed(body.tools, name);
      body.tool_choice = requiredWord(quirks, isWord ? choice : 'required');
      return;
    case 'named': {
      const only = name ?? onlyTool(body.tools);
      if (only !== undefined) body.tool_choice = { type: 'function', function: { name: only } };
      else loseToolChoice(body, losses);
      return;
    }
    case 'auto':
      loseToolChoice(body, losses);
  }
}

function loseToolChoice(body: JsonObject, losses: LossList): void {
  delete body.tool_choice;
  losses.grave('tool_choice', 'this target cannot be made to call a tool');
}

/** "Some tool" of one is that one. */
function onlyTool(tools: JsonValue | undefined): string | undefined {
  const [first, second] = Array.isArray(tools) ? tools : [];
  return second === undefined && first !== undefined ? namedTool(first) : undefined;
}

function requiredWord({ requiredWord: word }: Quirks, sent: string): string {
  return word === 'as-sent' ? sent : word;
}

function namedTool(choice: JsonValue | undefined): string | undefined {
  const fn = isJsonObject(choice) ? choice.function : undefined;
  return isJsonObject(fn) && typeof fn.name === 'string' ? fn.name : undefined;
}

function toolsNamed(tools: JsonValue | undefined, name: string): JsonValue[] {
  if (!Array.isArray(tools)) return [];
  return tools.filter((tool) => isJsonObject(tool) && isJsonObject(tool.function) && tool.function.name === name);
}

function dropStrict(body: JsonObject, losses: LossList): void {
  let dropped = false;
  const without = (holder: JsonValue | undefined): JsonValue | undefined => {
    if (!isJsonObject(holder) || holder.strict === undefined) return holder;
    const { strict, ...rest } = holder;
    dropped ||= strict === true;
    return rest;
  };
  if (Array.isArray(body.tools)) {
    body.tools = body.tools.map((tool) => {
      const fn = isJsonObject(tool) ? without(tool.function) : undefined;
      return isJsonObject(tool) && fn !== undefined ? { ...tool, function: fn } : tool;
    });
  }
  const format = body.response_format;
  const schema = isJsonObject(format) ? without(format.json_schema) : undefined;
  if (isJsonObject(format) && schema !== undefined) body.response_format = { ...format, json_schema: schema };
  if (dropped) losses.slight('tools', 'strict was left out: this target does not know it');
}

/** The dialect's own scale: what goes beyond it is a mistake of the caller's, and for the provider to say. */
const MAX_TEMPERATURE = 2;

function lowerTemperature(body: JsonObject, { quirks, losses }: Host): void {
  const { temperature } = body;
  if (typeof temperature !== 'number' || temperature > MAX_TEMPERATURE || temperature <= quirks.maxTemperature) return;
  body.temperature = quirks.maxTemperature;
  losses.slight(
    'temperature',
    `${temperature} was sent as ${quirks.maxTemperature}, the highest that this target takes`,
  );
}

/** Without these the answer is another one. */
const MATTERS = ['tools', 'tool_choice', 'response_format', 'n', 'stop', 'logprobs', 'logit_bias', 'modalities'];

function dropRefused(body: JsonObject, { quirks, losses }: Host): void {
  for (const name of Object.keys(body)) {
    if (!isRefused(name, quirks)) continue;
    const value = body[name];
    delete body[name];
    if (value === null || value === false) continue;
    losses.add(name, 'this target refuses the field', MATTERS.includes(name));
  }
}
