import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { readAddress } from './address.ts';
import { AdminApi, type Administered, sendJson } from './admin.ts';
import { SIMULATED_DIALECTS, type SimulatedDialect } from './ask.ts';
import { parseJson, readBody } from './body.ts';
import { answerCount, type CountAddress } from './count-tokens.ts';
import { credentialOf, type Headers } from './credential.ts';
import type { Stamp } from './dialect-kit.ts';
import { answerExchange, type GenerateAddress, kitOf } from './exchange.ts';
import { type Habit, readHabit } from './habits.ts';
import type { Meter } from './meter.ts';
import { PERSONALITIES } from './model-name.ts';
import type { ScriptOptions } from './playlist.ts';
import { isProviderName, SimulatedProvider } from './provider.ts';
import { isScriptError, type Script, ScriptError } from './script.ts';

export interface SimulatorOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** Other seeds give other answers to the same questions; 0 by default. */
  readonly seed?: number;
  /** Wanted by the admin API. Without one it is open, on this machine only. */
  readonly adminKey?: string;
  /** Habits of all models of a provider, by its name; under `*` those of every provider. */
  readonly habits?: Readonly<Record<string, readonly Habit[]>>;
  /** When set, other keys are refused as the vendor refuses them. */
  readonly apiKeys?: readonly string[];
}

/** Scripted providers over real sockets; docs/simulator.md has the scripts, the models and the words for messages. */
export interface Simulator {
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** Where a client of this dialect finds the provider (`sim` by default), version path included. */
  baseUrl(dialect: SimulatedDialect, provider?: string): string;
  /**
   * What the provider does from now on; `undefined` is healthy again. A list is played one a request and its last one
   * repeats. Ends a crash. Throws `ScriptError`, which names the field.
   */
  script(provider: string, script: Script | readonly Script[] | undefined, options?: ScriptOptions): void;
  meter(provider: string): Meter;
  resetMeters(): void;
  /** Resets the provider's connections in use, and every request to it until `script` is called. */
  crash(provider: string): void;
  /** Closes the connections on which no request is being answered, as a provider does after a while. */
  closeIdleConnections(): void;
  /** Destroys all connections and frees the port. */
  stop(): Promise<void>;
}

/** Bodies above this are refused with 413, in bytes. */
const MAX_BODY_BYTES = 33_554_432;
const MAX_PROVIDERS = 1000;
/** Idle connections stay this long, in milliseconds, so that only a script or `closeIdleConnections` makes one stale. */
const KEEP_ALIVE_MS = 120_000;

const MODEL_NAMES = PERSONALITIES.map((personality) => `${personality}-1`);

/** Starts listening. Rejects when the port is taken; throws `RangeError` for an option that makes no sense. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', seed = 0 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`port must be 0 to 65535, got ${port}`);
  if (!Number.isInteger(seed)) throw new RangeError(`seed must be a whole number, got ${seed}`);
  for (const habits of Object.values(options.habits ?? {})) for (const habit of habits) readHabit(habit);
  if (options.adminKey === '') throw new RangeError('adminKey must not be empty');
  const simulator = new SimulatorServer(options, seed);
  await simulator.listen(port, host);
  return simulator;
}

class SimulatorServer implements Simulator, Administered {
  readonly #server: Server;
  readonly #providers = new Map<string, SimulatedProvider>();
  readonly #sockets = new Set<Socket>();
  readonly #requestsOf = new WeakMap<Socket, number>();
  readonly #admin: AdminApi;
  readonly #apiKeys: readonly string[] | undefined;
  readonly #seed: number;
  readonly #habits: Readonly<Record<string, readonly Habit[]>>;
  #url = '';

  constructor(options: SimulatorOptions, seed: number) {
    this.#seed = seed;
    this.#apiKeys = options.apiKeys;
    this.#habits = options.habits ?? {};
    this.#admin = new AdminApi(this, options.adminKey);
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
      this.#handle(request, response).catch((error: unknown) => fail(response, error));
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return this.#url;
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const { address, family, port: taken } = this.#server.address() as AddressInfo;
        this.#url = `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
        resolve();
      });
    });
  }

  baseUrl(dialect: SimulatedDialect, provider = 'sim'): string {
    if (!SIMULATED_DIALECTS.includes(dialect)) throw new RangeError(`dialect: the simulator does not speak ${dialect}`);
    checkProviderName(provider);
    return `${this.#url}/${provider}/${dialect === 'gemini-generate' ? 'v1beta' : 'v1'}`;
  }

  script(provider: string, script: Script | readonly Script[] | undefined, options: ScriptOptions = {}): void {
    this.setScript(provider, script, options);
  }

  setScript(provider: string, script: unknown, options: ScriptOptions): void {
    const state = this.#provider(provider);
    state.playlist.set(script, options, Date.now());
    state.revive();
  }

  meter(provider: string): Meter {
    return this.#provider(provider).meter.snapshot();
  }

  meters(): Readonly<Record<string, Meter>> {
    return Object.fromEntries([...this.#providers].map(([name, provider]) => [name, provider.meter.snapshot()]));
  }

  resetMeters(): void {
    for (const provider of this.#providers.values()) provider.meter.reset();
  }

  crash(provider: string): void {
    this.#provider(provider).crash();
  }

  closeIdleConnections(): void {
    this.#server.closeIdleConnections();
  }

  async stop(): Promise<void> {
    // The server counts a connection as gone before it is: its response still holds timers until the socket has closed.
    const gone = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await Promise.all([closed, ...gone]);
  }

  #provider(name: string): SimulatedProvider {
    const known = this.#providers.get(name);
    if (known) return known;
    checkProviderName(name);
    if (this.#providers.size >= MAX_PROVIDERS) throw new ScriptError(`provider: there are ${MAX_PROVIDERS} already`);
    const provider = new SimulatedProvider(name, this.#seed, [
      ...(this.#habits['*'] ?? []),
      ...(this.#habits[name] ?? []),
    ]);
    this.#providers.set(name, provider);
    return provider;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#requestsOf.set(request.socket, (this.#requestsOf.get(request.socket) ?? 0) + 1);
    const address = readAddress(request.method ?? '', request.url ?? '');
    const headers = flatHeaders(request);
    switch (address.kind) {
      case 'generate':
        return this.#generate(request, response, address, headers);
      case 'admin':
        return this.#admin.handle(request, response, address.segments, headers);
      case 'models':
        return this.#listModels(response, address, headers);
      case 'count-tokens':
        return this.#countTokens(request, response, address, headers);
      case 'unknown':
        return sendJson(response, 404, { error: { message: `unknown request URL: ${request.method} ${request.url}` } });
    }
  }

  async #generate(
    request: IncomingMessage,
    response: ServerResponse,
    address: GenerateAddress,
    headers: Headers,
  ): Promise<void> {
    const provider = this.#provider(address.provider);
    const reusedConnection = (this.#requestsOf.get(request.socket) ?? 0) > 1;
    if (provider.crashed) return crashed(request, provider, headers);
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === undefined) response.shouldKeepAlive = false;
    answerExchange({
      request,
      response,
      provider,
      address,
      headers,
      body,
      reusedConnection,
      seed: this.#seed,
      apiKeys: this.#apiKeys,
    });
  }

  #listModels(response: ServerResponse, address: { provider: string; gemini: boolean }, headers: Headers): void {
    const dialect = address.gemini
      ? 'gemini-generate'
      : headers['anthropic-version'] === undefined
        ? 'openai-chat'
        : 'anthropic-messages';
    const kit = kitOf(dialect);
    if (this.#apiKeys && !this.#apiKeys.includes(credentialOf(dialect, headers, undefined))) {
      const { status, body, headers: told } = kit.refusal({ kind: 'auth-refused' }, this.#stamp(address.provider));
      return sendJson(response, status, body, { ...told });
    }
    return sendJson(response, 200, kit.models(MODEL_NAMES));
  }

  async #countTokens(
    request: IncomingMessage,
    response: ServerResponse,
    address: CountAddress,
    headers: Headers,
  ): Promise<void> {
    const provider = this.#provider(address.provider);
    if (provider.crashed) return crashed(request, provider, headers);
    const bytes = await readBody(request, MAX_BODY_BYTES);
    const counted = answerCount(
      {
        address,
        headers,
        body: bytes && parseJson(bytes.toString('utf8')),
        bodyBytes: bytes?.length ?? 0,
        stamp: this.#stamp(address.provider),
        apiKeys: this.#apiKeys,
      },
      kitOf(address.dialect),
    );
    return sendJson(response, counted.status, counted.body, { ...counted.headers });
  }

  #stamp(provider: string): Stamp {
    return { id: this.#provider(provider).newId(), at: Date.now(), model: '', asEvents: true };
  }
}

function checkProviderName(name: string): void {
  if (!isProviderName(name)) {
    throw new ScriptError(
      `provider: "${name}" must be letters, digits, dots, hyphens and underscores, and not "admin"`,
    );
  }
}

function crashed(request: IncomingMessage, provider: SimulatedProvider, headers: Headers): void {
  const at = Date.now();
  const row = { at, model: '', path: request.url ?? '', headers, body: null, stream: false };
  provider.meter.begin(row).end({ at, outcome: 'crashed', closedByClient: false, complete: false });
  request.socket.resetAndDestroy();
}

function flatHeaders(request: IncomingMessage): Headers {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}

/** Bad scripts are told to whoever sent them; a client that left needs no answer; all else is our own error. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  sendJson(response, isScriptError(error) ? 400 : 500, {
    error: { message: `simulator: ${message}`, type: 'simulator_error' },
  });
}
