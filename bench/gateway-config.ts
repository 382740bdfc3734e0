import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Wish } from './figure.ts';

export interface Setting {
  readonly providerUrl: string;
  readonly wish: Wish;
  /** With routes that have a prompt or a contract. */
  readonly quality: boolean;
}

/** A gateway as it runs in production: keys, limits, breaker, ledger and metrics on; nothing tuned for the bench. */
export function writeGatewayConfig(folder: string, port: number, { providerUrl, wish, quality }: Setting): string {
  const file = join(folder, 'understudy.yaml');
  const { fallbackUrl, streams } = wish;
  const held = streams === undefined ? undefined : streams + SPARE_STREAMS;
  const lane = held !== undefined && { limits: { concurrency: held } };
  const config = {
    server: {
      port,
      keys: [{ name: 'bench', key: 'env:BENCH_CALLER_KEY' }],
      ...(held !== undefined && { limits: { streams: held } }),
    },
    providers: {
      chat: { dialect: 'openai-chat', baseUrl: `${providerUrl}/v1`, apiKey: 'env:BENCH_PROVIDER_KEY', ...lane },
      claude: { dialect: 'anthropic-messages', baseUrl: `${providerUrl}/v1`, apiKey: 'env:BENCH_PROVIDER_KEY_2' },
      ...(fallbackUrl !== undefined && {
        second: { dialect: 'openai-chat', baseUrl: `${fallbackUrl}/v1`, apiKey: 'env:BENCH_PROVIDER_KEY' },
      }),
    },
    routes: {
      chat: { targets: ['chat/bench', fallbackUrl === undefined ? 'claude/bench' : 'second/bench'] },
      claude: { targets: ['claude/bench', 'chat/bench'] },
      ...(quality && qualityRoutes()),
    },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
    telemetry: { logLevel: 'error' },
  };
  writeFileSync(file, stringify(config));
  if (quality) {
    mkdirSync(join(folder, 'prompts'), { recursive: true });
    writeFileSync(join(folder, 'prompts', 'bench.yaml'), stringify(PROMPT));
  }
  return file;
}

/** Room for whoever asks while that many streams are open. */
const SPARE_STREAMS = 100;

function qualityRoutes() {
  const chat = { targets: ['chat/bench', 'claude/bench'] };
  const claude = { targets: ['claude/bench', 'chat/bench'] };
  const contract = { length: { maxCharacters: 100_000 }, forbid: ['as an AI'], refusal: 'forbidden' };
  return {
    'chat-prompt': { ...chat, prompt: 'bench' },
    'claude-prompt': { ...claude, prompt: 'bench' },
    'chat-contract': { ...chat, contract },
    'claude-contract': { ...claude, contract },
  };
}

/** A prompt of ordinary size: some sections, two variables, an example. */
const PROMPT = {
  role: 'You answer customers of {{ shop }}.',
  context: 'The last orders of this customer: {{ orders | join: ", " }}.',
  rules: ['Answer in the language of the customer.', 'Promise nothing that the orders do not show.', 'Use no tables.'],
  output: { brevity: 'Be concise.' },
  examples: [{ input: 'Where is my order?', output: 'It left us this morning.' }],
  variables: { shop: { type: 'string' }, orders: { type: 'list' } },
};

/** How a caller asks for it. */
export const PROMPT_USE = { id: 'bench', variables: { shop: 'the corner shop', orders: ['7', '8', '9'] } };

export const GATEWAY_ENV = {
  BENCH_CALLER_KEY: 'bench-caller',
  BENCH_PROVIDER_KEY: 'bench-provider',
  BENCH_PROVIDER_KEY_2: 'bench-provider-2',
};
