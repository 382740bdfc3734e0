import * as z from 'zod';
import type { ChatHostQuirks } from '../model/chat-host-quirks.ts';
import { amount, flag, text } from './scalars.ts';

const word = <const T extends readonly [string, ...string[]]>(words: T, description: string) =>
  z.enum(words).optional().meta({ description });

const fieldNames = (description: string) =>
  z
    .array(text({ description: 'Name of a field.' }, { max: 64 }))
    .max(100)
    .optional()
    .meta({ description });

/** What hosts of `openai-chat` differ in, as an operator writes it; see docs/quirks.md. */
export const chatHostFields = {
  thinkingSwitch: word(
    ['reasoning-effort', 'reasoning', 'thinking', 'enable-thinking', 'chat-template'],
    'Field of `openai-chat` by which thinking is asked for.',
  ),
  seedField: word(['seed', 'random_seed'], 'Name of the seed in `openai-chat`.'),
  toolChoice: word(['full', 'words', 'named', 'auto'], 'Which forms of `tool_choice` are taken in `openai-chat`.'),
  requiredWord: word(['as-sent', 'required', 'any'], 'Word of `tool_choice` for "some tool must be called".'),
  strict: flag({ description: 'Takes `strict` in tools and schemas.' }).optional(),
  jsonMode: flag({ description: 'Has `response_format: {type: "json_object"}`.' }).optional(),
  topK: flag({ description: 'Takes `top_k` in `openai-chat`.' }).optional(),
  maxTemperature: amount({ description: 'Highest `temperature` taken.' }, { min: 0, max: 2 }).optional(),
  onlyFields: fieldNames('The only top-level fields taken in `openai-chat`; all where empty.'),
  refusedFields: fieldNames('Top-level fields refused in `openai-chat`.'),
  messageNames: flag({ description: 'Takes `name` in messages.' }).optional(),
  textParts: flag({ description: 'Takes text as a list of parts.' }).optional(),
  nullContent: flag({ description: 'Takes `content: null` beside tool calls.' }).optional(),
  imageUrls: flag({ description: 'Fetches images by their address.' }).optional(),
  roleOrder: word(['free', 'assistant-after-tool', 'alternating'], 'Order of roles that is demanded.'),
  systemMessages: word(['anywhere', 'first'], 'Where system messages may stand.'),
} satisfies Record<keyof ChatHostQuirks, z.ZodType>;
