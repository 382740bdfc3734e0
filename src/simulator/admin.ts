import type { IncomingMessage, ServerResponse } from 'node:http';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import { parseJson, readBody } from './body.ts';
import { adminCredential, type Headers, pathWithoutSecrets, sameKey, withoutSecrets } from './credential.ts';
import type { Meter } from './meter.ts';
import type { ScriptOptions } from './playlist.ts';
import { isScriptError, ScriptError } from './script.ts';

/** What the admin API can do to the simulator. */
export interface Administered {
  /** Throws `ScriptError`. */
  setScript(provider: string, script: unknown, options: ScriptOptions): void;
  crash(provider: string): void;
  meters(): Readonly<Record<string, Meter>>;
  resetMeters(): void;
}

const MAX_ADMIN_BODY_BYTES = 1_048_576;

/** `PUT|DELETE /admin/script/{provider}`, `PUT /admin/crash/{provider}`, `GET|DELETE /admin/meters`. */
export class AdminApi {
  readonly #administered: Administered;
  readonly #key: string | undefined;

  constructor(administered: Administered, key: string | undefined) {
    this.#administered = administered;
    this.#key = key;
  }

  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    segments: readonly string[],
    headers: Headers,
  ): Promise<void> {
    if (!this.#allowed(request, headers)) {
      const message = this.#key === undefined ? 'the admin API is open on this machine only' : 'the admin key is wrong';
      return sendJson(response, this.#key === undefined ? 403 : 401, { error: { message } });
    }
    try {
      const answer = await this.#act(request, segments);
      if (answer) sendJson(response, 200, answer);
      else
        sendJson(response, 404, {
          error: { message: `the admin API has no ${request.method} /admin/${segments.join('/')}` },
        });
    } catch (error) {
      if (!isScriptError(error)) throw error;
      sendJson(response, 400, { error: { message: error.message } });
    }
  }

  /** Without a key: the peer and the host that it names are both this machine, so that no web page can reach it by a name. */
  #allowed(request: IncomingMessage, headers: Headers): boolean {
    if (this.#key !== undefined) return sameKey(adminCredential(headers), this.#key);
    const host = /^(\[[^\]]*\]|[^:]*)/.exec(headers.host ?? '')?.[1] ?? '';
    const local = host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
    return local && /^(::1|(::ffff:)?127(\.\d+){3})$/.test(request.socket.remoteAddress ?? '');
  }

  async #act(request: IncomingMessage, segments: readonly string[]): Promise<JsonObject | undefined> {
    const [what, provider] = segments;
    const method = request.method;
    if (what === 'meters' && segments.length === 1) {
      if (method === 'GET') return shownMeters(this.#administered.meters());
      if (method === 'DELETE') {
        this.#administered.resetMeters();
        return { reset: true };
      }
    }
    if (provider === undefined || segments.length !== 2) return undefined;
    if (what === 'crash' && method === 'PUT') {
      this.#administered.crash(provider);
      return { provider, crashed: true };
    }
    if (what !== 'script') return undefined;
    if (method === 'DELETE') {
      this.#administered.setScript(provider, undefined, {});
      return { provider, script: null };
    }
    return method === 'PUT' ? this.#putScript(request, provider) : undefined;
  }

  async #putScript(request: IncomingMessage, provider: string): Promise<JsonObject> {
    const body = await readBody(request, MAX_ADMIN_BODY_BYTES);
    if (!body) throw new ScriptError(`body: longer than ${MAX_ADMIN_BODY_BYTES} bytes`);
    const value = parseJson(body.toString('utf8'));
    if (value === undefined) throw new ScriptError('body: must be JSON');
    const { script, options } =
      isJsonObject(value) && value.script !== undefined ? readEnvelope(value) : { script: value, options: {} };
    this.#administered.setScript(provider, script, options);
    return { provider, ...(isJsonObject(script) || Array.isArray(script) ? { script } : {}), ...options };
  }
}

function readEnvelope(value: JsonObject): { script: unknown; options: ScriptOptions } {
  const { script, model, times, forMs, ...rest } = value;
  const strange = Object.keys(rest)[0];
  if (strange !== undefined) throw new ScriptError(`${strange}: not known beside script, model, times, forMs`);
  if (model !== undefined && typeof model !== 'string') throw new ScriptError('model: must be a string');
  if (times !== undefined && typeof times !== 'number') throw new ScriptError('times: must be a number');
  if (forMs !== undefined && typeof forMs !== 'number') throw new ScriptError('forMs: must be a number');
  const options = {
    ...(model !== undefined && { model }),
    ...(times !== undefined && { times }),
    ...(forMs !== undefined && { forMs }),
  };
  return { script, options };
}

/** Meters without credentials: this goes over the network. */
function shownMeters(meters: Readonly<Record<string, Meter>>): JsonObject {
  const shown = Object.entries(meters).map(([provider, meter]) => {
    const requestLog = meter.requestLog.map((row) => ({
      ...row,
      path: pathWithoutSecrets(row.path),
      headers: withoutSecrets(row.headers),
    }));
    return [provider, { ...meter, requestLog }];
  });
  return Object.fromEntries(shown);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: JsonObject,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...headers,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
