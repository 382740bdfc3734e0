import OpenAI from 'openai';
import {
  adaptedIn,
  type FinishClass,
  PROMPT,
  readArguments,
  type SdkAnswer,
  type SdkCall,
  type SdkQuestion,
  TOOL_SCHEMA,
  told,
  untyped,
} from './sdk-answer.ts';

type Response = OpenAI.Responses.Response;
type Item = OpenAI.Responses.ResponseOutputItem;

/** `openai`: `responses.create`, and the accumulator of `responses.stream`. */
export async function readOpenaiResponses(question: SdkQuestion): Promise<SdkAnswer> {
  const client = new OpenAI({ apiKey: 'caller', baseURL: `${question.url}/v1`, maxRetries: 0 });
  const body = {
    model: question.model,
    input: PROMPT,
    ...(question.tools.length > 0 && { tools: question.tools.map((name) => toolOf(name)) }),
  };
  if (!question.stream) return answerOf(await client.responses.create({ ...body, stream: false }), []);
  if (question.lenient) return readEvents(await client.responses.create({ ...body, stream: true }));
  const stream = client.responses.stream(body);
  return answerOf((await stream.finalResponse()) as Response, []);
}

/** The accumulator refuses events that are newer than itself. */
async function readEvents(events: AsyncIterable<OpenAI.Responses.ResponseStreamEvent>): Promise<SdkAnswer> {
  const items: Item[] = [];
  let last: Response | undefined;
  for await (const event of events) {
    if (event.type === 'response.output_item.done') items.push(event.item);
    if (event.type === 'response.completed' || event.type === 'response.incomplete') last = event.response;
    if (event.type === 'response.failed') throw new Error(event.response.error?.message ?? 'failed');
  }
  if (!last) throw new Error('the stream ended without a response');
  return answerOf(last, items);
}

function toolOf(name: string): OpenAI.Responses.FunctionTool {
  return { type: 'function', name, parameters: TOOL_SCHEMA, strict: false };
}

/** `done`: the items as they came, which some hosts do not repeat in the response that ends the stream. */
function answerOf(response: Response, done: readonly Item[]): SdkAnswer {
  const items = response.output?.length > 0 ? response.output : done;
  const parts = items.flatMap((item) => (item.type === 'message' ? item.content : []));
  const calls = items.flatMap(callsOf);
  const usage = response.usage;
  const choice = {
    text: parts.map((part) => (part.type === 'output_text' ? part.text : '')).join(''),
    refusal: parts.map((part) => (part.type === 'refusal' ? part.refusal : '')).join(''),
    reasoning: items.map(thinking).join(''),
    calls,
    finish: classOf(response, items),
    native: response.incomplete_details?.reason ?? String(response.status),
    others: items.flatMap(othersOf),
  };
  return {
    choices: [choice],
    usage: told({
      input: usage?.input_tokens,
      output: usage?.output_tokens,
      cached: usage?.input_tokens_details?.cached_tokens,
      cacheWrite: usage?.input_tokens_details?.cache_write_tokens,
      reasoning: usage?.output_tokens_details?.reasoning_tokens,
    }),
    adapted: adaptedIn(response),
  };
}

/** Free text counts as the one argument of its tool. */
function callsOf(item: Item): SdkCall[] {
  if (item.type === 'function_call') return [{ name: item.name, arguments: readArguments(item.arguments) }];
  if (item.type !== 'custom_tool_call' || untyped(item, 'namespace')) return [];
  return [{ name: item.name, arguments: { input: item.input } }];
}

/** The thinking itself where it is shown, else its summary; paragraphs are the gateway's to join. */
function thinking(item: Item): string {
  if (item.type !== 'reasoning') return '';
  const shown = (item.content ?? []).map((part) => part.text);
  return (shown.length > 0 ? shown : (item.summary ?? []).map((part) => part.text)).join('\n\n');
}

/** A call in a namespace is more than a name, and no other dialect can say it. */
function othersOf(item: Item): string[] {
  if (item.type === 'function_call' || item.type === 'custom_tool_call')
    return untyped(item, 'namespace') ? ['namespaced-call'] : [];
  return item.type === 'message' || item.type === 'reasoning' ? [] : [item.type];
}

/** Items that a caller has to act upon. */
const CALLS = ['function_call', 'custom_tool_call', 'mcp_approval_request', 'computer_call'];

function classOf({ status, incomplete_details }: Response, items: readonly Item[]): FinishClass {
  if (status === 'incomplete') {
    switch (incomplete_details?.reason) {
      case 'max_output_tokens':
        return 'length';
      case 'content_filter':
        return 'filtered';
      default:
        return 'other';
    }
  }
  // Some hosts leave the status of a whole answer out.
  if (status !== 'completed' && status !== undefined && status !== null) return 'other';
  if (items.some(({ type }) => CALLS.includes(type))) return 'tool-calls';
  const refused = items.some((item) => item.type === 'message' && item.content.some(({ type }) => type === 'refusal'));
  return refused ? 'filtered' : 'stop';
}
