import { type House, type HouseOptions, startHouse } from '../kit/gateway-kit.ts';

/** A model name that a client sends, and the target that has to serve it. */
export interface Way {
  readonly way: string;
  readonly model: string;
  readonly provider: 'alpha' | 'beta' | 'gamma' | 'omega';
}

/** Everything that one client can do has to work on each of these: every dialect as target, alone and as the fallback. */
export const WAYS: readonly Way[] = [
  { way: 'an OpenAI target', model: 'alpha/steady-1', provider: 'alpha' },
  { way: 'an Anthropic target', model: 'beta/steady-1', provider: 'beta' },
  { way: 'a Gemini target', model: 'gamma/steady-1', provider: 'gamma' },
  { way: 'a Responses target', model: 'omega/steady-1', provider: 'omega' },
  { way: 'a route whose primary is whole', model: 'first', provider: 'alpha' },
  { way: 'a route whose primary is broken', model: 'second', provider: 'beta' },
  { way: 'a route whose first two targets are broken', model: 'third', provider: 'gamma' },
];

const [A, B, C] = ['alpha/steady-1', 'beta/steady-1', 'gamma/steady-1'];
const [BROKEN_A, BROKEN_B] = ['alpha/steady-1--status-503', 'beta/steady-1--status-529'];

/**
 * A house with a route for each way; broken targets are broken by their model's name, so that no test waits for another.
 * `thinker-1` of `beta` and `gamma` can be asked to think aloud.
 */
export function startWays(options: HouseOptions = {}): Promise<House> {
  const failover = { attempts: 1 };
  const thinker = (thinking: string) => ({ models: { 'thinker-1': { quirks: { thinking } } } });
  const reasoner = { models: { 'reasoner-1': { quirks: { maxTokensField: 'max_completion_tokens' } } } };
  const providers = { alpha: reasoner, beta: thinker('budget'), gamma: thinker('budget'), ...options.providers };
  const routes = {
    first: { targets: [A, B, C], failover },
    second: { targets: [BROKEN_A, B, C], failover },
    third: { targets: [BROKEN_A, BROKEN_B, C], failover },
    ...options.routes,
  };
  return startHouse({ ...options, routes, providers });
}

/** The last request that a provider received, as JSON text. */
export function lastAsked(house: House, provider: Way['provider']): string {
  return JSON.stringify(house.simulator.meter(provider).requestLog.at(-1)?.body);
}

/** A picture of one transparent point. */
export const PIXEL_PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

/** Of `[[words: 30]]`, as many as the least limit on the output that every dialect takes. */
export const FIRST_16_WORDS = Array.from({ length: 16 }, (_, at) => `word${at + 1}`).join(' ');
