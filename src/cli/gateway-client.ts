import type { ResolvedConfig } from '../config/resolved-config.ts';
import { EXIT } from './exit-codes.ts';
import { loadResolved } from './load.ts';
import { CommandError } from './output.ts';

export interface GatewayOptions {
  readonly config?: string;
  readonly gateway?: string;
}

/** An admin call of a running gateway. */
export interface GatewayClient {
  readonly url: string;
  /** Gives the JSON of a successful answer, or of one that `how` accepts. Throws `CommandError` for everything else. */
  call(method: 'GET' | 'POST', path: string, body?: Record<string, unknown>, how?: CallHow): Promise<unknown>;
}

interface CallHow {
  /** How long it may take, in milliseconds. */
  readonly limitMs?: number;
  /** True for an answer that tells what it has to, although its status is that of an error. */
  accepts?(body: unknown): boolean;
}

/** How long an admin call may take, in milliseconds. */
const CALL_MS = 10_000;
const KEY_VARIABLE = 'UNDERSTUDY_ADMIN_KEY';

/**
 * The gateway that is meant: `--gateway` or UNDERSTUDY_URL, else the address in the configuration. Its admin key comes from
 * UNDERSTUDY_ADMIN_KEY, else from where the configuration says; never from the command line, which others can read.
 */
export async function gatewayClient(options: GatewayOptions): Promise<GatewayClient> {
  const config = await loadResolved(options.config);
  const named = options.gateway;
  const url = named === undefined ? addressOf(config) : readUrl(named);
  const key = await adminKey(config);
  return {
    url,
    call: (method, path, body, how) => call({ url, key }, { method, path, ...(body && { body }), ...how }),
  };
}

function addressOf(config: ResolvedConfig | undefined): string {
  if (!config) {
    throw new CommandError(
      EXIT.usage,
      'no configuration and no gateway named; use --gateway http://host:port or UNDERSTUDY_URL',
    );
  }
  const { host, port } = config.server;
  // A gateway that listens everywhere is reached here.
  const near = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${near.includes(':') ? `[${near}]` : near}:${port}`;
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '') {
    return url.href.replace(/\/+$/, '');
  }
  throw new CommandError(
    EXIT.usage,
    '--gateway must be an address such as http://127.0.0.1:4141, without a user or a key',
  );
}

async function adminKey(config: ResolvedConfig | undefined): Promise<string> {
  const fromVariable = process.env[KEY_VARIABLE];
  if (fromVariable) return fromVariable;
  const fromConfig = config && (await (await import('../compose.ts')).readAdminKey(config));
  if (fromConfig !== undefined) return fromConfig;
  throw new CommandError(
    EXIT.usage,
    `the admin key is missing: set ${KEY_VARIABLE}, or server.adminKey in the configuration`,
  );
}

interface Call extends CallHow {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Record<string, unknown>;
}

async function call(to: { readonly url: string; readonly key: string }, asked: Call): Promise<unknown> {
  const answer = await sent(to, asked);
  const text = await answer.text();
  if (answer.ok) return parsed(text, to.url);
  const told = asked.accepts && jsonOf(text);
  if (told !== undefined && asked.accepts?.(told)) return told;
  throw new CommandError(exitOf(answer.status), `${to.url} answered ${answer.status}: ${messageIn(text)}`);
}

async function sent(
  to: { readonly url: string; readonly key: string },
  { method, path, body, limitMs = CALL_MS }: Call,
): Promise<Response> {
  try {
    return await fetch(`${to.url}${path}`, {
      method,
      // The key must not follow a redirect to somebody else.
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
      headers: { authorization: `Bearer ${to.key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new CommandError(
      EXIT.unreachable,
      `no gateway can be reached at ${to.url} (${reasonOf(error)}); start one with \`understudy serve\`, or name it with --gateway`,
    );
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { code?: string }; message?: string };
  return cause?.code ?? message ?? String(error);
}

function exitOf(status: number) {
  if (status === 409) return EXIT.failed;
  return status >= 500 ? EXIT.unreachable : EXIT.usage;
}

function parsed(text: string, url: string): unknown {
  const value = jsonOf(text);
  if (value !== undefined) return value;
  throw new CommandError(EXIT.unreachable, `what answers at ${url} is no gateway of this kind: its answer is no JSON`);
}

/** Undefined for what is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Longest message of an answer that is shown, in characters. */
const MAX_MESSAGE_CHARS = 500;

function messageIn(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string') return error.message.slice(0, MAX_MESSAGE_CHARS);
  } catch {
    // It is no JSON; what it says may still help.
  }
  return text.slice(0, MAX_MESSAGE_CHARS) || 'nothing';
}
