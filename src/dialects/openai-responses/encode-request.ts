import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { heldStops } from '../common/held-stops.ts';
import { CONTINUE_TEXT } from '../common/instructions.ts';
import { LossList } from '../common/losses.ts';
import { takesTextTools, textToolNames, withStandIns } from '../common/text-tools.ts';
import { ToolCallIds } from '../common/tool-call-ids.ts';
import { toolNameMap, usedToolNames } from '../common/tool-names.ts';
import { completeToolRounds } from '../common/tool-rounds.ts';
import { adaptOriginal } from './adapt-original.ts';
import { callIdRule } from './call-id-rule.ts';
import { encodeItems, splitInstructions, textCallsOf, textOf } from './encode-items.ts';
import { type EncodedOutput, encodeOutput } from './encode-output.ts';
import { askForEncryptedThinking, encodeParameters } from './encode-parameters.ts';
import { encodeTool, encodeToolChoice } from './encode-tools.ts';
import { RESPONSES_PATH } from './wire.ts';

/** OpenAI: letters, digits, underscores and dashes; 128 in this dialect, 64 at others that speak it. */
const TOOL_NAME_RULE = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };

/**
 * The body for a target of this dialect. Its own caller's body goes as it came, but for the fields we own. Nothing is
 * ever stored at the provider: the next turn may be another's.
 */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const losses = new LossList(request);
  const { target } = context;
  const own = request.dialect === 'openai-responses';
  const names = toolNameMap(own ? [] : usedToolNames(request), TOOL_NAME_RULE);
  const output = encodeOutput(request, target.quirks, losses);
  const body = own
    ? adaptOriginal(request, context, losses)
    : buildBody(request, context, { names: names.sent, losses });
  body.store = false;
  if (request.stream) body.stream = true;
  else delete body.stream;
  askForEncryptedThinking(body, target);
  applyOutput(body, output);
  const endsAt = heldStops(request, undefined, losses);
  return {
    path: RESPONSES_PATH,
    headers: {},
    body,
    losses: losses.list(),
    endsAt,
    reading: {
      toolNames: names.back,
      ...(output.answerTool !== undefined && { answerTool: output.answerTool }),
      ...(own && { standIns: !takesTextTools(target) && textToolNames(request).size > 0 }),
      finishOptional: target.quirks.finishOptional,
      newId: () => context.newId(),
    },
  };
}

interface Building {
  readonly names: ReadonlyMap<string, string>;
  readonly losses: LossList;
}

function buildBody(asked: ChatRequest, { target }: EncodeContext, { names, losses }: Building): JsonObject {
  const request = takesTextTools(target) ? asked : withStandIns(asked, losses);
  const { head, rest } = splitInstructions(completeToolRounds(request.messages, losses));
  // Instructions alone are the input: this target demands one.
  const isHeadOnly = rest.length === 0;
  const instructions = isHeadOnly ? '' : textOf(head);
  const ids = new ToolCallIds(callIdRule(target.quirks));
  const firstIndex = isHeadOnly ? 0 : head.length;
  const textCalls = textCallsOf(request);
  const how = { quirks: target.quirks, names, textCalls, losses, ids, firstIndex };
  const input = encodeItems(isHeadOnly ? head : rest, how);
  if (input.length === 0) {
    losses.grave('messages', 'a user message was added: nothing else of the conversation can be told to this target');
    input.push({ type: 'message', role: 'user', content: CONTINUE_TEXT });
  }
  const body: JsonObject = { model: target.model, ...(instructions !== '' && { instructions }), input };
  if (request.tools.length > 0) {
    body.tools = request.tools.map((tool, at) =>
      encodeTool({ ...tool, name: names.get(tool.name) ?? tool.name }, `tools[${at}]`, losses),
    );
    if (request.toolChoice !== undefined)
      body.tool_choice = encodeToolChoice(request.toolChoice, names, textToolNames(request));
    if (request.parallelToolCalls !== undefined) body.parallel_tool_calls = request.parallelToolCalls;
  }
  Object.assign(body, encodeParameters(request, target, losses));
  losses.addUnmapped(request);
  return body;
}

function applyOutput(body: JsonObject, output: EncodedOutput): void {
  const { format, tool, answerTool, instruction } = output;
  if (format !== undefined) {
    const { format: _, ...text } = isJsonObject(body.text) ? body.text : {};
    if (format !== null) body.text = { ...text, format };
    else if (Object.keys(text).length > 0) body.text = text;
    else delete body.text;
  }
  if (tool !== undefined && answerTool !== undefined) {
    body.tools = [tool];
    body.tool_choice = { type: 'function', name: answerTool };
  }
  if (instruction === undefined) return;
  if (isJsonObject(format) && Array.isArray(body.input)) {
    // The JSON mode of OpenAI looks for the word in the input alone.
    body.input = [{ type: 'message', role: 'developer', content: instruction }, ...body.input];
  } else {
    const before = typeof body.instructions === 'string' ? `${body.instructions}\n\n` : '';
    body.instructions = before + instruction;
  }
}
