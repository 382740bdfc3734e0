import { checkConfig, type ServerOverrides } from './parse.ts';
import type { Config } from './schema.ts';

/** Invented, so that the demo shows what a switch costs; in US dollars for a million tokens. */
const PRICES = {
  large: { inputPerMillion: 5, outputPerMillion: 25 },
  medium: { inputPerMillion: 3, outputPerMillion: 15 },
  small: { inputPerMillion: 0.5, outputPerMillion: 2 },
} as const;

/**
 * A configuration over three scripted providers at `simulatorUrl` (e.g. `http://127.0.0.1:4150`): one target for each
 * dialect in the route `demo`, so that breaking the first shows a switch across dialects. No key is needed anywhere.
 */
export function demoConfig(simulatorUrl: string, overrides: ServerOverrides = {}): Config {
  const root = simulatorUrl.replace(/\/+$/, '');
  const priced = (size: keyof typeof PRICES) => ({ models: { [`steady-${size}`]: { price: PRICES[size] } } });
  return checkConfig(
    {
      providers: {
        'sim-openai': { dialect: 'openai-chat', baseUrl: `${root}/sim-openai/v1`, ...priced('large') },
        'sim-anthropic': { dialect: 'anthropic-messages', baseUrl: `${root}/sim-anthropic/v1`, ...priced('medium') },
        'sim-gemini': { dialect: 'gemini-generate', baseUrl: `${root}/sim-gemini/v1beta`, ...priced('small') },
      },
      routes: {
        demo: {
          description: 'Three scripted providers, one for each dialect.',
          targets: ['sim-openai/steady-large', 'sim-anthropic/steady-medium', 'sim-gemini/steady-small'],
        },
      },
    },
    'demo',
    overrides,
  );
}
