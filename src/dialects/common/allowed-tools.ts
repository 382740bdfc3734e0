import type { ChatRequest } from '../../model/chat-request.ts';

/** For targets whose choice of a tool knows no list: the others are left out, so that none of them can be called. */
export function narrowedTools<Request extends Pick<ChatRequest, 'tools' | 'toolChoice'>>(request: Request): Request {
  const { tools, toolChoice } = request;
  if (toolChoice?.kind !== 'allowed') return request;
  return {
    ...request,
    tools: tools.filter(({ name }) => toolChoice.names.includes(name)),
    toolChoice: { kind: toolChoice.required ? 'required' : 'auto' },
  };
}
