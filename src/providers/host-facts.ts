import type { HostFacts } from './model-facts.ts';

const verifiedAt = '2026-11-21';
const streaming = { streaming: 'yes' } as const;

/**
 * What hosts do with every model that they serve. Retention is what their pages say of ordinary requests under an
 * ordinary account; contracts and settings change it, and the configuration says so then. Where a page names no number
 * of days, or two pages contradict each other, it is not known.
 */
export const HOST_FACTS: Readonly<Record<string, HostFacts>> = {
  anthropic: {
    abilities: streaming,
    source: 'https://platform.claude.com/docs/en/build-with-claude/streaming',
    verifiedAt,
  },
  openai: {
    abilities: streaming,
    retentionDays: 30,
    source: 'https://developers.openai.com/api/docs/guides/your-data',
    verifiedAt,
  },
  gemini: {
    abilities: streaming,
    retentionDays: 55,
    source: 'https://ai.google.dev/gemini-api/docs/abuse-monitoring',
    verifiedAt,
  },
  mistral: {
    abilities: streaming,
    places: ['eu', 'us'],
    source: 'https://docs.mistral.ai/inference/regional-inference.md',
    verifiedAt,
  },
  groq: { abilities: streaming, retentionDays: 0, source: 'https://console.groq.com/docs/your-data', verifiedAt },
  fireworks: {
    abilities: streaming,
    retentionDays: 0,
    source: 'https://docs.fireworks.ai/guides/security_compliance/data_handling',
    verifiedAt,
  },
  // Kept by default, and no number of days is named.
  together: { abilities: streaming, source: 'https://docs.together.ai/docs/zero-data-retention', verifiedAt },
  deepseek: { abilities: streaming, source: 'https://api-docs.deepseek.com/api/create-chat-completion', verifiedAt },
  xai: { abilities: streaming, source: 'https://docs.x.ai/developers/models/grok-4.7', verifiedAt },
};
