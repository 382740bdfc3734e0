import { checkConfig, type ServerOverrides } from './parse.ts';
import type { Config } from './schema.ts';

/**
 * A configuration over three scripted providers at `simulatorUrl` (e.g. `http://127.0.0.1:4150`): one target for each
 * dialect in the route `demo`, so that breaking the first shows a switch across dialects. No key is needed anywhere.
 */
export function demoConfig(simulatorUrl: string, overrides: ServerOverrides = {}): Config {
  const root = simulatorUrl.replace(/\/+$/, '');
  return checkConfig(
    {
      providers: {
        'sim-openai': { dialect: 'openai-chat', baseUrl: `${root}/sim-openai/v1` },
        'sim-anthropic': { dialect: 'anthropic-messages', baseUrl: `${root}/sim-anthropic/v1` },
        'sim-gemini': { dialect: 'gemini-generate', baseUrl: `${root}/sim-gemini/v1beta` },
      },
      routes: {
        demo: {
          description: 'Three scripted providers, one for each dialect.',
          targets: ['sim-openai/steady-1', 'sim-anthropic/steady-1', 'sim-gemini/steady-1'],
        },
      },
    },
    'demo',
    overrides,
  );
}
