import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A gateway as it runs in production: keys, limits, breaker, ledger and metrics on; nothing tuned for the bench. */
export function writeGatewayConfig(folder: string, port: number, providerUrl: string): string {
  const file = join(folder, 'understudy.yaml');
  const config = {
    server: { port, keys: [{ name: 'bench', key: 'env:BENCH_CALLER_KEY' }] },
    providers: {
      chat: { dialect: 'openai-chat', baseUrl: `${providerUrl}/v1`, apiKey: 'env:BENCH_PROVIDER_KEY' },
      claude: { dialect: 'anthropic-messages', baseUrl: `${providerUrl}/v1`, apiKey: 'env:BENCH_PROVIDER_KEY_2' },
    },
    routes: {
      chat: { targets: ['chat/bench', 'claude/bench'] },
      claude: { targets: ['claude/bench', 'chat/bench'] },
    },
    storage: `sqlite:${join(folder, 'ledger.db')}`,
    telemetry: { logLevel: 'error' },
  };
  writeFileSync(file, stringify(config));
  return file;
}

export const GATEWAY_ENV = {
  BENCH_CALLER_KEY: 'bench-caller',
  BENCH_PROVIDER_KEY: 'bench-provider',
  BENCH_PROVIDER_KEY_2: 'bench-provider-2',
};
