import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLedgerReader } from '../../src/storage/ledger-reader.ts';
import { eventually } from '../kit/eventually.ts';
import { askBySdk, type Heard, SURFACES, type Surface } from '../kit/sdk-caller.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';
import { HeldProvider } from './held-provider.ts';
import { type ServedGateway, serve } from './served.ts';

const WHOLE = 100;
const STREAMS = 50;
const GRACE_MS = 2_000;
/** Beyond the grace: for last words, the ledger and the exit. */
const SLACK_MS = 5_000;

let folder: string;
let provider: HeldProvider;
let gateway: ServedGateway | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-drain-load-'));
  provider = await HeldProvider.start();
});
afterEach(async () => {
  gateway?.child.kill('SIGKILL');
  gateway = undefined;
  await provider.stop();
  await rm(folder, { recursive: true, force: true });
});

const ledgerFile = () => join(folder, 'ledger.db');

function configuration(delay: string): object {
  const patient = { timeouts: { headers: '60s', firstContent: '60s', gap: '60s' } };
  return {
    server: { port: 0, limits: { loopDelay: '60s' }, drain: { delay, grace: `${GRACE_MS}ms` } },
    providers: { held: { dialect: 'openai-chat', baseUrl: `${provider.url}/v1` } },
    routes: { short: { targets: ['held/short'], ...patient }, endless: { targets: ['held/endless'], ...patient } },
    storage: `sqlite:${ledgerFile()}`,
  };
}

interface Kind {
  readonly surface: Surface;
  readonly stream: boolean;
  readonly model: 'short' | 'endless';
}
/** Half of the streams end within the grace, half do not. */
const KINDS: readonly Kind[] = Array.from({ length: WHOLE + STREAMS }, (_, at) => ({
  surface: SURFACES[at % 2] ?? 'openai-chat',
  stream: at >= WHOLE,
  model: at >= WHOLE && at % 4 > 1 ? 'endless' : 'short',
}));

const PATHS: Readonly<Record<Surface, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};
const TERMINATORS: Readonly<Record<Surface, string>> = {
  'openai-chat': 'data: [DONE]\n\n',
  'anthropic-messages': 'event: message_stop\n',
};

function askRaw(url: string, { surface, stream, model }: Kind): Promise<RawAnswer> {
  const messages = [{ role: 'user', content: 'How tall is a giraffe?' }];
  return send({
    url: url + PATHS[surface],
    headers: { 'anthropic-version': '2023-06-01' },
    body: { model, stream, max_tokens: 9_000, messages },
  });
}

/** What became of an answer over a raw socket. */
function fateOf({ surface, stream }: Kind, { status, text, headers, ending }: RawAnswer): string {
  if (status !== 200) return `status ${status}, ${ending}`;
  if (!stream) {
    return ending === 'end' && Buffer.byteLength(text) === Number(headers['content-length']) ? 'whole' : 'cut';
  }
  if (ending === 'end' && text.includes(TERMINATORS[surface])) return 'whole';
  if (text.includes(TERMINATORS[surface])) return 'a clean end and a cut';
  return /"error".*gateway_draining/.test(text) ? 'told' : 'cut';
}

/** The same as an official SDK hears it. */
function fateHeard({ finish, thrown }: Heard): string {
  if (thrown) return /shutting down/.test(thrown.message) ? 'told' : thrown.message;
  return finish === undefined ? 'cut' : 'whole';
}

const wantedOf = ({ model }: Kind) => (model === 'endless' ? 'told' : 'whole');

describe(`SIGTERM under ${WHOLE} whole answers and ${STREAMS} streams`, () => {
  it('cuts no whole answer, ends streams or tells them so, fails readiness first, and exits with 0 in time', async () => {
    gateway = await serve(configuration('400ms'), folder);
    const { url, child, ended } = gateway;
    const running = KINDS.map(async (kind, at) => {
      // Every third through an official client, with its own ideas of retries.
      const bySdk = at % 3 === 0;
      const fate = bySdk
        ? fateHeard(await askBySdk(url, { ...kind, prompt: 'How tall is a giraffe?', extra: { max_tokens: 9_000 } }))
        : fateOf(kind, await askRaw(url, kind));
      return { ...kind, bySdk, fate };
    });
    await eventually(() => provider.open, KINDS.length);

    const askedAt = performance.now();
    child.kill('SIGTERM');
    const ready = async () => (await send({ method: 'GET', url: `${url}/health/ready` })).status;
    await eventually(ready, 503);
    // Readiness has failed, nobody was cut, and whoever has not heard of it yet is still let in.
    expect(provider.open).toBe(KINDS.length);
    const late = askRaw(url, { surface: 'openai-chat', stream: false, model: 'short' });
    await eventually(() => provider.open, KINDS.length + 1);
    provider.release();
    expect((await late).status).toBe(200);

    const seen = await Promise.all(running);
    expect(seen.filter((each) => each.fate !== wantedOf(each))).toEqual([]);
    expect(await ended).toEqual([0, null]);
    const took = performance.now() - askedAt;
    expect(took).toBeLessThan(400 + GRACE_MS + SLACK_MS);

    const reader = openLedgerReader({ file: ledgerFile() });
    try {
      const { rows } = await reader.requests({ limit: 200 });
      const outcomes = new Map<string, number>();
      for (const { outcome } of rows) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const told = KINDS.filter((kind) => wantedOf(kind) === 'told').length;
      expect(Object.fromEntries(outcomes)).toEqual({ served: KINDS.length - told + 1, interrupted: told });
    } finally {
      reader.close();
    }
  }, 60_000);
});
