import { dialectKits } from '../../src/dialect-kits.ts';
import { OpaqueMemory } from '../../src/engine/opaque-memory.ts';
import type { Upstream, UpstreamAnswer, UpstreamRequest } from '../../src/engine/ports.ts';
import { run } from '../../src/engine/run.ts';
import type { EngineDeps } from '../../src/engine/run-state.ts';
import type { ChatEvent } from '../../src/model/chat-event.ts';
import type { Message, ToolResultPart } from '../../src/model/conversation.ts';
import type { DialectName } from '../../src/model/dialect-name.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import type { SseFrame } from '../../src/model/wire-frame.ts';
import { engine, route, routeTarget } from './engine-kit.ts';
import { type ClientCall, type ClientResult, type HistoryClient, historyClient } from './history-clients.ts';
import { PIXEL } from './pixel.ts';
import { seededChance } from './seeded-chance.ts';
import { halves, makerOfState, stateOf, type Told, type Vendor } from './vendors.ts';

/** One conversation, and who serves which of its requests. */
export interface Journey {
  readonly caller: DialectName;
  readonly stream: boolean;
  readonly forgetful: boolean;
  /** The gateway remembers nothing from one request to the next, as after a restart. */
  readonly restarts: boolean;
  readonly vendors: readonly Vendor[];
}

/** What went wrong on a journey, in order; empty where nothing did. */
export type Mishaps = readonly string[];

interface Step {
  readonly ask?: { readonly text: string; readonly picture: boolean };
  /** Results for the calls of the step before, in this order. */
  readonly results?: readonly { readonly of: number; readonly failed: boolean; readonly picture: boolean }[];
  readonly thinking: number;
  readonly text: boolean;
  readonly calls: readonly string[];
  readonly cut: boolean;
}

const fine = (of: number) => ({ of, failed: false, picture: false });
const step = (over: Partial<Step>): Step => ({ thinking: 1, text: false, calls: [], cut: false, ...over });

/** Eight requests: one call, calls side by side, results out of order, failed and with a picture, an answer cut off. */
const STEPS: readonly Step[] = [
  step({ ask: { text: 'What is on the picture?', picture: true }, calls: ['get_weather'] }),
  step({ results: [fine(0)], thinking: 2, text: true, calls: ['get_weather', 'look_up'] }),
  step({
    results: [
      { of: 1, failed: true, picture: false },
      { of: 0, failed: false, picture: true },
    ],
    text: true,
  }),
  step({ ask: { text: 'And now?', picture: false }, thinking: 0, text: true }),
  step({ ask: { text: 'At length, please.', picture: false }, text: true, cut: true }),
  step({ ask: { text: 'Go on.', picture: true }, calls: ['look_up', 'look_up'] }),
  step({ results: [fine(0), fine(1)], calls: ['get_weather'] }),
  step({ results: [fine(0)], text: true }),
];

/** Runs one conversation through the real engine and the real dialects, every provider checking what it is sent. */
export async function travel(journey: Journey): Promise<Mishaps> {
  const traveller = new Traveller(journey);
  for (const [at, vendor] of journey.vendors.entries()) await traveller.step(at, vendor);
  return traveller.mishaps;
}

class Traveller implements Upstream {
  readonly mishaps: string[] = [];
  readonly #journey: Journey;
  readonly #client: HistoryClient;
  readonly #deps: EngineDeps;
  readonly #chance = seededChance(7);
  /** What every later history has to hold. */
  readonly #said: string[] = [];
  readonly #states: { readonly origin: string; readonly state: string }[] = [];
  #pictures = 0;
  #calls: ClientCall[] = [];
  readonly #ids = new Set<string>();
  #failed = new Set<string>();
  #at = 0;
  /** State was refused in this request: what comes now comes without. */
  #refused = false;
  #vendor: Vendor | undefined;
  #told: Told | undefined;

  constructor(journey: Journey) {
    this.#journey = journey;
    this.#client = historyClient(journey.caller, journey.forgetful);
    this.#deps = { ...engine({}).deps, upstream: this };
  }

  async step(at: number, vendor: Vendor): Promise<void> {
    const plan = STEPS[at % STEPS.length];
    if (!plan) return;
    this.#at = at;
    this.#refused = false;
    this.#vendor = vendor;
    this.#told = this.#plan(plan, vendor);
    this.#speak(plan);
    const calls = await this.#exchange(vendor);
    this.#checkCalls(calls, this.#told);
    this.#calls = calls;
    if (plan.text) this.#said.push(this.#told.text);
    for (const call of this.#told.calls) this.#said.push(String(call.args.mark));
    this.#remember(vendor, this.#told);
  }

  #wrong(what: string): void {
    const way = this.#journey.vendors.map(({ target }) => target.id).join(' → ');
    this.mishaps.push(`${way}, request ${this.#at + 1}: ${what}`);
  }

  #plan(plan: Step, vendor: Vendor): Told {
    const words = (what: string) => `${what} of ${vendor.origin}, request ${this.#at + 1}.`;
    return {
      thinking: Array.from({ length: plan.thinking }, (_, index) => words(`Thought ${index + 1}`)),
      text: plan.text ? words('Answer') : '',
      calls: plan.calls.map((name, index) => ({
        id: this.#callId(vendor, name, index),
        name,
        args: { mark: `mark ${this.#at}.${index}` },
      })),
      cut: plan.cut,
    };
  }

  /** As its maker writes them: some count, some draw lots. */
  #callId(vendor: Vendor, name: string, index: number): string {
    const drawn = this.#chance.newId();
    if (vendor.target.id.startsWith('counting/')) return `functions.${name}:${index}`;
    if (vendor.target.quirks.toolCallIds === 'nine-alphanumerics') return drawn.slice(-9);
    return vendor.target.dialect === 'anthropic-messages' ? `toolu_01${drawn}` : `call_${drawn}${drawn}`;
  }

  #speak(plan: Step): void {
    if (plan.ask) {
      this.#client.ask(plan.ask.text, plan.ask.picture);
      this.#said.push(plan.ask.text);
      if (plan.ask.picture) this.#pictures += 1;
    }
    const results = (plan.results ?? []).flatMap((given): ClientResult[] => {
      const call = this.#calls[given.of];
      if (!call) return [];
      const text = `result for ${String(call.args.mark)}`;
      this.#said.push(text);
      if (given.failed && this.#client.tells.failed) this.#failed.add(text);
      if (given.picture && this.#client.tells.picture) this.#pictures += 1;
      return [{ call, text, failed: given.failed, picture: given.picture }];
    });
    if (results.length > 0) this.#client.results(results);
  }

  async #exchange(vendor: Vendor): Promise<ClientCall[]> {
    const dialect = dialectKits.caller(this.#journey.caller);
    const { stream } = this.#journey;
    const body = JSON.parse(JSON.stringify(this.#client.body(stream))) as JsonObject;
    const request = dialect.decodeRequest(body, {});
    const memory = new OpaqueMemory({ turns: 0, bytes: 0, keepMs: 0 });
    const deps = this.#journey.restarts ? { ...this.#deps, memory } : this.#deps;
    const events: ChatEvent[] = [];
    const sink = { open: () => {}, write: (more: readonly ChatEvent[]) => void events.push(...more) };
    const targets = this.#journey.vendors.map(({ target }) => target);
    const candidates = [vendor.target, ...targets].filter((one, at, all) => all.indexOf(one) === at);
    const order = {
      requestId: `req${this.#at}`,
      request: { ...request, options: { pin: vendor.target.id } },
      route: route(candidates.map((target) => ({ ...routeTarget(target.id), target }))),
      signal: new AbortController().signal,
      startedAt: deps.clock.now(),
    };
    const result = await run(order, sink, deps);
    if (result.kind !== 'served') {
      this.#wrong(result.kind === 'failed' ? result.failure.message : result.kind);
      return [];
    }
    events.push(...result.events);
    const context = {
      request,
      requestId: order.requestId,
      createdAt: 1,
      sameDialect: vendor.target.dialect === request.dialect,
      model: vendor.target.model,
      annotate: true,
    };
    if (!stream) return this.#client.whole(dialect.encodeAnswer(events, context, result.summary));
    const encoder = dialect.streamEncoder(context);
    const frames: SseFrame[] = events.flatMap((event) => encoder.push(event));
    return this.#client.streamed([...frames, ...encoder.close(result.summary)]);
  }

  async send(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const [vendor, told] = [this.#vendor, this.#told];
    if (!vendor || !told) throw new Error('nobody was asked');
    const body = JSON.parse(JSON.stringify(request.body)) as JsonObject;
    const complaint = vendor.complaint(body);
    if (complaint !== undefined && this.#journey.restarts && OF_STATE.test(complaint)) {
      this.#refused = true;
      return refusal(vendor, complaint);
    }
    if (complaint !== undefined) this.#wrong(`refused: ${complaint}`);
    this.#checkContent(body, vendor);
    this.#checkState(body, vendor);
    this.#checkPairs(body, vendor);
    const answer = { status: 200, headers: {} };
    if (!request.stream) return { kind: 'body', ...answer, value: vendor.whole(told) };
    return { kind: 'stream', ...answer, frames: inTurn(vendor.frames(told)) };
  }

  #checkCalls(calls: readonly ClientCall[], told: Told): void {
    const shown = calls.map(({ name, args }) => ({ name, args }));
    const given = told.calls.map(({ name, args }) => ({ name, args }));
    if (JSON.stringify(shown) !== JSON.stringify(given)) this.#wrong(`calls arrived as ${JSON.stringify(shown)}`);
    const ids = calls.map(({ id }) => id).filter((id) => id !== '');
    if (new Set(ids).size < ids.length) this.#wrong(`two calls have one id: ${ids.join(', ')}`);
    // An answer in the caller's own dialect reaches it as it came.
    const again = ids.find((id) => this.#ids.has(id));
    if (again !== undefined && this.#vendor?.target.dialect !== this.#journey.caller)
      this.#wrong(`the id ${again} was given before`);
    for (const id of ids) this.#ids.add(id);
  }

  #remember(vendor: Vendor, told: Told): void {
    const { origin, target } = vendor;
    if (told.thinking.length === 0) return;
    const sealsEach = target.dialect === 'anthropic-messages';
    if (target.dialect === 'openai-chat' && !target.id.startsWith('counting/')) return;
    for (const text of sealsEach ? told.thinking : [told.thinking.join('')]) {
      this.#states.push({ origin, state: stateOf(origin, text) });
    }
  }

  #checkContent(body: JsonObject, vendor: Vendor): void {
    const strings = stringsIn(body).join('\n');
    for (const text of this.#said) {
      // Some clients keep a streamed text in its pieces.
      const isThere = strings.includes(text) || halves(text).every((half) => strings.includes(half));
      if (!isThere) this.#wrong(`"${text}" is lost`);
    }
    const pictures = strings.split(PIXEL).length - 1;
    if (pictures !== this.#pictures) this.#wrong(`${pictures} pictures of ${this.#pictures}`);
    if (vendor.target.quirks.reasoningReplay !== 'with-tool-calls' || this.#journey.restarts) return;
    for (const message of Array.isArray(body.messages) ? body.messages.filter(isJsonObject) : []) {
      const own = JSON.stringify(message).includes(`of ${vendor.origin},`);
      if (message.tool_calls !== undefined && own && !String(message.reasoning_content).startsWith('Thought'))
        this.#wrong('its own thinking beside a call is lost');
    }
  }

  #checkState(body: JsonObject, vendor: Vendor): void {
    const strings = stringsIn(body);
    if (strings.some((text) => /understudy:|dW5kZXJzdHVkeTp7/.test(text))) this.#wrong('a seal of the gateway got out');
    const makers = strings.map((text) => makerOfState(text)).filter((maker) => maker !== undefined);
    const strange = makers.find((maker) => maker !== vendor.origin);
    if (strange !== undefined) this.#wrong(`state of ${strange} got to ${vendor.origin}`);
    const carried =
      !this.#journey.restarts || (!this.#journey.forgetful && vendor.target.dialect === this.#journey.caller);
    const own = this.#states.filter(({ origin }) => origin === vendor.origin);
    for (const { state } of carried && !this.#refused ? own : []) {
      if (!strings.includes(state)) this.#wrong(`lost its own ${Buffer.from(state, 'base64').toString('utf8')}`);
    }
  }

  /** Read back by our own decoder: every result answers the call that it was given for. */
  #checkPairs(body: JsonObject, { target }: Vendor): void {
    if (target.dialect === 'bedrock-converse') return;
    const { messages } = dialectKits.caller(target.dialect).decodeRequest({ ...body, model: 'x' }, {});
    const seen = new Set<string>();
    for (const [at, message] of messages.entries()) {
      for (const part of message.parts)
        if (part.type === 'tool-result') this.#checkPair(part, messages.slice(0, at), seen);
    }
    for (const text of this.#failed) if (!seen.has(text)) this.#wrong(`"${text}" no longer says that it failed`);
  }

  #checkPair(result: ToolResultPart, before: readonly Message[], failed: Set<string>): void {
    const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    const said = /result for mark [\d.]+/.exec(text)?.[0];
    const calls = before.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'tool-call' ? [part] : [])));
    const call = calls.findLast(({ id }) => id === result.callId);
    if (said === undefined || !call) return this.#wrong(`a result answers nothing: ${text}`);
    const { mark } = JSON.parse(call.arguments) as { mark: string };
    if (said !== `result for ${mark}`) this.#wrong(`"${said}" answers the call with ${mark}`);
    if (result.isError || text.startsWith('Error')) failed.add(said);
  }
}

/** What vendors say to state that they take for somebody else's: after a restart it is, now and then. */
const OF_STATE = /signature|encrypted content/;

/** The same over HTTP; asked again without that state, they answer. */
function refusal({ target }: Vendor, message: string): UpstreamAnswer {
  const error =
    target.dialect === 'gemini-generate'
      ? { code: 400, status: 'INVALID_ARGUMENT', message }
      : { type: 'invalid_request_error', message };
  return { kind: 'refused', response: { status: 400, headers: {}, body: JSON.stringify({ type: 'error', error }) } };
}

async function* inTurn(frames: readonly SseFrame[]): AsyncIterable<readonly SseFrame[]> {
  for (const frame of frames) yield [frame];
}

function stringsIn(value: JsonValue): string[] {
  if (typeof value === 'string') return value.startsWith('{') ? [value, ...inner(value)] : [value];
  if (Array.isArray(value)) return value.flatMap(stringsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(stringsIn) : [];
}

/** Arguments of calls are JSON in a string. */
function inner(text: string): string[] {
  try {
    return stringsIn(JSON.parse(text) as JsonValue);
  } catch {
    return [];
  }
}
