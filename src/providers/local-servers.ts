import type { KnownProviders } from './known-provider.ts';

const verifiedAt = '2026-11-20';

/**
 * Servers that people run themselves, at the port that each of them uses when told nothing.
 * They ask for no key; one is sent when the configuration names it.
 */
export const LOCAL_SERVERS: KnownProviders = {
  ollama: {
    dialect: 'openai-chat',
    baseUrl: 'http://127.0.0.1:11434/v1',
    auth: 'none',
    keyVariables: [],
    source: 'https://developer.4d.com/docs/ja/21-R3/aikit/compatible-openai',
    verifiedAt,
  },
  vllm: {
    dialect: 'openai-chat',
    baseUrl: 'http://127.0.0.1:8000/v1',
    auth: 'none',
    keyVariables: [],
    quirks: { topK: true },
    source: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html',
    verifiedAt,
  },
  lmstudio: {
    dialect: 'openai-chat',
    baseUrl: 'http://127.0.0.1:1234/v1',
    auth: 'none',
    keyVariables: [],
    quirks: { topK: true },
    source: 'https://developer.4d.com/docs/ja/21-R3/aikit/compatible-openai',
    verifiedAt,
  },
  llamacpp: {
    dialect: 'openai-chat',
    baseUrl: 'http://127.0.0.1:8080/v1',
    auth: 'none',
    keyVariables: [],
    quirks: { topK: true },
    source: 'https://developer.4d.com/docs/ja/21-R3/aikit/compatible-openai',
    verifiedAt,
  },
};
