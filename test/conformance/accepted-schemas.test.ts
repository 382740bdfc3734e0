import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nativeSchema } from '../../src/dialects/anthropic-messages/output-schema.ts';
import { LossList } from '../../src/dialects/common/losses.ts';
import { objectRoot } from '../../src/dialects/common/object-root.ts';
import { openaiArguments, openaiOutput } from '../../src/dialects/common/openai-schema.ts';
import { acceptableSchema } from '../../src/dialects/gemini-generate/accept-schema.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/model/json.ts';
import { schemaCheck } from '../../src/quality/schema-check.ts';
import { checkOutputSchema } from '../../src/simulator/anthropic-messages/output-schema.ts';
import { isRefused } from '../../src/simulator/dialect-kit.ts';
import { checkStrictSchema } from '../../src/simulator/openai-chat/strict-schema.ts';
import { schemaCases, schemas } from '../kit/schema-arbitrary.ts';

/** What a target is sent for a caller's schema; `named`: a loss says that something is not as it was. */
interface Accepted {
  readonly schema: JsonObject;
  readonly named: boolean;
}

/** A form that schemas take, and the vendor's rules for it: the simulator's, which the providers' own were the model of. */
interface Form {
  /** Undefined where the form cannot say it, and a weaker means is taken. */
  accept(schema: JsonObject): Accepted | undefined;
  /** Throws where the vendor would refuse. */
  refuse(schema: JsonObject): void;
}

const FORMS: Readonly<Record<string, Form>> = {
  'the strict answer of OpenAI': {
    accept: (schema) => {
      const losses = new LossList();
      const sent = openaiOutput({ kind: 'json-schema', name: 'answer', schema, strict: true }, 'f', losses);
      return sent?.strict ? { schema: sent.schema, named: losses.list().length > 0 } : undefined;
    },
    refuse: (schema) => checkStrictSchema(schema, 'answer', 'response_format'),
  },
  'the strict arguments of OpenAI': {
    accept: (schema) =>
      withLosses((losses) => openaiArguments({ name: 't', parameters: schema, strict: true }, 'f', losses)),
    refuse: (schema) => checkRoot(schema),
  },
  'the arguments of OpenAI': {
    accept: (schema) => withLosses((losses) => openaiArguments({ name: 't', parameters: schema }, 'f', losses)),
    refuse: (schema) => checkRoot(schema),
  },
  'the answer of Anthropic': {
    accept: (schema) => {
      const native = nativeSchema(schema);
      return native.ok ? { schema: native.schema, named: native.moved.length + native.changed.length > 0 } : undefined;
    },
    refuse: (schema) => checkOutputSchema(schema, 'output_config.format.schema'),
  },
  'the arguments of Anthropic': {
    accept: (given) => {
      const { schema, losses } = objectRoot(given);
      return { schema, named: losses.length > 0 };
    },
    refuse: (schema) => checkRoot(schema),
  },
  'the schemas of Gemini': {
    accept: (schema) => withLosses((losses) => ({ parameters: acceptableSchema(schema, 'f', losses) })),
    refuse: (schema) => checkGemini(schema),
  },
};

function withLosses(accept: (losses: LossList) => { parameters: JsonObject }): Accepted {
  const losses = new LossList();
  const { parameters } = accept(losses);
  return { schema: parameters, named: losses.list().length > 0 };
}

/** "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level." */
function checkRoot(schema: JsonObject): void {
  if (schema.type !== 'object') throw new Error(`the root is ${JSON.stringify(schema.type)}`);
  const refused = ['oneOf', 'anyOf', 'allOf', 'enum', 'not', '$ref'].find((keyword) => schema[keyword] !== undefined);
  if (refused !== undefined) throw new Error(`${refused} at the root`);
}

const GEMINI_KEYWORDS = new Set([
  ...['type', 'format', 'title', 'description', 'enum', 'items', 'prefixItems', 'minItems', 'maxItems', 'minimum'],
  ...['maximum', 'anyOf', 'oneOf', 'properties', 'additionalProperties', 'required', 'propertyOrdering'],
]);

function checkGemini(schema: JsonValue | undefined): void {
  if (!isJsonObject(schema)) return;
  const unknown = Object.keys(schema).find((keyword) => !GEMINI_KEYWORDS.has(keyword));
  if (unknown !== undefined) throw new Error(`${unknown} is not documented`);
  const { items, additionalProperties, properties, anyOf, oneOf, prefixItems } = schema;
  for (const list of [anyOf, oneOf, prefixItems, isJsonObject(properties) ? Object.values(properties) : []]) {
    if (Array.isArray(list)) for (const each of list) checkGemini(each);
  }
  checkGemini(items);
  checkGemini(additionalProperties);
}

const runs = { numRuns: 300 };

describe.each(Object.entries(FORMS))('%s', (name, form) => {
  test('takes at least what the caller’s schema takes, or a loss says so', () => {
    const seen = { whole: 0, named: 0, refusedBySchema: 0, impossible: 0 };
    fc.assert(
      fc.property(schemaCases, ({ schema, value }) => {
        const accepted = form.accept(schema);
        if (accepted === undefined) {
          seen.impossible += 1;
          return;
        }
        const check = schemaCheck(schema);
        expect(check.uncompilable).toBeUndefined();
        if (check.violation(value) !== undefined) {
          seen.refusedBySchema += 1;
          return;
        }
        seen[accepted.named ? 'named' : 'whole'] += 1;
        if (!accepted.named) expect(schemaCheck(accepted.schema).violation(value)).toBeUndefined();
      }),
      runs,
    );
    console.log(`${name}: ${JSON.stringify(seen)}`);
    // A form that named a loss for everything, or could say nothing, would pass.
    expect(seen.whole, JSON.stringify(seen)).toBeGreaterThan(15);
  });

  test('is one that the vendor takes, and that stays as it is when it is sent again', () => {
    fc.assert(
      fc.property(schemas, (schema) => {
        const accepted = form.accept(schema);
        if (accepted === undefined) return;
        try {
          form.refuse(accepted.schema);
        } catch (error) {
          throw new Error(isRefused(error) ? error.message : String(error));
        }
        expect(form.accept(accepted.schema)?.schema).toEqual(accepted.schema);
      }),
      runs,
    );
  });
});
