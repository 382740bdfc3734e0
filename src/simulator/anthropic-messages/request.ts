import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Ask, AskedChoice, AskedOutput, AskedTool } from '../ask.ts';
import { type Incoming, refuse } from '../dialect-kit.ts';
import { estimateTokens } from '../pieces.ts';
import { blocksText, checkMessages, type Turn } from './messages.ts';
import { checkOutputSchema } from './output-schema.ts';

const KNOWN_FIELDS = new Set(
  `model messages max_tokens metadata output_config service_tier inference_geo stop_sequences stream system temperature
  thinking tool_choice tools top_k top_p cache_control`.split(/\s+/),
);
/** Accepted only with an `anthropic-beta` header. */
const BETA_FIELDS = new Set(['container', 'context_management', 'mcp_servers', 'output_format', 'speed']);
const VERSIONS = ['2023-01-01', '2023-06-01', '2026-10-21'];
const NEWEST_VERSION = '2026-10-21';
const MIN_THINKING_TOKENS = 1024;
/** The vendor's own tools carry the date of their version. */
const SERVER_TOOL = /_\d{8}$/;

/** Reads a request by the rules of the Messages API; throws `Refused`. */
export function readAnthropicMessages(incoming: Incoming): Ask {
  const { body, model, personality, headers } = incoming;
  const version = headers['anthropic-version'];
  if (version === undefined) refuse('anthropic-version: header is required');
  if (!VERSIONS.includes(version)) refuse(`anthropic-version: "${version}" is not a valid version`);
  checkFields(body, headers['anthropic-beta'] !== undefined);
  const maxTokens = checkWhole(body.max_tokens, 'max_tokens');
  checkSampling(body, version);
  const turns = checkMessages(body.messages);
  if (version === NEWEST_VERSION) checkNewestRules(turns);
  const tools = readTools(body.tools);
  const choice = readChoice(body, tools);
  const thinks = checkThinking(body, maxTokens, turns, choice);
  const last = turns.at(-1);
  return {
    model,
    personality,
    stream: body.stream === true,
    streamUsage: true,
    system: readSystem(body.system),
    userText: blocksText(
      turns.findLast((turn) => turn.role === 'user' && blocksText(turn.blocks) !== '')?.blocks ?? [],
    ),
    toolResults: last ? readResults(last, turns.at(-2)) : [],
    tools,
    choice,
    parallel: !(isJsonObject(body.tool_choice) && body.tool_choice.disable_parallel_tool_use === true),
    output: readOutput(body),
    prefill: readPrefill(last, thinks || personality === 'terse' || personality === 'reasoner'),
    thinking: thinks ? 'shown' : 'none',
    maxTokens,
    stop: Array.isArray(body.stop_sequences) ? body.stop_sequences.filter((item) => typeof item === 'string') : [],
    choices: 1,
    inputTokens: estimateTokens(incoming.bodyBytes),
  };
}

function checkFields(body: JsonObject, beta: boolean): void {
  for (const field of Object.keys(body)) {
    if (KNOWN_FIELDS.has(field) || (beta && BETA_FIELDS.has(field))) continue;
    refuse(`${field}: Extra inputs are not permitted`);
  }
}

function checkWhole(value: JsonValue | undefined, field: string): number {
  if (value === undefined || value === null) refuse(`${field}: Field required`);
  if (typeof value !== 'number' || !Number.isInteger(value)) refuse(`${field}: Input should be a valid integer`);
  if (value < 1) refuse(`${field}: must be greater than or equal to 1`);
  return value;
}

/** Version 2026-10-21 answers 400 to sampling. */
function checkSampling(body: JsonObject, version: string): void {
  for (const field of ['temperature', 'top_p', 'top_k']) {
    if (body[field] === undefined) continue;
    if (version === NEWEST_VERSION) refuse(`${field}: Extra inputs are not permitted`);
    if (typeof body[field] !== 'number') refuse(`${field}: Input should be a valid number`);
  }
  const { temperature } = body;
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 1)) refuse('temperature: range: 0..1');
}

/** Version 2026-10-21 takes no documents from the assistant, and citations on the assistant's texts alone. */
function checkNewestRules(turns: readonly Turn[]): void {
  for (const [at, { role, blocks }] of turns.entries()) {
    for (const block of blocks.flatMap((one) => [one, ...innerBlocks(one)])) {
      if (role === 'assistant' && block.type === 'document') {
        refuse(`messages.${at}: \`document\` blocks are not permitted in assistant messages`);
      }
      if (
        role !== 'assistant' &&
        block.type === 'text' &&
        Array.isArray(block.citations) &&
        block.citations.length > 0
      ) {
        refuse(`messages.${at}: \`citations\` are not permitted on text blocks in ${role} messages`);
      }
    }
  }
}

function innerBlocks({ type, content }: JsonObject): JsonObject[] {
  return type === 'search_result' && Array.isArray(content) ? content.filter(isJsonObject) : [];
}

function readSystem(system: JsonValue | undefined): string {
  if (system === undefined) return '';
  if (typeof system === 'string') return system;
  if (!Array.isArray(system)) refuse('system: Input should be a valid list');
  const blocks = system.map((block, index) => {
    if (!isJsonObject(block) || block.type !== 'text') refuse(`system.${index}.type: Input should be 'text'`);
    if (typeof block.text !== 'string') refuse(`system.${index}.text: Field required`);
    if (block.text === '') refuse('system: text content blocks must be non-empty');
    return block;
  });
  return blocksText(blocks);
}

function readTools(tools: JsonValue | undefined): AskedTool[] {
  if (tools === undefined) return [];
  if (!Array.isArray(tools)) refuse('tools: Input should be a valid list');
  const read = tools.flatMap((tool, index) => readTool(tool, `tools.${index}`));
  if (new Set(read.map((tool) => tool.name)).size < read.length) refuse('tools: Tool names must be unique.');
  return read;
}

/** Nothing for a tool that the vendor runs itself: it is accepted and never called. */
function readTool(tool: JsonValue, at: string): AskedTool[] {
  if (!isJsonObject(tool)) refuse(`${at}: Input should be a valid dictionary`);
  if (typeof tool.type === 'string' && SERVER_TOOL.test(tool.type)) return [];
  if (tool.type !== undefined && tool.type !== 'custom') {
    refuse(
      `${at}: Input tag '${String(tool.type)}' found using 'type' does not match any of the expected tags: 'custom'`,
    );
  }
  if (typeof tool.name !== 'string') refuse(`${at}.custom.name: Field required`);
  if (!/^[a-zA-Z0-9_-]{1,128}$/.test(tool.name)) {
    refuse(`${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
  }
  const schema = tool.input_schema;
  if (!isJsonObject(schema)) refuse(`${at}.custom.input_schema: Field required`);
  if (schema.type === undefined) refuse(`${at}.custom.input_schema.type: Field required`);
  if (schema.type !== 'object') refuse(`${at}.custom.input_schema.type: Input should be 'object'`);
  const branching = ['oneOf', 'allOf', 'anyOf'].find((keyword) => schema[keyword] !== undefined);
  if (branching)
    refuse(`${at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`);
  if (tool.strict === true) checkOutputSchema(schema, `${at}.custom`);
  return [{ name: tool.name, parameters: schema }];
}

function readChoice(body: JsonObject, tools: readonly AskedTool[]): AskedChoice {
  const choice = body.tool_choice;
  if (choice === undefined) return { kind: 'auto' };
  if (!isJsonObject(choice)) refuse('tool_choice: Input should be a valid dictionary');
  if (!Array.isArray(body.tools) || body.tools.length === 0)
    refuse('tool_choice may only be specified while providing tools');
  switch (choice.type) {
    case 'auto':
      return { kind: 'auto' };
    case 'any':
      return { kind: 'required' };
    case 'none':
      return { kind: 'none' };
    case 'tool': {
      const name = choice.name;
      if (typeof name !== 'string') refuse('tool_choice.tool.name: Field required');
      if (!tools.some((tool) => tool.name === name)) refuse(`Tool '${name}' not found in provided tools`);
      return { kind: 'named', name };
    }
    default:
      return refuse(
        `tool_choice: Input tag '${String(choice.type)}' found using 'type' does not match any of the expected tags: 'auto', 'any', 'tool', 'none'`,
      );
  }
}

/** True when thinking is asked for. Its rules: a minimum, below `max_tokens`, no forced tool, no other temperature than 1. */
function checkThinking(body: JsonObject, maxTokens: number, turns: readonly Turn[], choice: AskedChoice): boolean {
  const thinking = body.thinking;
  if (thinking === undefined) return false;
  const type = isJsonObject(thinking) ? thinking.type : undefined;
  if (type === 'disabled') return false;
  if (!isJsonObject(thinking) || (type !== 'enabled' && type !== 'adaptive')) {
    refuse(
      `thinking: Input tag '${String(type)}' found using 'type' does not match any of the expected tags: 'disabled', 'enabled', 'adaptive'`,
    );
  }
  if (choice.kind === 'required' || choice.kind === 'named')
    refuse('Thinking may not be enabled when tool_choice forces tool use.');
  if (type === 'adaptive') return true;
  const budget = thinking.budget_tokens;
  if (typeof budget !== 'number') refuse('thinking.enabled.budget_tokens: Field required');
  if (budget < MIN_THINKING_TOKENS) {
    refuse(`thinking.enabled.budget_tokens: Input should be greater than or equal to ${MIN_THINKING_TOKENS}`);
  }
  if (budget >= maxTokens) refuse('`max_tokens` must be greater than `thinking.budget_tokens`.');
  if (typeof body.temperature === 'number' && body.temperature !== 1) {
    refuse('`temperature` may only be set to 1 when thinking is enabled.');
  }
  checkThinkingReplay(turns);
  return true;
}

/** A turn of calls whose results end the conversation has to begin with its thinking. */
function checkThinkingReplay(turns: readonly Turn[]): void {
  const index = turns.length - 2;
  const turn = turns[index];
  if (!turn?.blocks.some((block) => block.type === 'tool_use')) return;
  const first = turn.blocks[0]?.type;
  if (first !== 'thinking' && first !== 'redacted_thinking') {
    refuse(
      `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${String(first)}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
    );
  }
}

function readResults(last: Turn, before: Turn | undefined): Ask['toolResults'] {
  const results = last.blocks.filter((block) => block.type === 'tool_result');
  if (results.length === 0 || last.blocks.at(-1)?.type !== 'tool_result') return [];
  return results.map((result) => {
    const call = before?.blocks.find((block) => block.id === result.tool_use_id);
    const content = result.content;
    const text = Array.isArray(content) ? blocksText(content.filter(isJsonObject)) : content;
    return { name: typeof call?.name === 'string' ? call.name : 'tool', text: typeof text === 'string' ? text : '' };
  });
}

function readOutput(body: JsonObject): AskedOutput {
  const config = isJsonObject(body.output_config) ? body.output_config.format : undefined;
  const at = config ? 'output_config.format' : 'output_format';
  const format = config ?? body.output_format;
  if (format === undefined || format === null) return { kind: 'text' };
  if (!isJsonObject(format) || format.type !== 'json_schema') refuse(`${at}.type: Input should be 'json_schema'`);
  if (!isJsonObject(format.schema)) refuse(`${at}.schema: Field required`);
  checkOutputSchema(format.schema, `${at}.schema`);
  return { kind: 'schema', schema: format.schema };
}

function readPrefill(last: Turn | undefined, refuses: boolean): string {
  if (last?.role !== 'assistant') return '';
  if (refuses)
    refuse('This model does not support assistant message prefill. The conversation must end with a user message.');
  const text = blocksText(last.blocks);
  if (/\s$/.test(text)) refuse('messages: final assistant content cannot end with trailing whitespace');
  return text;
}
