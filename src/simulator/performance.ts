import type { Ask } from './ask.ts';
import { type DialectKit, isRefused, type Stamp, type StreamedAnswer, type Trouble } from './dialect-kit.ts';
import { composeReply, type Reply } from './reply.ts';
import type { Script } from './script.ts';

/** One thing done to the connection. */
export type Step =
  | { readonly do: 'head'; readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'wait'; readonly ms: number }
  /** The answer ends as it should. */
  | { readonly do: 'end' }
  /** Orderly close of the connection (FIN) in the middle of the answer. */
  | { readonly do: 'cut' }
  /** TCP reset. */
  | { readonly do: 'reset' }
  /** The connection is destroyed without a byte. */
  | { readonly do: 'drop' }
  /** Nothing more; the connection stays open. */
  | { readonly do: 'hold' }
  /** `text` again and again, for ever. */
  | { readonly do: 'repeat'; readonly text: string; readonly everyMs: number };

export interface Performance {
  readonly steps: readonly Step[];
  /** The model works on an answer: it will be billed. Absent where the request never reached it. */
  readonly reply?: Reply;
  /** The steps deliver a complete answer, with what it cost. */
  readonly completes: boolean;
  /** The vendor refused the request by its own rules, whatever the script said. */
  readonly refused: boolean;
}

/** What a performance is made for. */
export interface Scene {
  readonly kit: DialectKit;
  readonly stamp: Stamp;
  readonly seed: number;
  /** The connection has carried a request before. */
  readonly reusedConnection: boolean;
  /** For vendors that repeat the key that they refuse. */
  readonly key: string;
  readonly model: string;
  /** Reads and checks the request; throws `Refused`. */
  read(): Ask;
}

/** Pause between two keep-alives, in milliseconds. */
const PING_EVERY_MS = 100;

const HTML_PAGE =
  '<!doctype html>\n<html><head><title>Service temporarily unavailable</title></head><body><h1>Service temporarily unavailable</h1></body></html>\n';

/** What happens on the connection when `script` is played to this request. */
export function perform(script: Script, scene: Scene): Performance {
  const bare = withoutModel(script, scene);
  if (bare) return { steps: bare, completes: false, refused: false };
  try {
    return withAnswer(script, scene, scene.read());
  } catch (error) {
    if (isRefused(error)) return { steps: refusal(error.trouble, scene), completes: false, refused: true };
    throw error;
  }
}

/** The faults that strike before any model works, and before the request is looked at. */
function withoutModel(script: Script, scene: Scene): readonly Step[] | undefined {
  switch (script.fault) {
    case 'status':
      return statusSteps(script, scene);
    case 'rate-limited':
    case 'quota':
    case 'invalid-request':
    case 'provider-rejected':
      return refusal(troubleOf(script), scene);
    case 'model-retired':
      return refusal({ kind: 'model-retired', model: scene.model }, scene);
    case 'auth-refused':
      return refusal({ kind: 'auth-refused', ...(script.echoKey && { key: scene.key }) }, scene);
    case 'hang-before-headers':
      return [{ do: 'hold' }];
    case 'html-page':
      return bodySteps(200, { 'content-type': 'text/html; charset=utf-8' }, HTML_PAGE);
    case 'error-in-200': {
      const { headers, body } = scene.kit.refusal({ kind: 'status', status: 500 }, scene.stamp);
      return bodySteps(200, headers, JSON.stringify(body));
    }
    case 'reset':
      return script.afterChunks === 0 ? [{ do: 'reset' }] : undefined;
    case 'stale-connection':
      return scene.reusedConnection ? [{ do: 'drop' }] : undefined;
    default:
      return undefined;
  }
}

function troubleOf(
  script: Extract<Script, { fault: 'rate-limited' | 'quota' | 'invalid-request' | 'provider-rejected' }>,
): Trouble {
  switch (script.fault) {
    case 'rate-limited':
      return {
        kind: 'rate-limited',
        ...(script.retryAfter !== undefined && { retryAfter: script.retryAfter }),
        ...(script.retryAfterMs !== undefined && { retryAfterMs: script.retryAfterMs }),
      };
    case 'quota':
      return { kind: 'quota' };
    case 'invalid-request':
      return { kind: 'invalid', message: 'The request is invalid, as the script says.' };
    case 'provider-rejected':
      return { kind: 'provider-rejected' };
  }
}

function statusSteps(script: Extract<Script, { fault: 'status' }>, scene: Scene): Step[] {
  const vendor = scene.kit.refusal({ kind: 'status', status: script.status }, scene.stamp);
  const { body = vendor.body, headers } = script;
  const asText = typeof body === 'string';
  const type = asText ? 'text/plain; charset=utf-8' : 'application/json';
  return bodySteps(
    script.status,
    { 'content-type': type, ...(!asText && vendor.headers), ...headers },
    asText ? body : JSON.stringify(body),
  );
}

function refusal(trouble: Trouble, scene: Scene): Step[] {
  const { status, headers, body } = scene.kit.refusal(trouble, scene.stamp);
  return bodySteps(status, headers, JSON.stringify(body));
}

function bodySteps(status: number, headers: Readonly<Record<string, string>>, body: string): Step[] {
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return [{ do: 'head', status, headers: { ...headers, ...length } }, { do: 'write', text: body }, { do: 'end' }];
}

function withAnswer(script: Script, scene: Scene, ask: Ask): Performance {
  const told = toldInAnswer(script, scene, ask);
  if (told) return { steps: told, completes: false, refused: false };
  const reply = composeReply(ask, script, scene.seed);
  const steps = ask.stream ? streamSteps(script, scene, ask, reply) : wholeSteps(script, scene, ask, reply);
  return { steps, reply, completes: steps.at(-1)?.do === 'end' && delivers(script), refused: false };
}

/** Some scripts end in good order without an answer having been given. */
function delivers(script: Script): boolean {
  return script.fault !== 'wrong-shape';
}

/** Refusals that need the request's own figures, and errors told where an answer should be. */
function toldInAnswer(script: Script, scene: Scene, ask: Ask): Step[] | undefined {
  const { kit, stamp } = scene;
  if (script.fault === 'context-too-long') {
    const askedTokens = Math.max(ask.inputTokens, script.limitTokens + 1);
    return refusal({ kind: 'context-too-long', limitTokens: script.limitTokens, askedTokens }, scene);
  }
  if (script.fault === 'content-policy' && script.how !== 'finish') {
    const blocked = kit.blockedPrompt?.(stamp, ask.inputTokens);
    if (!blocked) return refusal({ kind: 'content-policy' }, scene);
    const json = JSON.stringify(blocked);
    if (!ask.stream) return bodySteps(200, { 'content-type': 'application/json; charset=UTF-8' }, json);
    const text = stamp.asEvents ? `data: ${json}\r\n\r\n` : `[${json}]`;
    return [streamHead(scene), { do: 'write', text }, { do: 'end' }];
  }
  if (script.fault === 'overloaded-after-200') {
    if (ask.stream)
      return [streamHead(scene), { do: 'write', text: kit.errorFrame({ kind: 'overloaded' }, stamp) }, { do: 'end' }];
    const { headers, body } = kit.refusal({ kind: 'overloaded' }, stamp);
    return bodySteps(200, headers, JSON.stringify(body));
  }
  return undefined;
}

function streamHead(scene: Scene, added: Readonly<Record<string, string>> = {}): Step {
  const contentType = scene.kit.odd(scene.stamp).contentType;
  return {
    do: 'head',
    status: 200,
    headers: { 'content-type': contentType, 'cache-control': 'no-cache', ...scene.kit.headers(scene.stamp), ...added },
  };
}

function streamSteps(script: Script, scene: Scene, ask: Ask, reply: Reply): Step[] {
  const answer = scene.kit.streamed(reply, ask, scene.stamp);
  const { opening, pieces, closing } = answer;
  const head = streamHead(scene, script.fault === 'none' ? script.headers : {});
  const first = (count: number): Step[] => [head, { do: 'write', text: opening + pieces.slice(0, count).join('') }];
  const all: Step = { do: 'write', text: opening + pieces.join('') + closing };
  switch (script.fault) {
    case 'stall':
      return [...first(script.afterChunks), { do: 'hold' }];
    case 'cut':
      return [...first(script.afterChunks), { do: 'cut' }];
    case 'reset':
      return [...first(script.afterChunks), { do: 'reset' }];
    case 'slow-first-content':
      return [
        head,
        { do: 'write', text: opening },
        { do: 'wait', ms: script.ms },
        { do: 'write', text: pieces.join('') + closing },
        { do: 'end' },
      ];
    case 'slow-headers':
      return [{ do: 'wait', ms: script.ms }, head, all, { do: 'end' }];
    case 'malformed-chunk':
      return [head, { do: 'write', text: withMalformed(answer, scene, script.afterChunks) }, { do: 'end' }];
    case 'wrong-shape':
      return [head, { do: 'write', text: scene.kit.odd(scene.stamp).wrongShape }, { do: 'end' }];
    case 'slow-drip':
      return [head, ...paced(answer, script.msPerChunk), { do: 'end' }];
    case 'pings-only':
      return [
        head,
        { do: 'write', text: opening },
        { do: 'repeat', text: scene.kit.odd(scene.stamp).ping, everyMs: PING_EVERY_MS },
      ];
    case 'none':
      return [
        ...delay(script.delayMs),
        head,
        ...(script.chunkDelayMs ? paced(answer, script.chunkDelayMs) : [all]),
        { do: 'end' },
      ];
    default:
      return [head, all, { do: 'end' }];
  }
}

function delay(ms: number | undefined): Step[] {
  return ms ? [{ do: 'wait', ms }] : [];
}

function paced(answer: StreamedAnswer, ms: number): Step[] {
  const pieces = answer.pieces.flatMap((text): Step[] => [
    { do: 'wait', ms },
    { do: 'write', text },
  ]);
  return [{ do: 'write', text: answer.opening }, ...pieces, { do: 'write', text: answer.closing }];
}

/** The broken piece takes the place of a good one: whoever skips it has a hole in the answer. */
function withMalformed(answer: StreamedAnswer, scene: Scene, afterChunks: number): string {
  const at = Math.min(afterChunks, Math.max(0, answer.pieces.length - 1));
  const rest = answer.pieces.slice(at + 1).join('');
  return (
    answer.opening + answer.pieces.slice(0, at).join('') + scene.kit.odd(scene.stamp).malformed + rest + answer.closing
  );
}

/** Pieces that a slow whole answer is sent in. */
const WHOLE_SLICES = 10;

function wholeSteps(script: Script, scene: Scene, ask: Ask, reply: Reply): Step[] {
  const { kit, stamp } = scene;
  const body =
    script.fault === 'wrong-shape' ? '{"result":"ok","items":[1,2,3]}' : JSON.stringify(kit.whole(reply, ask, stamp));
  const added = script.fault === 'none' ? script.headers : {};
  const headers = { 'content-type': 'application/json', ...kit.headers(stamp), ...added };
  const steps = bodySteps(200, headers, body);
  const head = steps[0] ?? { do: 'end' };
  const half: Step = { do: 'write', text: body.slice(0, Math.floor(body.length / 2)) };
  switch (script.fault) {
    case 'stall':
      return script.afterChunks === 0 ? [head, { do: 'hold' }] : [head, half, { do: 'hold' }];
    case 'cut':
      return script.afterChunks === 0 ? [head, { do: 'cut' }] : [head, half, { do: 'cut' }];
    case 'reset':
      return [head, half, { do: 'reset' }];
    case 'slow-headers':
    case 'slow-first-content':
      return [{ do: 'wait', ms: script.ms }, ...steps];
    case 'malformed-chunk':
      return bodySteps(200, headers, body.slice(0, Math.floor(body.length / 2)));
    case 'slow-drip': {
      const size = Math.ceil(body.length / WHOLE_SLICES);
      const slices = Array.from({ length: WHOLE_SLICES }, (_, index) => body.slice(index * size, (index + 1) * size));
      const writes = slices.flatMap((text): Step[] => [
        { do: 'wait', ms: script.msPerChunk },
        { do: 'write', text },
      ]);
      return [head, ...writes, { do: 'end' }];
    }
    case 'pings-only': {
      const { 'content-type': type } = headers;
      return [
        { do: 'head', status: 200, headers: { 'content-type': type } },
        { do: 'repeat', text: ' ', everyMs: PING_EVERY_MS },
      ];
    }
    case 'none':
      return [...delay(script.delayMs), ...steps];
    default:
      return steps;
  }
}
