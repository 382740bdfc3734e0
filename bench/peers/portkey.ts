import { join } from 'node:path';
import type { BenchContestant, Spoken } from '../contestants.ts';
import { freePort, nodeModule, startMeasured } from '../measured-process.ts';
import { PATHS } from '../payload.ts';

/** Has to be told with each request where the provider is; its web page of recent requests stays off, as in production. */
export function portkey(installed: string, version: string): BenchContestant {
  const to = (provider: 'openai' | 'anthropic') => (providerUrl: string) => ({
    'x-portkey-provider': provider,
    'x-portkey-custom-host': `${providerUrl}/v1`,
    authorization: 'Bearer provider-key',
  });
  const chat = { caller: 'openai-chat', model: 'bench' } as const;
  return {
    name: 'portkey',
    version: `@portkey-ai/gateway ${version}`,
    grants: ['fallbackUrl', 'streams'],
    speaks: [
      { ...chat, provider: 'openai-chat', headers: to('openai') },
      { ...chat, provider: 'anthropic-messages', headers: to('anthropic') },
    ] satisfies Spoken[],
    callers: 0.25,
    path: PATHS['openai-chat'],
    headers: (providerUrl, wish) =>
      wish?.fallbackUrl === undefined ? to('openai')(providerUrl) : fallbackOf([providerUrl, wish.fallbackUrl]),
    async start() {
      const port = await freePort();
      const file = join(installed, 'node_modules/@portkey-ai/gateway/build/start-server.js');
      return startMeasured({ ...nodeModule(file, [`--port=${port}`, '--headless']), port, ready: '/' });
    },
  };
}

/** Its own words for a fallback (portkey.ai/docs, "Fallbacks"). */
function fallbackOf(urls: readonly string[]): Record<string, string> {
  const targets = urls.map((url) => ({ provider: 'openai', api_key: 'provider-key', custom_host: `${url}/v1` }));
  return { 'x-portkey-config': JSON.stringify({ strategy: { mode: 'fallback' }, targets }) };
}
