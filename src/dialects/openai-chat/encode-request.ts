import type { ChatRequest } from '../../model/chat-request.ts';
import type { EncodeContext, EncodedRequest } from '../../model/dialect.ts';
import type { JsonObject } from '../../model/json.ts';
import { narrowedTools } from '../common/allowed-tools.ts';
import { heldStops } from '../common/held-stops.ts';
import { CONTINUE_TEXT } from '../common/instructions.ts';
import { LossList } from '../common/losses.ts';
import { takesTextTools, textToolNames, withStandIns } from '../common/text-tools.ts';
import { ToolCallIds } from '../common/tool-call-ids.ts';
import { toolNameMap, usedToolNames } from '../common/tool-names.ts';
import { completeToolRounds } from '../common/tool-rounds.ts';
import { adaptOriginal } from './adapt-original.ts';
import { encodeMessages } from './encode-messages.ts';
import { addPrompt, encodeOutput } from './encode-output.ts';
import { encodeParameters } from './encode-parameters.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { toHostForm } from './host-form.ts';
import { CHAT_PATH } from './wire.ts';

/** OpenAI: "Must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64." */
const TOOL_NAME_RULE = { pattern: /^[a-zA-Z0-9_-]+$/, maxLength: 64 };

/** The body for a target of this dialect. Its own caller's body goes as it came, but for the fields we own. */
export function encodeRequest(request: ChatRequest, context: EncodeContext): EncodedRequest {
  const losses = new LossList(request);
  const own = request.dialect === 'openai-chat';
  const names = toolNameMap(own ? [] : usedToolNames(request), TOOL_NAME_RULE);
  const output = encodeOutput(request, context.target.quirks, losses);
  const body: JsonObject = own
    ? adaptOriginal(request, context, losses)
    : buildBody(request, context, { names, losses });
  if (request.stream) streamFields(body, request, context, losses);
  if (output.dropped) delete body.response_format;
  Object.assign(body, output.fields);
  if (output.tool !== undefined) {
    body.tools = [output.tool];
    body.tool_choice = output.toolChoice;
  }
  if (output.instruction !== undefined) {
    body.messages = addPrompt(body.messages, output.instruction, context.target.quirks.systemRole);
  }
  toHostForm(body, request, { quirks: context.target.quirks, losses });
  const endsAt = own ? [] : heldStops(request, body.stop, losses);
  return {
    path: CHAT_PATH,
    headers: {},
    body,
    losses: losses.list(),
    endsAt,
    reading: {
      toolNames: names.back,
      ...(output.answerTool !== undefined && { answerTool: output.answerTool }),
      finishOptional: context.target.quirks.finishOptional,
      ...(own && { standIns: !takesTextTools(context.target) && textToolNames(request).size > 0 }),
      newId: () => context.newId(),
    },
  };
}

interface Building {
  readonly names: { readonly sent: ReadonlyMap<string, string> };
  readonly losses: LossList;
}

function buildBody(asked: ChatRequest, context: EncodeContext, building: Building): JsonObject {
  const { names, losses } = building;
  const { target } = context;
  const request = takesTextTools(target) ? asked : withStandIns(asked, losses);
  const texts = textToolNames(request);
  const ids = new ToolCallIds(target.quirks.toolCallIds);
  const inRounds = completeToolRounds(request.messages, losses);
  const messages = encodeMessages(inRounds, { quirks: target.quirks, names: names.sent, texts, losses, ids });
  if (messages.length === 0) {
    losses.grave('messages', 'a user message was added: nothing else of the conversation can be told to this target');
    messages.push({ role: 'user', content: CONTINUE_TEXT });
  }
  const { tools: callable, toolChoice } = target.quirks.vendorFields ? request : narrowedTools(request);
  const tools = encodeTools(callable, names.sent, losses);
  const body: JsonObject = { model: target.model, messages };
  if (tools.length > 0) {
    body.tools = tools;
    const choice = encodeToolChoice(toolChoice, names.sent, texts);
    if (choice !== undefined) body.tool_choice = choice;
    if (request.parallelToolCalls !== undefined) body.parallel_tool_calls = request.parallelToolCalls;
  }
  Object.assign(body, encodeParameters(request, target, losses));
  losses.addUnmapped(request);
  return body;
}

/** Usage is always asked for: without it nobody knows what a stream cost. */
function streamFields(body: JsonObject, request: ChatRequest, context: EncodeContext, losses: LossList): void {
  body.stream = true;
  if (context.target.quirks.streamUsageOption) {
    const options = body.stream_options;
    const others = typeof options === 'object' && options !== null && !Array.isArray(options) ? options : {};
    body.stream_options = { ...others, include_usage: true };
  } else if (body.stream_options !== undefined) {
    delete body.stream_options;
    if (request.streamUsage) losses.slight('stream_options.include_usage', 'the target does not know the option');
  }
}
