import * as z from 'zod';
import type { JsonObject } from '../../model/json.ts';
import { uncompilable } from '../../quality/contract.ts';
import { MODEL_FAMILIES } from '../../quality/prompts/model-family.ts';
import { VARIABLE_TYPES } from '../../quality/prompts/prompt-spec.ts';
import { withFix } from '../fix.ts';
import { amount, count, flag, text } from '../scalars.ts';
import { contractSchema } from '../schema-contract.ts';
import { until } from '../schema-eligibility.ts';

/** Longest text of a prompt, in characters. */
const MAX_TEXT = 200_000;

const template = (description: string, max = MAX_TEXT) =>
  text({ description: `${description} A template: \`{{ name }}\` stands for a variable.` }, { max });

function listOf<T extends z.ZodType>(item: T, description: string, max: number) {
  return z
    .array(item)
    .min(1, { error: withFix('is empty', 'leave it out, or write something') })
    .max(max, { error: withFix(`holds more than ${max}`, 'keep those that matter') })
    .meta({ description });
}

const jsonSchema = (description: string) =>
  z
    .record(z.string(), z.json())
    .meta({ description })
    .superRefine((schema, context) => {
      const why = uncompilable(schema as JsonObject);
      if (why !== undefined)
        context.addIssue({ code: 'custom', message: `is no JSON Schema that can be checked: ${why}` });
    });

/** A name in a template; `-` would be read as minus by some tools. */
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, {
  error: withFix('is no name of a variable', 'write up to 64 letters, digits and underscores'),
});

const variableSchema = z
  .strictObject({
    type: z.enum(VARIABLE_TYPES).meta({ description: 'What it holds.' }),
    description: text({ description: 'For people; told to a caller who leaves it out.' }, { max: 1_000 }).optional(),
    required: flag({ description: 'Whether a request without it is refused.', default: true }).optional(),
    default: z.json().optional().meta({ description: 'What stands for it where a request leaves it out.' }),
    maxLength: count(
      { description: 'Most characters of a text or of an object’s JSON, most items of a list.' },
      { min: 1, max: 1_000_000 },
    ).optional(),
    min: amount({ description: 'Least number.' }, { min: -1e15, max: 1e15 }).optional(),
    max: amount({ description: 'Largest number.' }, { min: -1e15, max: 1e15 }).optional(),
    values: listOf(text({ description: 'A word.' }, { max: 200 }), 'Words that an `enum` may be.', 200).optional(),
  })
  .superRefine(({ type, values }, context) => {
    if (type === 'enum' && values === undefined)
      context.addIssue({ code: 'custom', path: ['values'], message: withFix('is missing', 'list the words') });
    if (type !== 'enum' && values !== undefined)
      context.addIssue({ code: 'custom', path: ['values'], message: withFix('has no effect', 'write `type: enum`') });
  });

const toolSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, {
    error: withFix('is no name that every provider takes', 'write up to 64 letters, digits, dashes and underscores'),
  }),
  description: text({ description: 'What it does.' }, { max: 4_000 }).optional(),
  when: text({ description: 'When the model is to call it. No template.' }, { max: 2_000 }).optional(),
  parameters: jsonSchema('JSON Schema of its arguments.').optional(),
  strict: flag({ description: 'Arguments are enforced where a target can.', default: false }).optional(),
});

const outputSchema = z.strictObject({
  schema: jsonSchema(
    'JSON Schema of the answer. Sent natively where a target can, and checked in every case.',
  ).optional(),
  format: template('What the answer looks like, in words.', 20_000).optional(),
  brevity: template('A line such as `Be concise.`; where it stands is the compiler’s.', 500).optional(),
  markdown: flag({ description: 'The answer may hold Markdown.', default: false }).optional(),
  maxTokens: count(
    { description: 'Most tokens of the answer, where a request names no limit.' },
    { min: 1, max: 1_000_000 },
  ).optional(),
});

const exampleSchema = z.strictObject({
  input: text({ description: 'What the user says. No template.' }, { max: 50_000 }),
  output: z.json().meta({ description: 'The ideal answer: a text, or a value that is written as JSON. No template.' }),
});

const variantSchema = z.strictObject({
  text: template('The whole instructions, in the place of what the compiler writes for this family.'),
  exampleTurns: flag({
    description: 'The examples go before the conversation as turns; else the text shows its own.',
    default: false,
  }).optional(),
});

const adjustSchema = z.strictObject({
  target: text({ description: '`provider/model`.' }, { max: 512 }),
  before: template('Words before the instructions.', 20_000).optional(),
  after: template('Words after them.', 20_000).optional(),
});

/** One file of the folder of prompts. */
export const promptSchema = z
  .strictObject({
    description: text({ description: 'What the prompt is for, in a line.' }, { max: 1_000 }).optional(),
    notes: text(
      { description: 'Why it says what it says, for whoever edits it next. Sent to nobody.' },
      { max: 20_000 },
    ).optional(),
    role: template('Who the model is.', 20_000).optional(),
    context: template('What it has to know: long material as a rule.').optional(),
    rules: listOf(template('One rule.', 10_000), 'What it has to keep to, one rule an entry.', 200).optional(),
    tools: listOf(toolSchema, 'Tools, for requests that bring none.', 64).optional(),
    output: outputSchema.optional().meta({ description: 'What an answer looks like.' }),
    examples: listOf(exampleSchema, 'Pairs of input and ideal output.', 50).optional(),
    user: template('The first turn of the user, before whatever a request brings.').optional(),
    variables: z.record(variableName, variableSchema).optional().meta({ description: 'What a request fills in.' }),
    variants: z
      .partialRecord(z.enum(MODEL_FAMILIES), variantSchema)
      .optional()
      .meta({ description: 'Hand-kept instructions by family of models.' }),
    adjust: listOf(adjustSchema, 'A few words more for single targets.', 50).optional(),
    contract: contractSchema.optional(),
    primaryOnly: z
      .strictObject({
        reason: text({ description: 'Why nobody else may be told it.' }, { max: 500 }),
        until: until.meta({ description: 'Day or moment from which on the route’s rule of parity decides again.' }),
      })
      .optional()
      .meta({ description: 'The prompt is for the primary of a route alone.' }),
  })
  .meta({ title: 'Understudy prompt', description: 'One prompt of an Understudy gateway.' });

/** A prompt as written, parsed. */
export type PromptFile = z.output<typeof promptSchema>;
