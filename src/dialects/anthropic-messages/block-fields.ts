import type {
  DocumentBlockParam,
  ImageBlockParam,
  RedactedThinkingBlockParam,
  SearchResultBlockParam,
  TextBlockParam,
  ThinkingBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from '@anthropic-ai/sdk/resources/messages';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Unmapped } from '../common/unmapped.ts';

/** Fields of a block: told elsewhere, told by the block itself, or lost, which matters or does not. */
type BlockFields<Block> = { readonly [Field in keyof Block]-?: 'told' | 'matters' | 'slight' };

const BLOCKS: Readonly<Record<string, Readonly<Record<string, 'told' | 'matters' | 'slight'>>>> = {
  text: {
    type: 'told',
    text: 'told',
    cache_control: 'slight',
    citations: 'told',
  } satisfies BlockFields<TextBlockParam>,
  image: {
    type: 'told',
    source: 'told',
    cache_control: 'slight',
    transformations: 'slight',
  } satisfies BlockFields<ImageBlockParam>,
  document: {
    type: 'told',
    source: 'told',
    title: 'told',
    cache_control: 'slight',
    citations: 'told',
    context: 'matters',
  } satisfies BlockFields<DocumentBlockParam>,
  search_result: {
    type: 'told',
    source: 'told',
    title: 'told',
    content: 'told',
    cache_control: 'slight',
    citations: 'told',
  } satisfies BlockFields<SearchResultBlockParam>,
  tool_use: {
    type: 'told',
    id: 'told',
    name: 'told',
    input: 'told',
    cache_control: 'slight',
    caller: 'slight',
    toolset_name: 'matters',
  } satisfies BlockFields<ToolUseBlockParam>,
  tool_result: {
    type: 'told',
    tool_use_id: 'told',
    content: 'told',
    is_error: 'told',
    cache_control: 'slight',
    toolset_name: 'matters',
  } satisfies BlockFields<ToolResultBlockParam>,
  thinking: { type: 'told', thinking: 'told', signature: 'told' } satisfies BlockFields<ThinkingBlockParam>,
  redacted_thinking: { type: 'told', data: 'told' } satisfies BlockFields<RedactedThinkingBlockParam>,
};

/**
 * Names the fields of blocks that no other dialect has, each once: a long conversation has hundreds of cache markers.
 * Blocks that are this dialect's as a whole are named where they are lost.
 */
export function nameBlockFields(body: JsonObject, unmapped: Unmapped): void {
  nameIn(body.system, unmapped);
  for (const message of Array.isArray(body.messages) ? body.messages : []) {
    if (isJsonObject(message)) nameIn(message.content, unmapped);
  }
}

function nameIn(content: JsonValue | undefined, unmapped: Unmapped): void {
  for (const block of Array.isArray(content) ? content : []) {
    if (!isJsonObject(block)) continue;
    const { type } = block;
    const fields = typeof type === 'string' && Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
    if (fields === undefined) continue;
    for (const [field, value] of Object.entries(block)) {
      const fate = Object.hasOwn(fields, field) ? fields[field] : 'matters';
      if (fate !== 'told' && value !== null && value !== false) unmapped.add(field, fate === 'matters');
    }
    nameCitations(block.citations, unmapped);
    nameIn(block.content, unmapped);
  }
}

/** A document that may be cited, or what was cited in an earlier turn. */
function nameCitations(citations: JsonValue | undefined, unmapped: Unmapped): void {
  if (isJsonObject(citations) && citations.enabled === true) unmapped.add('citations');
  else if (Array.isArray(citations) && citations.length > 0) unmapped.add('citations', false);
}
