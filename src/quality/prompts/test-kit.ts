import { DEFAULT_QUIRKS, type Quirks } from '../../model/quirks.ts';
import type { Target } from '../../model/target.ts';
import { MODEL_FAMILIES, type ModelFamily } from './model-family.ts';
import type { PromptSpec } from './prompt-spec.ts';

/** A model of each family. */
const MODELS: Readonly<Record<ModelFamily, string>> = {
  'openai-gpt': 'gpt-4.1',
  'openai-reasoning': 'gpt-5.6',
  claude: 'claude-opus-5-5',
  gemini: 'gemini-3.1-pro',
  gemma: 'gemma-3-27b-it',
  mistral: 'mistral-large-3',
  'open-weights': 'llama-4-maverick',
};

type Described = Pick<Target, 'id' | 'model' | 'sameModel' | 'dialect' | 'quirks'>;

export function targetOf(family: ModelFamily, quirks: Partial<Quirks> = {}): Described {
  const model = MODELS[family];
  return { id: `p/${model}`, model, dialect: 'openai-chat', quirks: { ...DEFAULT_QUIRKS, ...quirks } };
}

export const EVERY_FAMILY: readonly ModelFamily[] = MODEL_FAMILIES;

/** One of everything that a layout may place. */
export const WHOLE: PromptSpec = {
  role: 'You sort messages to {{ shop }}.',
  context: 'Queues: {{ queues | join: ", " }}.',
  rules: ['Choose one queue.', '{% if vip %}Say that somebody calls.{% endif %}'],
  tools: [{ name: 'look_up', description: 'Finds an order.', when: 'the number is incomplete' }],
  output: {
    schema: { type: 'object', properties: { queue: { type: 'string' } }, required: ['queue'] },
    format: 'One object.',
    brevity: 'Be concise.',
    markdown: true,
  },
  examples: [{ input: 'My parcel is late.', output: { queue: 'delivery' } }],
  user: 'Message: {{ message }}',
  variables: {
    shop: { type: 'string' },
    message: { type: 'string' },
    queues: { type: 'list', default: ['delivery', 'billing'] },
    vip: { type: 'boolean', required: false },
  },
};

export const VALUES = { shop: 'Corner', message: 'Hm', queues: ['delivery', 'billing'], vip: null };
