import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Address } from './address.ts';
import { anthropicMessagesKit } from './anthropic-messages/kit.ts';
import type { SimulatedDialect } from './ask.ts';
import { parseJson } from './body.ts';
import { credentialOf, type Headers } from './credential.ts';
import type { DialectKit, Stamp, Trouble } from './dialect-kit.ts';
import { geminiGenerateKit } from './gemini-generate/kit.ts';
import type { LoggedRequest } from './meter.ts';
import { parseModelName } from './model-name.ts';
import { embeddingsKit } from './openai-chat/embeddings.ts';
import { openaiChatKit } from './openai-chat/kit.ts';
import { openaiResponsesKit } from './openai-responses/kit.ts';
import { type Performance, perform, type Scene } from './performance.ts';
import type { SimulatedProvider } from './provider.ts';
import { parseScript, type Script, ScriptError } from './script.ts';
import { Stage } from './stage.ts';

const KITS: Readonly<Record<SimulatedDialect, DialectKit>> = {
  'openai-chat': openaiChatKit,
  'openai-responses': openaiResponsesKit,
  'anthropic-messages': anthropicMessagesKit,
  'gemini-generate': geminiGenerateKit,
};

export function kitOf(dialect: SimulatedDialect): DialectKit {
  return KITS[dialect];
}

export type GenerateAddress = Extract<Address, { kind: 'generate' }>;

/** One request for an answer, read whole. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly provider: SimulatedProvider;
  readonly address: GenerateAddress;
  readonly headers: Headers;
  /** `undefined`: longer than the limit. */
  readonly body: Buffer | undefined;
  readonly reusedConnection: boolean;
  readonly seed: number;
  readonly apiKeys: readonly string[] | undefined;
}

/** Answers one request as its script says, and writes it into the provider's meter. Throws `ScriptError`. */
export function answerExchange(exchange: Exchange): void {
  const { address, provider, headers } = exchange;
  const at = Date.now();
  const value = exchange.body && parseJson(exchange.body.toString('utf8'));
  const body = isJsonObject(value) ? value : undefined;
  const model = address.model ?? (typeof body?.model === 'string' ? body.model : '');
  const stamp: Stamp = { id: provider.newId(), at, model, asEvents: address.asEvents };
  const key = credentialOf(address.dialect, headers, address.key);
  const trouble = troubleBeforeScript(exchange, body, model, key);
  const script: Script = trouble ? { fault: 'none' } : chooseScript(exchange, model, at);
  const performance = trouble
    ? refusedAtOnce(trouble, exchange, stamp)
    : perform(script, sceneOf(exchange, { body: body ?? {}, model, stamp: named(stamp, script), key }));
  deliver(exchange, performance, script, {
    at,
    model,
    path: exchange.request.url ?? '',
    headers,
    body: body ?? null,
    stream: address.streamPath || body?.stream === true,
  });
}

/** An alias answers under the name of what stands behind it. */
function named(stamp: Stamp, script: Script): Stamp {
  return script.fault === 'none' && script.model !== undefined ? { ...stamp, model: script.model } : stamp;
}

function troubleBeforeScript(
  exchange: Exchange,
  body: JsonObject | undefined,
  model: string,
  key: string,
): Trouble | undefined {
  const { apiKeys, address } = exchange;
  if (apiKeys && !apiKeys.includes(key)) return { kind: 'auth-refused' };
  if (exchange.body === undefined) return { kind: 'too-large' };
  if (!body) return { kind: 'invalid', message: 'We could not parse the JSON body of your request.' };
  if (model !== '') return undefined;
  return address.dialect === 'openai-chat' || address.dialect === 'openai-responses'
    ? { kind: 'invalid', message: 'you must provide a model parameter' }
    : { kind: 'invalid', message: 'model: Field required' };
}

function refusedAtOnce(trouble: Trouble, exchange: Exchange, stamp: Stamp): Performance {
  const { status, headers, body } = kitOf(exchange.address.dialect).refusal(trouble, stamp);
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  return {
    steps: [
      { do: 'head', status, headers: { ...headers, 'content-length': length } },
      { do: 'write', text },
      { do: 'end' },
    ],
    completes: false,
    refused: true,
  };
}

/** The header goes before the model's name, and both before what was set for the provider. */
function chooseScript(exchange: Exchange, model: string, at: number): Script {
  const named = parseModelName(model).script;
  const header = exchange.headers['x-simulator-script'];
  if (header !== undefined) {
    const value = parseJson(header);
    if (value === undefined) throw new ScriptError('x-simulator-script: must be JSON');
    return parseScript(value);
  }
  return named ?? exchange.provider.playlist.next(model, at) ?? { fault: 'none' };
}

interface Read {
  readonly body: JsonObject;
  readonly model: string;
  readonly stamp: Stamp;
  readonly key: string;
}

function sceneOf(exchange: Exchange, read: Read): Scene {
  const { address, headers, seed, reusedConnection } = exchange;
  const kit = address.embeddings ? embeddingsKit(read.body) : kitOf(address.dialect);
  return {
    kit,
    stamp: read.stamp,
    seed,
    reusedConnection,
    key: read.key,
    model: read.model,
    read: () => {
      const { personality } = parseModelName(read.model);
      const ask = kit.read({
        model: read.model,
        personality,
        streamPath: address.streamPath,
        asEvents: address.asEvents,
        headers,
        body: read.body,
        bodyBytes: exchange.body?.length ?? 0,
      });
      return { ...ask, habits: exchange.provider.habits };
    },
  };
}

function deliver(
  exchange: Exchange,
  performance: Performance,
  script: Script,
  row: Omit<LoggedRequest, 'outcome'>,
): void {
  const { response, provider } = exchange;
  const entry = provider.meter.begin(row);
  provider.hold(response);
  if (row.stream && performance.reply) entry.streamBegun();
  let settled = false;
  const settle = (broken: boolean) => {
    if (settled) return;
    settled = true;
    const finished = response.writableFinished;
    entry.end({
      at: Date.now(),
      outcome: performance.refused
        ? 'refused'
        : provider.crashed && !finished
          ? 'crashed'
          : outcomeOf(script, exchange),
      closedByClient: !finished && !broken && !provider.crashed,
      complete: finished && performance.completes,
      ...(performance.reply && { usage: performance.reply }),
    });
  };
  response.once('close', () => settle(false));
  new Stage(response, performance.steps, () => settle(true)).play();
}

/** A `stale-connection` that met a fresh connection served like any other. */
function outcomeOf(
  script: Script,
  exchange: Exchange,
): Exclude<LoggedRequest['outcome'], 'pending' | 'closed-by-client'> {
  if (script.fault === 'none') return 'served';
  return script.fault === 'stale-connection' && !exchange.reusedConnection ? 'served' : script.fault;
}
