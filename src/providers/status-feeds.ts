import type { StatusFeed } from '../model/status-feed.ts';

/** Where a provider tells how it is. */
export interface StatusPage {
  /** What people read during an outage. */
  readonly page: string;
  /** Absent: nothing that a program can read is published, and the state stays unknown. */
  readonly feed?: StatusFeed;
  /** Where address and components were read. */
  readonly source: string;
}

const collectors = 'archived captures of the page, read 2026-11-20';

/**
 * Status pages by the name of the known provider or cloud. Components are those that serve the API: a page's headline
 * has meant the image service, or the chat application, often enough.
 */
const STATUS_PAGES: Readonly<Record<string, StatusPage>> = {
  anthropic: {
    page: 'https://status.claude.com',
    feed: {
      kind: 'statuspage',
      // The second is the same page behind another door: the first has answered programs with a challenge.
      urls: ['https://status.claude.com/api/v2/summary.json', 'https://anthropic.statuspage.io/api/v2/summary.json'],
      components: [{ id: 'k8w3r06qmzrp', name: 'Claude API (api.anthropic.com)' }],
    },
    source: collectors,
  },
  openai: {
    page: 'https://status.openai.com',
    feed: {
      kind: 'incident-io',
      urls: ['https://status.openai.com/proxy/status.openai.com'],
      components: [
        { name: 'Chat Completions', dialects: ['openai-chat'] },
        { id: '01JP8CD9JR3HR6Y7G4Q75N4DVW', name: 'Responses', dialects: ['openai-responses'] },
        { name: 'Embeddings', dialects: ['openai-embeddings'] },
      ],
    },
    // By name: two captures disagree about the id of Chat Completions.
    source: collectors,
  },
  // The Gemini API publishes nothing that a program may read.
  gemini: { page: 'https://aistudio.google.com/status', source: collectors },
  mistral: {
    page: 'https://status.mistral.ai',
    feed: { kind: 'feed', urls: ['https://status.mistral.ai/feed.rss'], components: [] },
    source: collectors,
  },
  deepseek: {
    page: 'https://status.deepseek.com',
    feed: {
      kind: 'statuspage',
      urls: ['https://deepseek.statuspage.io/api/v2/summary.json'],
      components: [{ name: 'API 服务 (API Service)' }, { name: 'API Service' }],
    },
    source: collectors,
  },
  xai: {
    page: 'https://status.x.ai',
    feed: { kind: 'feed', urls: ['https://status.x.ai/feed.xml'], components: [{ name: 'api' }] },
    source: collectors,
  },
  groq: {
    page: 'https://groqstatus.com',
    feed: {
      kind: 'statuspage',
      urls: ['https://groqstatus.com/api/v2/summary.json'],
      components: [{ id: '01K053E2FAKWKEYHXEV7WAHJBM', name: 'API' }],
    },
    source: collectors,
  },
  together: {
    page: 'https://status.together.ai',
    feed: {
      kind: 'better-stack',
      urls: ['https://status.together.ai/index.json'],
      components: [],
    },
    source: collectors,
  },
  fireworks: {
    page: 'https://status.fireworks.ai',
    feed: { kind: 'statuspage', urls: ['https://status.fireworks.ai/api/v2/summary.json'], components: [] },
    source: collectors,
  },
  cerebras: {
    page: 'https://status.cerebras.ai',
    feed: { kind: 'statuspage', urls: ['https://status.cerebras.ai/api/v2/summary.json'], components: [] },
    source: collectors,
  },
  perplexity: {
    page: 'https://status.perplexity.com',
    feed: {
      kind: 'instatus',
      urls: ['https://status.perplexity.com/v3/summary.json'],
      components: [{ name: 'api' }],
    },
    source: collectors,
  },
  moonshot: {
    page: 'https://status.moonshot.cn',
    feed: { kind: 'statuspage', urls: ['https://status.moonshot.cn/api/v2/summary.json'], components: [] },
    source: collectors,
  },
  // OnlineOrNot: no form of it is known that would be worth trusting.
  openrouter: { page: 'https://status.openrouter.ai', source: collectors },
  azure: {
    page: 'https://azure.status.microsoft',
    feed: {
      kind: 'feed',
      urls: ['https://rssfeed.azure.status.microsoft/en-us/status/feed/'],
      components: [{ name: 'azure openai' }],
    },
    source: collectors,
  },
  vertex: {
    page: 'https://status.cloud.google.com',
    feed: {
      kind: 'google-cloud',
      urls: ['https://status.cloud.google.com/incidents.json'],
      components: [
        { id: 'Z0FZJAMvEB4j3NbCJs6B', name: 'Vertex Gemini API', dialects: ['gemini-generate'] },
        { id: 'sdXM79fz1FS6ekNpu37K', name: 'Vertex AI Online Prediction' },
      ],
    },
    source: collectors,
  },
  bedrock: { page: 'https://health.aws.amazon.com', source: 'https://status.aws.amazon.com' },
};

/** Region names as AWS writes them; anything else would end up in an address. */
const AWS_REGION = /^[a-z]{2}(?:-[a-z]{2,12}){1,2}-\d$/;

/**
 * Where a known provider tells how it is; undefined where nothing is known. `location`: the vendor's name of the
 * region, for clouds that tell each region apart.
 */
export function statusPageOf(known: string, location?: string): StatusPage | undefined {
  const page = Object.hasOwn(STATUS_PAGES, known) ? STATUS_PAGES[known] : undefined;
  if (known !== 'bedrock' || page === undefined || location === undefined || !AWS_REGION.test(location)) return page;
  const url = `https://status.aws.amazon.com/rss/bedrock-${location}.rss`;
  return { ...page, feed: { kind: 'feed', urls: [url], components: [] } };
}

/** Names with a status page, for the documentation. */
export const STATUS_PAGE_NAMES: readonly string[] = Object.keys(STATUS_PAGES);
