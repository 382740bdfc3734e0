import * as z from 'zod';
import { CAPABILITY_NAMES, type CapabilityName } from '../model/capability.ts';
import { TARGET_DIALECTS } from '../model/dialect-name.ts';
import { CLOUD_NAMES } from '../providers/cloud-providers.ts';
import { GATE_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { amount, count, duration, flag, secretRef, text } from './scalars.ts';
import { authSchema } from './schema-auth.ts';
import { chatHostFields } from './schema-chat-host.ts';
import { providerSlowSchema } from './schema-health.ts';
import { modelFactFields } from './schema-model-facts.ts';
import { providerStatusPageSchema } from './schema-status-pages.ts';

export const gateSchema = z
  .strictObject({
    concurrency: count(
      { description: 'Most requests of a lane at once.', default: GATE_DEFAULTS.concurrency },
      { min: 1, max: 100_000 },
    ).optional(),
    queue: count(
      { description: 'Most requests waiting for a lane.', default: GATE_DEFAULTS.queue },
      { min: 0, max: 100_000 },
    ).optional(),
    queueWait: duration({
      description: 'Longest wait for a lane; then the next target is tried.',
      default: formatDuration(GATE_DEFAULTS.queueMs),
    }).optional(),
  })
  .meta({ description: 'Admission to each lane (a model at this provider).' });

const tri = z.enum(['yes', 'no', 'unknown'], {
  error: withFix('is none of yes, no and unknown', 'write yes, no or unknown'),
});

const abilityNotes: Readonly<Record<CapabilityName, string>> = {
  tools: 'Calls tools.',
  'parallel-tools': 'Calls more than one tool in one answer.',
  'json-schema': 'Answers by a JSON schema.',
  vision: 'Reads images.',
  audio: 'Reads sound.',
  pdf: 'Reads PDF files.',
  reasoning: 'Thinks before it answers, when asked to.',
  prefill: 'Continues a last assistant message.',
  streaming: 'Sends its answer piece by piece.',
  'several-answers': 'Gives several answers to one request.',
  video: 'Watches video.',
  'audio-output': 'Speaks.',
  'image-output': 'Draws.',
  'custom-tools':
    'Calls tools with free text instead of JSON; where it does not, or nobody knows, functions stand in for them.',
  'web-search': 'Brings a web search.',
  'web-fetch': 'Reads web pages.',
  'code-execution': 'Runs code in a sandbox of the provider.',
  'file-search': 'Searches files that the provider holds.',
  'computer-use': 'Operates a screen.',
  mcp: 'Calls MCP servers.',
  'editor-tools': 'Knows the vendor’s tools for shell, editor and memory.',
  'server-tools': 'Brings other tools of the provider’s own.',
  moderation: 'Moderates request and answer, by the request’s own policy.',
  compaction: 'Summarises a conversation into a block of its own.',
  'inference-region': 'Keeps inference in the region that the request names.',
};

const abilitiesSchema = z
  .partialRecord(
    z.enum(CAPABILITY_NAMES, { error: withFix('is no ability', `write one of ${CAPABILITY_NAMES.join(', ')}`) }),
    tri,
  )
  .meta({
    description: `What the model can do: yes, no or unknown. ${CAPABILITY_NAMES.map((name) => `\`${name}\`: ${abilityNotes[name]}`).join(' ')}`,
  });

const quirksSchema = z
  .strictObject({
    maxTokensField: z
      .enum(['max_tokens', 'max_completion_tokens'])
      .optional()
      .meta({ description: 'Field that limits output in `openai-chat`.' }),
    structuredOutput: z
      .enum(['native', 'forced-tool', 'prompt'])
      .optional()
      .meta({ description: 'Strongest means of structured output.' }),
    streamUsageOption: flag({ description: 'Knows `stream_options.include_usage`.' }).optional(),
    toolCallIds: z
      .enum(['any', 'nine-alphanumerics'])
      .optional()
      .meta({ description: 'Ids of tool calls that are accepted.' }),
    systemRole: z
      .enum(['system', 'developer'])
      .optional()
      .meta({ description: 'Role of instructions in `openai-chat`.' }),
    sampling: flag({ description: 'Takes temperature, top_p and kin.' }).optional(),
    logprobs: flag({ description: 'Tells log probabilities when asked.' }).optional(),
    vendorFields: flag({
      description:
        'Takes what its dialect’s own vendor documents and imitators often refuse: service tiers, labels, cache keys, identifiers of users, verbosity, lists of allowed tools, and tools of free text where a model is not known to lack them.',
    }).optional(),
    thinking: z
      .enum(['effort', 'budget', 'adaptive', 'none'])
      .optional()
      .meta({ description: 'How thinking is asked for.' }),
    finishOptional: flag({ description: 'May end a stream without a finish reason.' }).optional(),
    anthropicVersion: z
      .enum(['2023-06-01', '2026-10-21'])
      .optional()
      .meta({ description: 'The `anthropic-version` to speak.' }),
    prefill: z
      .enum(['last-assistant-message', 'prefix-flag'])
      .optional()
      .meta({ description: 'How a prefill is marked.' }),
    stateReaders: z
      .enum(['model-family', 'vendor'])
      .optional()
      .meta({ description: 'Who reads the opaque state (thinking signatures and kin) that a model made.' }),
    reasoningReplay: z
      .enum(['as-sent', 'refused', 'with-tool-calls'])
      .optional()
      .meta({ description: 'What becomes of `reasoning_content` of earlier turns in `openai-chat`.' }),
    ...chatHostFields,
    tokenCounter: z
      .enum(['own', 'openai-responses', 'none'])
      .optional()
      .meta({ description: 'Whose counter of input tokens answers beside the models; asked near the window only.' }),
    defaultMaxOutputTokens: count(
      { description: 'Limit of output where the dialect demands one and the caller gave none.' },
      { min: 1, max: 10_000_000 },
    ).optional(),
  })
  .meta({ description: 'Departures from the dialect. Known providers and models bring theirs; these win over them.' });

const price = (description: string) => amount({ description }, { min: 0, max: 1_000_000 });

const priceSchema = z
  .strictObject({
    inputPerMillion: price('US dollars for a million input tokens.'),
    outputPerMillion: price('US dollars for a million output tokens.'),
    cachedInputPerMillion: price(
      'US dollars for a million input tokens read from the prompt cache; the input price where left out.',
    ).optional(),
  })
  .meta({ description: 'Price of the model. Wins over the price table.' });

const modelSchema = z
  .strictObject({
    ...modelFactFields,
    abilities: abilitiesSchema.optional(),
    price: priceSchema.optional(),
    quirks: quirksSchema.optional(),
  })
  .meta({ description: 'What is to be known of one model. Wins over the catalogue.' });

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, {
  error: withFix('is no header name', 'write a name of letters, digits and dashes'),
});

/** What the address of a cloud is made of. */
const cloudFields = {
  cloud: z.enum(CLOUD_NAMES).optional().meta({
    description: 'A provider in a cloud; the names `azure`, `vertex` and `bedrock` say it by themselves.',
  }),
  resource: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]{1,63}$/, {
      error: withFix('is no resource name', 'write the part of the address before .openai.azure.com'),
    })
    .optional()
    .meta({ description: 'Azure: name of the resource, the first part of its address.' }),
  apiVersion: z
    .string()
    .regex(/^(?:v1|\d{4}-\d{2}-\d{2}(?:-preview)?)$/, {
      error: withFix('is no version', 'write v1, or a date such as 2025-04-01-preview'),
    })
    .optional()
    .meta({
      description: 'Azure: `v1`, or a dated version, whose paths name the deployment.',
      default: 'v1',
    }),
  deployments: z
    .record(
      text({ description: 'Name of the model.' }, { max: 256 }),
      text({ description: 'Its deployment.' }, { max: 64 }),
    )
    .optional()
    .meta({ description: 'Azure: deployments by model, where they are not named like it.' }),
  project: z
    .string()
    .regex(/^[a-z0-9][a-z0-9:.-]{2,62}$/, { error: withFix('is no project', 'write the id of the project') })
    .optional()
    .meta({ description: 'Vertex: id of the project. Else `GOOGLE_CLOUD_PROJECT`.' }),
  location: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,40}$/, {
      error: withFix('is no region of a cloud', 'write its own name, e.g. europe-west4 or eu-central-1'),
    })
    .optional()
    .meta({
      description: "Vertex, Bedrock: the vendor's name of the region. Else `GOOGLE_CLOUD_LOCATION`, or `AWS_REGION`.",
    }),
};

const providerSchema = z
  .strictObject({
    ...cloudFields,
    auth: authSchema.optional(),
    dialect: z.enum(TARGET_DIALECTS).optional().meta({ description: 'Wire format. Known names bring theirs.' }),
    baseUrl: text(
      { description: 'Where the API begins, e.g. `http://127.0.0.1:8000/v1`. Known names bring theirs.' },
      { max: 2_048 },
    ).optional(),
    apiKey: secretRef({
      description:
        'The credential: `env:NAME` or `file:/path`. Known names read their usual variable where this and baseUrl are left out.',
    }).optional(),
    region: text(
      {
        description:
          'Free tag such as `eu`, for requests that ask for residency. In a cloud, its `location` where this is left out.',
      },
      { max: 64 },
    ).optional(),
    retentionDays: count(
      {
        description:
          'Days for which this account keeps what it is sent; 0: not at all. Wins over the catalogue; what a model says wins over this. Counts where a route or a request limits `retention`.',
      },
      { min: 0, max: 36_500 },
    ).optional(),
    limits: gateSchema.optional(),
    slow: providerSlowSchema.optional(),
    statusPage: providerStatusPageSchema.optional(),
    headers: z
      .record(headerName, text({ description: 'Text, or `env:NAME` or `file:/path`.' }, { max: 4_096 }))
      .optional()
      .meta({ description: 'Headers sent with every request. Values may be `env:NAME` or `file:/path`.' }),
    quirks: quirksSchema.optional(),
    models: z
      .record(text({ description: 'Name of the model.' }, { max: 256 }), modelSchema)
      .optional()
      .meta({ description: 'Facts, prices and quirks of single models, by name.' }),
  })
  .meta({ description: 'An account at an endpoint. A known name needs nothing but its key.' });

const providerName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
  error: withFix(
    'is no provider name',
    'write up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit',
  ),
});

export const providersSchema = z
  .record(providerName, providerSchema)
  .meta({ description: 'Providers by name. A target is `name/model`.' });

/** One provider as written, parsed. */
export type ProviderConfig = z.output<typeof providerSchema>;
/** One model's entry, parsed. */
export type ModelConfig = z.output<typeof modelSchema>;
/** Admission limits as written, parsed. */
export type GateConfig = z.output<typeof gateSchema>;
