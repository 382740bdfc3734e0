import { z } from 'zod';
import { CAPABILITY_NAMES, type CapabilityName } from '../model/capability.ts';
import type { DialectName } from '../model/dialect-name.ts';
import { GATE_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { amount, count, duration, flag, secretRef, text } from './scalars.ts';

/** The dialects that targets can be reached in. */
export const TARGET_DIALECTS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
] as const satisfies readonly DialectName[];

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

const tokens = (description: string) => count({ description }, { min: 1, max: 100_000_000 });

const modelSchema = z
  .strictObject({
    contextWindow: tokens('Tokens of input and output together.').optional(),
    maxOutputTokens: tokens('Most tokens of one answer.').optional(),
    abilities: abilitiesSchema.optional(),
    price: priceSchema.optional(),
    quirks: quirksSchema.optional(),
  })
  .meta({ description: 'What is to be known of one model. Wins over the catalogue.' });

const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, {
  error: withFix('is no header name', 'write a name of letters, digits and dashes'),
});

const providerSchema = z
  .strictObject({
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
      { description: 'Free tag such as `eu`, for requests that ask for residency.' },
      { max: 64 },
    ).optional(),
    limits: gateSchema.optional(),
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
