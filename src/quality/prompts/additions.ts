import type { ChatRequest, RequestAdditions, ToolDefinition } from '../../model/chat-request.ts';
import type { PromptSpec, PromptTool } from './prompt-spec.ts';

/** What a prompt brings beside words. */
export function additionsOf({ tools, output }: PromptSpec, name: string): RequestAdditions {
  return {
    ...(tools && tools.length > 0 && { tools: tools.map(definitionOf) }),
    ...(output?.schema && {
      output: {
        kind: 'json-schema',
        name: name.replaceAll(/[^\w-]/g, '_').slice(0, 64),
        schema: output.schema,
        strict: false,
      },
    }),
    ...(output?.maxTokens !== undefined && { maxOutputTokens: output.maxTokens }),
  };
}

function definitionOf({ name, description, when, parameters, strict }: PromptTool): ToolDefinition {
  const told = [description, when === undefined ? undefined : `Use: ${when}`].filter((text) => text !== undefined);
  return {
    name,
    ...(told.length > 0 && { description: told.join('\n') }),
    parameters: parameters ?? { type: 'object', properties: {} },
    ...(strict !== undefined && { strict }),
  };
}

/** What of the additions the caller left open; undefined where nothing is. */
export function openAdditions(request: ChatRequest, additions: RequestAdditions): RequestAdditions | undefined {
  const { tools, output, maxOutputTokens } = additions;
  const open: RequestAdditions = {
    ...(tools && request.tools.length === 0 && { tools }),
    ...(output && request.output.kind === 'text' && { output }),
    ...(maxOutputTokens !== undefined && request.maxOutputTokens === undefined && { maxOutputTokens }),
  };
  return Object.keys(open).length > 0 ? open : undefined;
}
