import { dialectKits } from '../../src/dialect-kits.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { PlannedRequest } from './world-plan.ts';

const CALLER = dialectKits.caller('openai-chat');
const SAID = { type: 'object', properties: { said: { type: 'string' } }, required: ['said'] };
const TOOLS = [{ type: 'function', function: { name: 'note', parameters: SAID } }];
const BEFORE = [
  { role: 'user', content: 'Are you there?' },
  { role: 'assistant', content: 'I am.' },
];
const FORMAT = { type: 'json_schema', json_schema: { name: 'said', schema: SAID } };

/** The body that a caller of `openai-chat` would send; `user` tells the meters whose it is. */
export function requestOf({ id, stream, form, options, goesOn }: PlannedRequest): ChatRequest {
  const messages = [...(goesOn ? BEFORE : []), { role: 'user', content: `Say it, ${id}.` }];
  return CALLER.decodeRequest(
    {
      model: 'reply',
      user: id,
      messages,
      stream,
      ...(form === 'tool' && { tools: TOOLS }),
      ...(form === 'json' && { response_format: FORMAT }),
    },
    options,
  );
}
