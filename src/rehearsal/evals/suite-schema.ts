import * as z from 'zod';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import { assertionSchema } from './read-assertion.ts';
import { DEFAULT_CONCURRENCY, DEFAULT_MARGIN, DEFAULT_REPEATS, MAX_CASES, MAX_REPEATS } from './suite.ts';

const name = z.string().regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, {
  error: 'is no name: write up to 128 letters, digits, dots, colons, dashes and underscores',
});
const words = z.string().min(1).max(200_000);
const target = z.string().regex(/^[^\s/]+\/\S{1,255}$/, { error: 'is no target: write provider/model' });
const object = z.custom<JsonObject>(isJsonObject, { error: 'is no group of fields' });
const variables = z.record(z.string().min(1).max(128), z.json());
const metric = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, { error: 'is no metric: write lower-case letters and dashes' });
const margin = z.number().gt(0, { error: 'must be above 0' }).lt(1, { error: 'must be below 1' });

const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: words });
const messages = z.array(message).min(1).max(500);
const assertions = z.array(assertionSchema).max(100);

/** One message or several; one text is a user's. */
const said = {
  message: words.optional(),
  messages: messages.optional(),
};

const turn = z.strictObject({ ...said, assertions: assertions.default([]) });

const scripted = z.strictObject({ when: object.optional(), result: z.json() });
const toolResults = z.record(
  z.string().min(1).max(256),
  z.union([scripted, z.array(scripted).min(1).max(50)]).transform((one) => (Array.isArray(one) ? one : [one])),
);

const suiteCase = z.strictObject({
  id: z.string().min(1).max(200),
  description: z.string().max(2_000).optional(),
  variables: variables.default({}),
  ...said,
  /** Several turns, each with its own assertions. */
  turns: z.array(turn).min(1).max(50).optional(),
  toolResults: toolResults.default({}),
  assertions: assertions.default([]),
});

const gold = z.strictObject({
  rubric: words,
  question: words,
  answer: words.optional(),
  passes: z.boolean().optional(),
  first: words.optional(),
  second: words.optional(),
  better: z.enum(['first', 'second', 'same']).optional(),
});

const tool = z.strictObject({
  name: z.string().min(1).max(128),
  description: z.string().max(20_000).optional(),
  parameters: object.default({ type: 'object', properties: {} }),
  strict: z.boolean().optional(),
});

/** A file of evals, as it is written. */
export const suiteSchema = z.strictObject({
  name,
  description: z.string().max(2_000).optional(),
  subject: z
    .strictObject({ prompt: name.optional(), route: name.optional() })
    .refine(({ prompt, route }) => prompt !== undefined || route !== undefined, {
      error: 'names neither prompt nor route',
    }),
  targets: z.array(target).min(1).max(32).optional(),
  primary: target.optional(),
  repeats: z.int().min(1).max(MAX_REPEATS).default(DEFAULT_REPEATS),
  /** One for every metric, or by metric; `default` for those that are not named. */
  margins: z.union([margin, z.record(metric, margin)]).default(DEFAULT_MARGIN),
  maxUsd: z.number().gt(0).max(100_000).optional(),
  concurrency: z.int().min(1).max(64).default(DEFAULT_CONCURRENCY),
  parameters: z
    .strictObject({
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().min(0).max(1).optional(),
      seed: z.int().optional(),
      maxOutputTokens: z.int().min(1).max(1_000_000).optional(),
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high']).optional(),
      stop: z.array(z.string().min(1).max(200)).max(4).optional(),
    })
    .default({}),
  tools: z.array(tool).max(128).default([]),
  output: z.union([z.literal('json'), z.strictObject({ schema: object })]).optional(),
  judge: z
    .strictObject({
      target,
      agreement: z.number().min(0).max(1).default(0.8),
      gold: z.array(gold).max(1_000).default([]),
    })
    .optional(),
  /** Sent before the messages of each case. */
  messages: messages.optional(),
  /** Demanded of the last answer of each case, after its own. */
  assertions: assertions.default([]),
  cases: z.array(suiteCase).min(1, { error: 'holds no case' }).max(MAX_CASES),
});

export type WrittenSuite = z.output<typeof suiteSchema>;
