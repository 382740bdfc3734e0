import * as z from 'zod';
import type { JsonObject } from '../model/json.ts';
import { uncompilable } from '../quality/contract.ts';
import { CHECK_FAILURES, PERMISSIONS } from '../quality/contract-rules.ts';
import { LANGUAGES } from '../quality/language.ts';
import { LinearPattern } from '../quality/linear-pattern.ts';
import { parsePath } from '../quality/number-path.ts';
import { CONTRACT_DEFAULTS } from './contract-defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { count, duration, text } from './scalars.ts';

const MAX_LIST = 32;
const toolName = text({ description: 'Name of a tool, as callers define it.' }, { max: 128 });

function list<T extends z.ZodType>(item: T, description: string) {
  return z
    .array(item)
    .min(1, { error: withFix('is empty', 'write at least one entry, or leave it out') })
    .max(MAX_LIST, { error: withFix(`holds more than ${MAX_LIST} entries`, 'keep the ones that matter') })
    .meta({ description });
}

function jsonSchema(description: string) {
  return z
    .record(z.string(), z.unknown(), {
      error: withFix('is no JSON Schema', 'write an object such as { type: object }'),
    })
    .meta({ description })
    .transform((written, context): JsonObject => {
      const schema = written as JsonObject;
      const why = uncompilable(schema);
      if (why === undefined) return schema;
      const fix = 'write what JSON Schema 2020-12 or draft-07 has, with no reference to another file';
      context.addIssue({ code: 'custom', message: withFix(why, fix) });
      return z.NEVER;
    });
}

function pattern(description: string) {
  return text({ description }, { max: 1_000 }).superRefine((source, context) => {
    try {
      new LinearPattern(source, () => undefined);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      context.addIssue({
        code: 'custom',
        message: withFix(`is no pattern that can be matched in time: ${why}`, 'write one without lookarounds'),
      });
    }
  });
}

const toolsSchema = z
  .strictObject({
    must: list(toolName, 'Tools each of which is called, in the answer or since the user last spoke.').optional(),
    mustNot: list(toolName, 'Tools that are not called.').optional(),
    arguments: z
      .record(z.string().min(1).max(128), jsonSchema('JSON Schema of the arguments.'))
      .optional()
      .meta({ description: 'By tool: the JSON Schema that the arguments of its calls fit.' }),
  })
  .meta({ description: 'What is asked of tool calls.' });

const MAX_LENGTH = 10_000_000;
const length = { min: 1, max: MAX_LENGTH };
const lengthSchema = z
  .strictObject({
    minCharacters: count({ description: 'Fewest characters (UTF-16 units).' }, length).optional(),
    maxCharacters: count({ description: 'Most characters (UTF-16 units).' }, length).optional(),
    minTokens: count({ description: 'Fewest tokens, by estimate.' }, length).optional(),
    maxTokens: count({ description: 'Most tokens, by estimate.' }, length).optional(),
  })
  .refine(({ minCharacters = 0, maxCharacters = MAX_LENGTH }) => minCharacters <= maxCharacters, {
    error: withFix('asks for more characters than it allows', 'write a maxCharacters of at least minCharacters'),
  })
  .refine(({ minTokens = 0, maxTokens = MAX_LENGTH }) => minTokens <= maxTokens, {
    error: withFix('asks for more tokens than it allows', 'write a maxTokens of at least minTokens'),
  })
  .meta({ description: 'How long the text is.' });

const numberSchema = z
  .strictObject({
    path: text(
      { description: 'JSONPath of names, positions and wildcards, such as `$.items[*].price`.' },
      { max: 512 },
    ).superRefine((path, context) => {
      if (parsePath(path)) return;
      const fix = 'begin with $ and write names, positions and wildcards, such as $.items[*].price';
      context.addIssue({ code: 'custom', message: withFix('is no path', fix) });
    }),
    min: z.number().optional().meta({ description: 'The least that the number may be.' }),
    max: z.number().optional().meta({ description: 'The most that the number may be.' }),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, {
    error: withFix('has no bounds', 'write min, max or both'),
  })
  .refine(({ min = -Infinity, max = Infinity }) => min <= max, {
    error: withFix('has a min above its max', 'write a max of at least min'),
  })
  .meta({ description: 'Bounds of the numbers that a path leads to in a JSON answer.' });

const checkCommon = {
  name: text(
    { description: 'Names it in faults and explanations; its file or host where left out.' },
    { max: 64 },
  ).optional(),
  onFailure: z.enum(CHECK_FAILURES).optional().meta({
    description: 'What becomes of an answer when the check itself fails: it passes, or it counts as broken.',
    default: CONTRACT_DEFAULTS.onFailure,
  }),
};

const timeout = duration(
  { description: 'Longest wait for its verdict.', default: formatDuration(CONTRACT_DEFAULTS.checkTimeoutMs) },
  { min: 10, max: 30_000 },
).optional();

const urlMessage = withFix('is no address', 'write one that begins with https:// (or http:// inside your own network)');

const checkSchema = z
  .union(
    [
      z.strictObject({
        module: z
          .string()
          .regex(/^[^\0]{1,1024}\.(?:mjs|js)$/, {
            error: withFix('is no module', 'write the path of a file that ends in .mjs or .js'),
          })
          .meta({
            description:
              'File that exports `check(answer, request)`; from the working directory where it is not absolute.',
          }),
        timeout,
        ...checkCommon,
      }),
      z.strictObject({
        http: z
          .strictObject({
            url: z
              .string({ error: urlMessage })
              .regex(/^https?:\/\/\S{1,2048}$/, { error: urlMessage })
              .refine((url) => URL.canParse(url), { error: urlMessage })
              .meta({ description: 'Where the answer is posted to.' }),
            timeout,
            region: text(
              { description: 'Where it stands. Requests that are bound to regions go only to a check in one of them.' },
              { max: 64 },
            ).optional(),
          })
          .meta({ description: 'A check at an address, which is posted the answer.' }),
        ...checkCommon,
      }),
    ],
    {
      error: withFix(
        'is neither a module nor an address',
        'write { module: ./checks/x.mjs } or { http: { url: https://… } }',
      ),
    },
  )
  .meta({ description: 'A check of your own.' });

const permission = z.enum(PERMISSIONS).optional();

export const contractSchema = z
  .strictObject({
    schema: jsonSchema('JSON Schema that the text of the answer fits.').optional(),
    tools: toolsSchema.optional(),
    length: lengthSchema.optional(),
    language: z
      .union([z.enum(LANGUAGES), list(z.enum(LANGUAGES), 'ISO 639-1 codes.')], {
        error: withFix('is no language that can be told', `write one or more of ${LANGUAGES.join(', ')}`),
      })
      .optional()
      .meta({ description: 'ISO 639-1 codes of which the language of the text is one. Short texts are not judged.' }),
    require: list(
      pattern('Regular expression without lookarounds.'),
      'Patterns each of which occurs in the text.',
    ).optional(),
    forbid: list(
      pattern('Regular expression without lookarounds.'),
      'Patterns none of which occurs in the text.',
    ).optional(),
    refusal: permission.meta({
      description: 'Whether the model may refuse. Refusals are known by their form first, then by their words.',
      default: CONTRACT_DEFAULTS.refusal,
    }),
    truncation: permission.meta({
      description: 'Whether the answer may end because its tokens were used up.',
      default: CONTRACT_DEFAULTS.truncation,
    }),
    numbers: list(numberSchema, 'Bounds of numbers in a JSON answer.').optional(),
    checks: z
      .array(checkSchema)
      .min(1, { error: withFix('is empty', 'write at least one check, or leave it out') })
      .max(8, { error: withFix('holds more than 8 checks', 'put several into one module') })
      .optional()
      .meta({ description: 'Checks of your own, asked one after the other once all other rules hold.' }),
  })
  .meta({ description: 'What an answer has to satisfy beside what its request asks for.' });

/** A contract as written, parsed. */
export type ContractConfig = z.output<typeof contractSchema>;
